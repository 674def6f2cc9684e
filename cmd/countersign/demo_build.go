package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"countersign/approvals/keyring"
	"countersign/cmd/countersign/demo"
	"countersign/web"
)

// demoState is what a demo remembers between two starts.
type demoState struct {
	Addresses     [3]string `json:"addresses"` // gateway, marketplace, mailbox
	MarketplaceID string    `json:"marketplace_id"`
	APIKey        string    `json:"api_key"`
	WebhookSecret string    `json:"webhook_secret"`
}

func demoFile(dir string) string { return filepath.Join(dir, "demo.json") }

// loadDemoState reads what an earlier demo left. Passkeys and links belong to
// an address, so a demo that is gone on with keeps its own.
func loadDemoState(o demoOptions) (demoState, error) {
	var s demoState
	raw, err := os.ReadFile(demoFile(o.Dir))
	if errors.Is(err, fs.ErrNotExist) {
		return freshAddresses(o.Addr)
	}
	if err != nil {
		return s, fmt.Errorf("read demo: %w", err)
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, fmt.Errorf("read demo: %s is damaged", demoFile(o.Dir))
	}
	_, port, err := net.SplitHostPort(o.Addr)
	if err != nil || (port != "0" && s.Addresses[0] != o.Addr) {
		return s, fmt.Errorf("the demo in %s belongs to %s; start it with --addr %s, or take another --data", o.Dir, s.Addresses[0], s.Addresses[0])
	}
	return s, nil
}

// freshAddresses takes the port of addr and the two after it.
func freshAddresses(addr string) (demoState, error) {
	host, port, err := net.SplitHostPort(addr)
	n, convErr := strconv.Atoi(port)
	if err != nil || convErr != nil || !web.Loopback(host) {
		return demoState{}, fmt.Errorf("--addr %s: must be localhost and a port, as in localhost:8080", addr)
	}
	var s demoState
	for i := range s.Addresses {
		at := 0
		if n != 0 {
			at = n + i
		}
		s.Addresses[i] = net.JoinHostPort(host, strconv.Itoa(at))
	}
	return s, nil
}

// demoPorts are the listeners of a demo.
type demoPorts struct {
	gateway, marketplace, mailbox, smtp net.Listener
}

func listenDemo(addresses [3]string) (demoPorts, error) {
	var p demoPorts
	for i, l := range []*net.Listener{&p.gateway, &p.marketplace, &p.mailbox, &p.smtp} {
		address := "127.0.0.1:0"
		if i < len(addresses) {
			address = addresses[i]
		}
		made, err := net.Listen("tcp", address)
		if err != nil {
			return p, errors.Join(fmt.Errorf("%s is taken; choose other ports with --addr localhost:9080", address), p.close())
		}
		*l = made
	}
	return p, nil
}

func (p demoPorts) close() error {
	var err error
	for _, l := range []net.Listener{p.gateway, p.marketplace, p.mailbox, p.smtp} {
		if l != nil {
			err = errors.Join(err, l.Close())
		}
	}
	return err
}

// pageURL is an address as a browser is told it. Passkeys need a name, so it
// is the host's and not its number.
func pageURL(host string, l net.Listener) string {
	return "http://" + net.JoinHostPort(host, strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
}

// build makes every part of a demo.
func (d *Demo) build(ctx context.Context) error {
	if err := d.buildGateway(ctx); err != nil {
		return err
	}
	err := d.register(ctx)
	if err == nil {
		err = d.buildStrangers()
	}
	if err != nil {
		return errors.Join(err, d.Gateway.Close())
	}
	return nil
}

func (d *Demo) buildGateway(ctx context.Context) error {
	keys, err := demoKeys(filepath.Join(d.options.Dir, "keys.json"))
	if err != nil {
		return err
	}
	cfg := defaults()
	cfg.PublicURL, cfg.Mode = d.BaseURL, modeTest
	cfg.Database = "sqlite:" + filepath.Join(d.options.Dir, "countersign.db")
	cfg.KeysFile = filepath.Join(d.options.Dir, "keys.json")
	cfg.Mail = MailConfig{SMTP: d.ports.smtp.Addr().String(), TLS: "none", From: "security@market.example", ReplyTo: "help@market.example"}
	cfg.Typed = TypedConfig{EN: "market.example/security", IT: "market.example/sicurezza"}
	cfg.Webhooks.AllowPrivate = "true"
	if problems := cfg.validate(); len(problems) > 0 {
		return &ConfigError{File: "demo", Problems: problems}
	}
	if err := migrateUp(ctx, cfg.Database); err != nil {
		return err
	}
	// A newcomer answers a mail faster than any seller: the demo says so and
	// takes it for a person's answer all the same.
	d.Gateway, err = open(ctx, cfg, keys, d.options.Log, settings{
		HumanDelay: 0, Dwell: 0, DemoWait: d.options.Delay, SweepEvery: 250 * time.Millisecond,
	})
	return err
}

func demoKeys(path string) (*keyring.Keyring, error) {
	if _, err := os.Stat(path); err == nil {
		return keyring.Load(path)
	}
	keys, err := keyring.New()
	if err != nil {
		return nil, err
	}
	return keys, keys.Save(path)
}

func migrateUp(ctx context.Context, url string) error {
	db, err := openDatabase(ctx, url, forMigration)
	if err != nil {
		return err
	}
	m, err := migrationsOf(db)
	if err == nil {
		err = m.Up(ctx)
	}
	return errors.Join(err, db.Close())
}

// register adds the demo marketplace at the first start.
func (d *Demo) register(ctx context.Context) error {
	if d.state.MarketplaceID == "" {
		if err := definePayout(ctx, d.Gateway.policies); err != nil {
			return err
		}
		d.Gateway.follow(ctx)
		made, err := addMarketplace(ctx, d.Gateway.parts.Registry, d.Gateway.Config, MarketplacesAddCmd{
			Name: "Bottega Demo", ReturnURL: []string{d.MarketplaceURL + "/bank"}, Webhook: d.MarketplaceURL + "/webhooks/countersign",
		})
		if err != nil {
			return err
		}
		d.state.MarketplaceID, d.state.APIKey, d.state.WebhookSecret = string(made.ID), made.APIKey, made.WebhookSecret
		for i, l := range []net.Listener{d.ports.gateway, d.ports.marketplace, d.ports.mailbox} {
			host, _, _ := net.SplitHostPort(d.state.Addresses[i])
			d.state.Addresses[i] = net.JoinHostPort(host, strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
		}
		raw, err := json.Marshal(d.state)
		if err != nil {
			return fmt.Errorf("write demo: %w", err)
		}
		if err := demo.WriteFile(demoFile(d.options.Dir), raw); err != nil {
			return err
		}
	}
	d.APIKey, d.WebhookSecret = d.state.APIKey, d.state.WebhookSecret
	return nil
}

// buildStrangers makes the marketplace and the mailbox.
func (d *Demo) buildStrangers() (err error) {
	if d.Mailbox, err = demo.OpenMailbox(demo.MailboxConfig{
		Listener: d.ports.smtp, Dir: filepath.Join(d.options.Dir, "mailbox"), Notice: demo.Notice(demo.InWords(d.options.Delay)), Now: d.Gateway.Clock.Now,
	}); err != nil {
		return err
	}
	d.Marketplace, err = demo.NewMarketplace(demo.Config{
		GatewayURL: d.BaseURL, APIKey: d.APIKey, WebhookSecret: d.WebhookSecret, MarketplaceID: d.state.MarketplaceID,
		PublicURL: d.MarketplaceURL, MailboxURL: d.MailboxURL, Dir: filepath.Join(d.options.Dir, "marketplace"),
		Wait: demo.InWords(d.options.Delay), Now: d.Gateway.Clock.Now, Log: d.options.Log,
	})
	return err
}
