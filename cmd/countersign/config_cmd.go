package main

import "fmt"

// ConfigCmd is "countersign config".
type ConfigCmd struct {
	Check ConfigCheckCmd `cmd:"" help:"Say what is wrong with a configuration, by line and field."`
}

// configFlag is the --config flag of every command that needs one.
type configFlag struct {
	Config string `required:"" type:"path" help:"Configuration file (YAML)."`
}

// ConfigCheckCmd is "countersign config check".
type ConfigCheckCmd struct {
	configFlag
}

// Run checks and reports.
func (c *ConfigCheckCmd) Run() error {
	cfg, err := loadConfig(c.Config)
	if err != nil {
		return err
	}
	fmt.Printf("%s: ok (%s mode, %s)\n", c.Config, cfg.Mode, cfg.PublicURL)
	return nil
}
