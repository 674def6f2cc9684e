package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"countersign/approvals/approvaldb"
	"countersign/approvals/audit"
	"countersign/approvals/keyring"
	"countersign/auth/authdb"
)

// KeysCmd is "countersign keys".
type KeysCmd struct {
	New    KeysNewCmd    `cmd:"" help:"Make a new key file. An existing file is never overwritten."`
	List   KeysListCmd   `cmd:"" help:"List the keys, and how many rows need each."`
	Rotate KeysRotateCmd `cmd:"" help:"Let a new key take over, and seal anew what older ones sealed. Nodes go on serving."`
	Reseal KeysResealCmd `cmd:"" help:"Go on with sealing anew where a rotation was stopped."`
	Remove KeysRemoveCmd `cmd:"" help:"Remove an old key. One that is still needed is refused."`
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
	if err := k.Date((&Clock{}).Now()); err != nil {
		return err
	}
	if err := k.Save(c.Out); err != nil {
		return err
	}
	fmt.Println("Keys written to", c.Out)
	fmt.Println("Keep a copy apart from the database: without it sealed data cannot be read.")
	return nil
}

// sealedColumns is every column that holds sealed values: what a rotation seals
// anew, and what keeps an old key from being removed.
func sealedColumns() []approvaldb.Sealed {
	return slices.Concat(approvaldb.SealedColumns(), authdb.SealedColumns())
}

// keyWork is what the commands about keys work on.
type keyWork struct {
	path string // of the key file
	keys *keyring.Keyring
	db   *approvaldb.DB
	now  time.Time
}

func withKeys(ctx context.Context, path string, do func(keyWork) error) error {
	return withMigrated(ctx, path, func(cfg Config, db *approvaldb.DB, clock *Clock) error {
		keys, err := keyring.Load(cfg.KeysFile)
		if err != nil {
			return err
		}
		return do(keyWork{cfg.KeysFile, keys, db, clock.Now()})
	})
}

// record keeps in the audit log what an operator did with a key.
func (w keyWork) record(ctx context.Context, verb string, key keyring.Key) error {
	err := w.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		return tx.Record(audit.Event{
			ID: newID(), Verb: verb, Actor: operator(), At: w.now, Data: map[string]string{"key": key.ID, "use": string(key.Use)},
		})
	})
	if err != nil {
		return fmt.Errorf("%s: done, but not in the audit log: %w", key.ID, err)
	}
	return nil
}
