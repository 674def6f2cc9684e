package main

import (
	"errors"
	"fmt"
	"os"

	"countersign/approvals/risk"
)

// PolicyTestCmd is "countersign policy test": cases from a file, against a policy.
type PolicyTestCmd struct {
	File   string `arg:"" type:"existingfile" help:"The cases, in YAML."`
	Policy string `type:"existingfile" help:"The policy; without it the one compiled in."`
}

// Run prints each case that fails, and how many there were.
func (c *PolicyTestCmd) Run() error {
	p, err := policyFile(c.Policy)
	if err != nil {
		return err
	}
	source, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	cases, err := p.ParseCases(c.File, source)
	if wrong, ok := errors.AsType[*risk.FileError](err); ok {
		fmt.Println(wrong)
		return errors.New("the cases are not tried: correct the lines above")
	}
	failed := 0
	for _, x := range cases {
		wrong := x.Check(p)
		if len(wrong) > 0 {
			failed++
		}
		for _, why := range wrong {
			fmt.Printf("%s:%d: %s: %s\n", c.File, x.Line, x.Name, why)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d cases fail with %s", failed, len(cases), p.Version())
	}
	fmt.Printf("%d cases pass with %s\n", len(cases), p.Version())
	return nil
}
