package main

import (
	"context"
	"fmt"

	"countersign/approvals/approvaldb"
	"countersign/approvals/keyring"
)

// KeysRotateCmd is "countersign keys rotate": a new key takes over, the old ones
// stay for what they have made until "keys remove".
//
//	seal     secrets at rest. What is stored is sealed anew, while nodes serve.
//	release  release tokens. The JWKS lists the new key and the old ones.
//	cookie   cookies. Nobody is signed out: older ones are still read.
//
// The keys of links and of fingerprints cannot be rotated; keyring.Rotate says
// why, and the command refuses.
//
// Nodes follow the key file by themselves. Where they do not share it, run the
// command with --prepare first, copy the file to every machine, then rotate and
// copy it again: a node that lacks a key answers 503 for what is sealed with it.
type KeysRotateCmd struct {
	configFlag
	Use     string `arg:"" enum:"seal,release,cookie,link,fingerprint" help:"What the key is for: seal, release or cookie."`
	Prepare bool   `help:"Only put the new key into the file; the next rotation uses it."`
}

// Run rotates and says what is left to do.
func (c *KeysRotateCmd) Run(ctx context.Context) error {
	return withKeys(ctx, c.Config, func(w keyWork) error {
		use := keyring.Use(c.Use)
		if c.Prepare {
			key, err := keyring.Prepare(w.path, use, w.now)
			if err != nil {
				return err
			}
			fmt.Printf("%s is prepared. When every machine has the file: countersign keys rotate %s\n", key.ID, use)
			return w.record(ctx, "prepare_key", key)
		}
		key, err := keyring.Rotate(w.path, use, w.now)
		if err != nil {
			return err
		}
		fmt.Printf("%s is in use.\n", key.ID)
		if err := w.record(ctx, "rotate_key", key); err != nil || use != keyring.UseSeal {
			return err
		}
		return w.reseal(ctx)
	})
}

// KeysResealCmd is "countersign keys reseal". Nothing is done twice: what is
// under the key in use is left alone.
type KeysResealCmd struct{ configFlag }

// Run seals anew what is not under the key in use.
func (c *KeysResealCmd) Run(ctx context.Context) error {
	return withKeys(ctx, c.Config, func(w keyWork) error { return w.reseal(ctx) })
}

func (w keyWork) reseal(ctx context.Context) error {
	r := approvaldb.Resealer{DB: w.db, Columns: sealedColumns(), Keys: w.keys}
	rows, err := r.Run(ctx)
	fmt.Printf("%d rows were sealed anew.\n", rows)
	if err != nil {
		return fmt.Errorf("%w\nnot everything is sealed anew; \"countersign keys reseal\" goes on", err)
	}
	return nil
}
