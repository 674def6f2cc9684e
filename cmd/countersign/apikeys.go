package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
)

// APIKeysCmd is "countersign apikeys".
type APIKeysCmd struct {
	Add    APIKeysAddCmd    `cmd:"" help:"Make an API key and print it, once."`
	List   APIKeysListCmd   `cmd:"" help:"List a marketplace's API keys."`
	Roll   APIKeysRollCmd   `cmd:"" help:"Make a key in the place of another and print it, once."`
	Revoke APIKeysRevokeCmd `cmd:"" help:"End a key at once."`
}

// APIKeysAddCmd is "countersign apikeys add".
type APIKeysAddCmd struct {
	configFlag
	Marketplace string        `required:"" help:"The marketplace's id."`
	Name        string        `required:"" help:"What lists call the key."`
	Scope       []string      `help:"actions:read, actions:write, webhooks or test_clock. Can be given more than once. Default: all."`
	From        []string      `help:"Address or range it may be used from. Can be given more than once. Default: everywhere."`
	For         time.Duration `help:"How long it counts, as in 2160h. Default: until it is revoked."`
}

// Run adds and prints.
func (c *APIKeysAddCmd) Run(ctx context.Context) error {
	return withAPIKeys(ctx, c.Config, func(m approvals.KeyMaker) error {
		w := approvals.KeyWish{Marketplace: approvals.MarketplaceID(c.Marketplace), Name: c.Name}
		for _, s := range c.Scope {
			w.Scopes = append(w.Scopes, approvals.Scope(s))
		}
		var err error
		if w.Ranges, err = approvals.ParseRanges(c.From); err != nil {
			return inWords(err)
		}
		if c.For != 0 {
			w.ExpiresAt = m.Now().Add(c.For)
		}
		k, secret, err := m.Add(ctx, w, maker())
		if err != nil {
			return inWords(err)
		}
		printKey(k, secret)
		return nil
	})
}

// APIKeysListCmd is "countersign apikeys list".
type APIKeysListCmd struct {
	configFlag
	Marketplace string `required:"" help:"The marketplace's id."`
}

// Run lists.
func (c *APIKeysListCmd) Run(ctx context.Context) error {
	return withAPIKeys(ctx, c.Config, func(m approvals.KeyMaker) error {
		all, err := m.Keys.APIKeys(ctx, approvals.MarketplaceID(c.Marketplace))
		for _, k := range all {
			fmt.Println(strings.Join([]string{k.ID, k.Hint, k.Name, scopesInWords(k.Scopes), rangesInWords(k.Ranges), apiKeyState(k, m.Now())}, "  "))
		}
		return err
	})
}

// APIKeysRollCmd is "countersign apikeys roll".
type APIKeysRollCmd struct {
	configFlag
	Marketplace string        `required:"" help:"The marketplace's id."`
	ID          string        `arg:"" help:"The key, as \"countersign apikeys list\" shows it."`
	Overlap     time.Duration `default:"24h" help:"How long the old key goes on: 0s, 1h, 24h or 168h."`
}

// Run rolls and prints.
func (c *APIKeysRollCmd) Run(ctx context.Context) error {
	return withAPIKeys(ctx, c.Config, func(m approvals.KeyMaker) error {
		k, secret, err := m.Roll(ctx, approvals.MarketplaceID(c.Marketplace), c.ID, c.Overlap, maker())
		if err != nil {
			return inWords(err)
		}
		printKey(k, secret)
		return nil
	})
}

// APIKeysRevokeCmd is "countersign apikeys revoke".
type APIKeysRevokeCmd struct {
	configFlag
	Marketplace string `required:"" help:"The marketplace's id."`
	ID          string `arg:"" help:"The key, as \"countersign apikeys list\" shows it."`
}

// Run revokes.
func (c *APIKeysRevokeCmd) Run(ctx context.Context) error {
	return withAPIKeys(ctx, c.Config, func(m approvals.KeyMaker) error {
		if err := m.Revoke(ctx, approvals.MarketplaceID(c.Marketplace), c.ID, maker()); err != nil {
			return err
		}
		fmt.Printf("%s is revoked.\n", c.ID)
		return nil
	})
}

func withAPIKeys(ctx context.Context, path string, do func(approvals.KeyMaker) error) error {
	return withMigrated(ctx, path, func(cfg Config, db *approvaldb.DB, clock *Clock) error {
		parts := approvaldb.New(db, approvaldb.Config{NewID: newID})
		return do(approvals.KeyMaker{Keys: parts.Keys, Test: cfg.testMode(), NewID: newID, Now: clock.Now})
	})
}

// maker is the person at the shell as the maker of a key.
func maker() approvals.Maker {
	by := operator()
	return approvals.Maker{Actor: by, Name: strings.TrimSpace("operator " + by.ID)}
}

func printKey(k approvals.APIKey, secret string) {
	fmt.Printf("id       %s\nAPI key  %s\nscopes   %s\n", k.ID, secret, scopesInWords(k.Scopes))
	until := "it is revoked"
	if !k.ExpiresAt.IsZero() {
		until = approvals.FormatTime(k.ExpiresAt)
	}
	fmt.Printf("reach    %s\nuntil    %s\n", rangesInWords(k.Ranges), until)
	fmt.Println("Shown once: only the key's hash is kept.")
}

func scopesInWords(scopes []approvals.Scope) string {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	return strings.Join(words, ",")
}

func rangesInWords(ranges []netip.Prefix) string {
	if len(ranges) == 0 {
		return "from everywhere"
	}
	words := make([]string, len(ranges))
	for i, p := range ranges {
		words[i] = p.String()
	}
	return "from " + strings.Join(words, ",")
}

func apiKeyState(k approvals.APIKey, now time.Time) string {
	used := "never used"
	if !k.LastUsedAt.IsZero() {
		used = "used " + approvals.FormatTime(k.LastUsedAt)
	}
	switch {
	case !k.RevokedAt.IsZero():
		return "revoked " + approvals.FormatTime(k.RevokedAt)
	case !k.Live(now):
		return "expired " + approvals.FormatTime(k.ExpiresAt)
	case !k.ExpiresAt.IsZero():
		return used + ", until " + approvals.FormatTime(k.ExpiresAt)
	}
	return used
}

// inWords is a refusal with what it says of each field.
func inWords(err error) error {
	refusal, ok := errors.AsType[*approvals.Error](err)
	if !ok || len(refusal.Fields) == 0 {
		return err
	}
	var all []string
	for _, f := range refusal.Fields {
		all = append(all, f.Field+" "+f.Message)
	}
	return errors.New(strings.Join(all, "; "))
}
