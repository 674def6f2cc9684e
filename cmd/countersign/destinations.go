package main

import (
	"context"
	"fmt"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/keyring"
)

// DestinationsCmd is "countersign destinations".
type DestinationsCmd struct {
	Deny DestinationsDenyCmd `cmd:"" help:"Put an account on the denied list: what waits on it is held, and all that will name it."`
	List DestinationsListCmd `cmd:"" help:"List the denied accounts, by fingerprint."`
}

// DestinationsListCmd is "countersign destinations list".
type DestinationsListCmd struct {
	configFlag
	Limit int `default:"100" help:"How many, the newest first."`
}

// Run lists.
func (c *DestinationsListCmd) Run(ctx context.Context) error {
	return withDestinations(ctx, c.Config, func(w destinationsWork) error {
		var before = w.clock.Now().AddDate(100, 0, 0)
		list, err := w.words.Denied(ctx, before, max(1, min(c.Limit, 1000)))
		if err != nil {
			return err
		}
		for _, d := range list {
			scope := string(d.Scope)
			if scope == "" {
				scope = "all marketplaces"
			}
			fmt.Printf("%s  %s  %s  %s\n", d.Fingerprint, approvals.FormatTime(d.At), scope, d.By)
		}
		return nil
	})
}

// destinationsWork is what these commands work with.
type destinationsWork struct {
	words *approvaldb.Words
	keys  *keyring.Keyring
	clock *Clock
}

func withDestinations(ctx context.Context, path string, do func(destinationsWork) error) error {
	return withMigrated(ctx, path, func(cfg Config, db *approvaldb.DB, clock *Clock) error {
		keys, err := keyring.Load(cfg.KeysFile)
		if err != nil {
			return err
		}
		return do(destinationsWork{approvaldb.New(db, approvaldb.Config{Sealer: keys, NewID: newID}).Words, keys, clock})
	})
}
