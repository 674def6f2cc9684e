package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"countersign/approvals"
	"countersign/approvals/destination"
)

// DestinationsDenyCmd is "countersign destinations deny". Taking an account off the
// list takes two people, and is not done here.
type DestinationsDenyCmd struct {
	configFlag
	// Account is read from a file: a command line is seen by everybody on the machine
	// and kept by the shell.
	Account     string `required:"" placeholder:"FILE" help:"File with the account, an IBAN or a destination in JSON; - is the standard input."`
	Marketplace string `help:"Deny it there alone. Default: in all marketplaces."`
	Reason      string `required:"" help:"Why; it is kept in the audit log."`
}

// maxAccount is how many bytes of an account are read.
const maxAccount = 4096

// Run denies.
func (c *DestinationsDenyCmd) Run(ctx context.Context) error {
	to, err := readAccount(c.Account, os.Stdin)
	if err != nil {
		return err
	}
	return withDestinations(ctx, c.Config, func(w destinationsWork) error {
		fingerprint := destination.Fingerprint(w.keys.Fingerprints(), to)
		word := approvals.Word{
			RingKey: approvals.RingKey{Scope: approvals.MarketplaceID(c.Marketplace), Fingerprint: fingerprint},
			By:      operator(), Reason: c.Reason, At: w.clock.Now(),
		}
		if err := (approvals.Destinations{Words: w.words}).Deny(ctx, word); err != nil {
			return err
		}
		fmt.Printf("Denied: %s\nWhat waits on it is held within seconds, by any node that runs.\n", fingerprint)
		return nil
	})
}

// readAccount reads an account from a file, and names nothing of it in an error.
func readAccount(path string, stdin io.Reader) (destination.Destination, error) {
	var to destination.Destination
	in := stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return to, err
		}
		defer f.Close()
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxAccount))
	if err != nil {
		return to, fmt.Errorf("read the account: %w", err)
	}
	raw = bytes.TrimSpace(raw)
	if bytes.HasPrefix(raw, []byte("{")) {
		if err := approvals.DecodeStrict(raw, &to, ""); err != nil {
			return to, errors.New("read the account: it is not a destination in JSON")
		}
	} else {
		to.IBAN = string(raw)
	}
	if to.Canonical() == "" {
		return to, errors.New("read the account: it is not a valid one")
	}
	return to, nil
}
