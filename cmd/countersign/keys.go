package main

import (
	"fmt"

	"countersign/approvals/keyring"
)

// KeysCmd is "countersign keys".
type KeysCmd struct {
	New KeysNewCmd `cmd:"" help:"Make a new key file. An existing file is never overwritten."`
}

// KeysNewCmd is "countersign keys new".
type KeysNewCmd struct {
	Out string `required:"" type:"path" help:"File to write, mode 0600. Back it up apart from the database."`
}

// Run makes the file.
func (c *KeysNewCmd) Run() error {
	k, err := keyring.New()
	if err != nil {
		return err
	}
	if err := k.Save(c.Out); err != nil {
		return err
	}
	fmt.Println("Keys written to", c.Out)
	fmt.Println("Keep a copy apart from the database: without it sealed data cannot be read.")
	return nil
}
