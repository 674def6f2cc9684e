package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"

	"countersign/approvals/keyring"
)

// ServeCmd is "countersign serve".
type ServeCmd struct {
	configFlag
}

// Run serves until it is interrupted.
func (c *ServeCmd) Run(ctx context.Context) error {
	cfg, err := loadConfig(c.Config)
	if err != nil {
		return err
	}
	keys, err := keyring.Load(cfg.KeysFile)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	g, err := open(ctx, cfg, keys, log, nodeSettings())
	if err != nil {
		return err
	}
	if err = g.warnFew(ctx); err == nil {
		err = c.serve(ctx, g)
	}
	return errors.Join(err, g.Close())
}

func (c *ServeCmd) serve(ctx context.Context, g *Gateway) error {
	public, err := listen(g.Config.Listen)
	if err != nil {
		return err
	}
	if err := g.openDoors(); err != nil {
		return errors.Join(err, public.Close())
	}
	g.Log.Info("serving", "public_url", g.Config.PublicURL, "listen", public.Addr().String(), "mode", g.Config.Mode)
	return g.Run(ctx, public)
}

func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, nil
}
