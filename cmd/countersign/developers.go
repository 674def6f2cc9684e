package main

import (
	"context"
	"fmt"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/keyring"
	"countersign/auth"
	"countersign/auth/authdb"
)

// DevelopersCmd is "countersign developers".
type DevelopersCmd struct {
	Invite DevelopersInviteCmd `cmd:"" help:"Invite somebody to a marketplace's developer pages and print their link, once."`
	List   DevelopersListCmd   `cmd:"" help:"List a marketplace's developers."`
	Remove DevelopersRemoveCmd `cmd:"" help:"Remove a developer. Their sessions are over at once."`
}

// DevelopersInviteCmd is "countersign developers invite".
type DevelopersInviteCmd struct {
	configFlag
	Marketplace string `required:"" help:"The marketplace's id."`
	Name        string `required:"" help:"What the audit log and the lists call them."`
}

// Run invites.
func (c *DevelopersInviteCmd) Run(ctx context.Context) error {
	return withPeople(ctx, c.Config, func(w peopleWork) error {
		m := approvals.MarketplaceID(c.Marketplace)
		if _, err := w.registry.Marketplace(ctx, m); err != nil {
			return err
		}
		p, token, err := w.people.Invite(ctx, auth.Invitation{Marketplace: m, Role: auth.Developer, Name: c.Name, By: operator()})
		if err != nil {
			return err
		}
		fmt.Printf("developer  %s\nlink       %s/dev/join/%s\n", p.ID, w.publicURL, token)
		fmt.Println("Shown once, good for 24 hours and for one passkey. Hand it over where only they can read it.")
		return nil
	})
}

// DevelopersListCmd is "countersign developers list".
type DevelopersListCmd struct {
	configFlag
	Marketplace string `required:"" help:"The marketplace's id."`
}

// Run lists.
func (c *DevelopersListCmd) Run(ctx context.Context) error {
	return withPeople(ctx, c.Config, func(w peopleWork) error {
		all, err := w.people.List(ctx, approvals.MarketplaceID(c.Marketplace), auth.Developer)
		for _, p := range all {
			fmt.Printf("%s  %s  %s\n", p.ID, p.Name, standing(p))
		}
		return err
	})
}

// standing says what became of an invitation.
func standing(p auth.Person) string {
	switch {
	case !p.RemovedAt.IsZero():
		return "removed " + approvals.FormatTime(p.RemovedAt)
	case p.Active():
		return "joined " + approvals.FormatTime(p.JoinedAt)
	}
	return "invited until " + approvals.FormatTime(p.InviteUntil)
}

// DevelopersRemoveCmd is "countersign developers remove".
type DevelopersRemoveCmd struct {
	configFlag
	ID string `arg:"" help:"The developer, as \"countersign developers list\" shows them."`
}

// Run removes.
func (c *DevelopersRemoveCmd) Run(ctx context.Context) error {
	return withPeople(ctx, c.Config, func(w peopleWork) error {
		id := auth.PersonID(c.ID)
		if err := w.remove(ctx, id, func(r auth.Role) bool { return r == auth.Developer }); err != nil {
			return err
		}
		p, err := w.people.Person(ctx, id)
		if err != nil {
			return err
		}
		keys, err := w.keys.APIKeys(ctx, p.Marketplace)
		for _, line := range keysLeft(keys, p) {
			fmt.Println(line)
		}
		return err
	})
}

// keysLeft says which keys go on that somebody of a removed person's name made: a
// key is the marketplace's and does not end with whoever made it.
func keysLeft(keys []approvals.APIKey, gone auth.Person) (lines []string) {
	for _, k := range keys {
		if k.CreatedBy == gone.Name && k.Live(gone.RemovedAt) {
			lines = append(lines, fmt.Sprintf("API key %s (%s, %s), made by %s, still counts: countersign apikeys revoke --marketplace %s %s", k.ID, k.Name, k.Hint, k.CreatedBy, k.Marketplace, k.ID))
		}
	}
	return lines
}

// peopleWork is what the commands about people work on.
type peopleWork struct {
	people    *auth.People
	registry  approvals.Registry
	keys      approvals.APIKeys
	publicURL string
}

// remove removes a person whose role is one of the command's.
func (w peopleWork) remove(ctx context.Context, id auth.PersonID, of func(auth.Role) bool) error {
	p, err := w.people.Person(ctx, id)
	if err == nil && !of(p.Role) {
		err = approvals.Refuse(approvals.CodeNotFound)
	}
	if err != nil {
		return err
	}
	if err := w.people.Remove(ctx, id, operator()); err != nil {
		return err
	}
	fmt.Printf("%s is removed.\n", id)
	return nil
}

func withPeople(ctx context.Context, path string, do func(peopleWork) error) error {
	return withMigrated(ctx, path, func(cfg Config, db *approvaldb.DB, clock *Clock) error {
		keys, err := keyring.Load(cfg.KeysFile)
		if err != nil {
			return err
		}
		people, err := newPeople(cfg, db, keys, clock)
		if err != nil {
			return err
		}
		parts := approvaldb.New(db, approvaldb.Config{Sealer: keys, NewID: newID})
		return do(peopleWork{people, parts.Registry, parts.Keys, cfg.PublicURL})
	})
}

// newPeople makes what people sign in with, on the pages' own domain.
func newPeople(cfg Config, db *approvaldb.DB, keys *keyring.Keyring, clock *Clock) (*auth.People, error) {
	return auth.NewPeople(auth.PeopleConfig{
		Store: authdb.New(db), Sealer: keys, RPID: cfg.PasskeyDomain, RPName: cfg.PasskeyDomain, Origins: []string{cfg.PublicURL},
		SignOn: cfg.Desk.SignOn.Issuer, NewID: newID, Now: clock.Now,
	})
}
