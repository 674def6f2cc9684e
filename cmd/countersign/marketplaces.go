package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/keyring"
)

// MarketplacesCmd is "countersign marketplaces".
type MarketplacesCmd struct {
	Add  MarketplacesAddCmd  `cmd:"" help:"Add a marketplace and print its API key and webhook secret, once."`
	List MarketplacesListCmd `cmd:"" help:"List marketplaces."`
}

// MarketplacesAddCmd is "countersign marketplaces add".
type MarketplacesAddCmd struct {
	configFlag
	Name      string   `required:"" help:"As sellers read it."`
	ReturnURL []string `required:"" help:"Where sellers may be sent back to, exactly. Can be given more than once."`
	Webhook   string   `help:"URL that receives webhooks."`
	Event     []string `help:"Event types to send, as in action.approved. Default: all."`
}

// Run adds and prints.
func (c *MarketplacesAddCmd) Run(ctx context.Context) error {
	return withDatabase(ctx, c.Config, func(cfg Config, db *approvaldb.DB) error {
		keys, err := keyring.Load(cfg.KeysFile)
		if err != nil {
			return err
		}
		parts := approvaldb.New(db, approvaldb.Config{Sealer: keys, NewID: newID})
		made, err := addMarketplace(ctx, parts.Registry, cfg, *c)
		if err != nil {
			return err
		}
		fmt.Printf("marketplace     %s\nAPI key         %s\n", made.ID, made.APIKey)
		if made.WebhookSecret != "" {
			fmt.Printf("webhook secret  %s\nwebhook key     %s (public, for signatures v1a)\n", made.WebhookSecret, made.WebhookPublic)
		}
		fmt.Println("Shown once: only the key's hash is kept.")
		return nil
	})
}

// madeMarketplace is what a new marketplace has to be told.
type madeMarketplace struct {
	ID            approvals.MarketplaceID
	APIKey        string
	WebhookSecret string // for signatures v1
	WebhookPublic string // the public key of signatures v1a
}

func addMarketplace(ctx context.Context, r approvals.Registry, cfg Config, c MarketplacesAddCmd) (madeMarketplace, error) {
	for _, u := range c.ReturnURL {
		if err := checkURL(u, cfg); err != nil {
			return madeMarketplace{}, err
		}
	}
	if problem := cfg.egress().Check(c.Webhook); c.Webhook != "" && problem != "" {
		return madeMarketplace{}, fmt.Errorf("the webhook URL %s", problem)
	}
	out := madeMarketplace{ID: approvals.MarketplaceID(newID())}
	var hint string
	out.APIKey, hint = approvals.NewKeySecret(cfg.testMode())
	add := approvals.NewMarketplace{
		Marketplace: approvals.Marketplace{ID: out.ID, Name: c.Name, ReturnURLs: c.ReturnURL, CreatedAt: (&Clock{}).Now()},
		KeyHash:     approvals.HashToken(out.APIKey),
		KeyHint:     hint,
	}
	if c.Webhook != "" {
		key := approvals.NewEndpointKey()
		out.WebhookSecret, out.WebhookPublic = key.SecretText(), key.PublicText()
		add.Endpoint = &approvals.Endpoint{ID: newID(), Marketplace: out.ID, URL: c.Webhook, Keys: []approvals.EndpointKey{key}, Events: c.Event}
	}
	return out, r.AddMarketplace(ctx, add)
}

// checkURL takes https anywhere, and http only where webhooks may be private.
func checkURL(raw string, cfg Config) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return errors.New("a URL must be complete, as in https://market.example/back")
	}
	if private, _ := strconv.ParseBool(cfg.Webhooks.AllowPrivate); u.Scheme != "https" && !(u.Scheme == "http" && private) {
		return errors.New("a URL must begin with https://")
	}
	return nil
}

// MarketplacesListCmd is "countersign marketplaces list".
type MarketplacesListCmd struct{ configFlag }

// Run lists.
func (c *MarketplacesListCmd) Run(ctx context.Context) error {
	return withDatabase(ctx, c.Config, func(_ Config, db *approvaldb.DB) error {
		all, err := approvaldb.New(db, approvaldb.Config{NewID: newID}).Registry.Marketplaces(ctx)
		for _, m := range all {
			fmt.Printf("%s  %s  %s\n", m.ID, m.Name, strings.Join(m.ReturnURLs, " "))
		}
		return err
	})
}
