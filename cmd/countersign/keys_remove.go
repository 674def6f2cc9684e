package main

import (
	"context"
	"errors"
	"fmt"

	"countersign/approvals/keyring"
)

// KeysRemoveCmd is "countersign keys remove". Before a sealing key goes, the
// database refuses new values under it and rows that need it are counted again,
// so that no node with an old key file can write what nobody will open.
type KeysRemoveCmd struct {
	configFlag
	ID string `arg:"" help:"The key, as \"countersign keys list\" shows it."`
}

// Run removes the key, or says what needs it.
func (c *KeysRemoveCmd) Run(ctx context.Context) error {
	return withKeys(ctx, c.Config, func(w keyWork) error {
		key, err := w.keys.Removable(c.ID, w.now)
		if err != nil {
			return err
		}
		if key.Use == keyring.UseSeal {
			if err := w.bar(ctx, key); err != nil {
				return err
			}
		}
		if _, err := keyring.Remove(w.path, key.ID, w.now); err != nil {
			return errors.Join(err, w.unbar(ctx, key))
		}
		fmt.Printf("%s is removed.\n", key.ID)
		return w.record(ctx, "remove_key", key)
	})
}

// bar makes sure that nothing needs the key, now and later.
func (w keyWork) bar(ctx context.Context, key keyring.Key) error {
	if err := w.unneeded(ctx, key); err != nil {
		return err
	}
	err := w.db.BarKey(ctx, key.Prefix, key.ID, sealedColumns(), w.now)
	if err == nil {
		err = w.unneeded(ctx, key)
	}
	if err != nil {
		return errors.Join(err, w.unbar(ctx, key))
	}
	return nil
}

func (w keyWork) unbar(ctx context.Context, key keyring.Key) error {
	if key.Use != keyring.UseSeal {
		return nil
	}
	return w.db.UnbarKey(context.WithoutCancel(ctx), key.Prefix)
}

func (w keyWork) unneeded(ctx context.Context, key keyring.Key) error {
	all, err := w.db.CountSealed(ctx, sealedColumns())
	if err != nil {
		return err
	}
	if rows := neededBy(all, key.Prefix); len(rows) > 0 {
		return fmt.Errorf("%s is needed by rows: %s; \"countersign keys reseal\" seals them anew", key.ID, said(rows))
	}
	return nil
}
