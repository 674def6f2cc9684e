package main

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/auth"
)

// operated is a gateway's database with a marketplace, and its operator.
func operated(t *testing.T) (*node, approvals.MarketplaceID) {
	t.Helper()
	n := newNode(t, "", "sqlite:"+filepath.Join(t.TempDir(), "gateway.db"), "localhost:25")
	return n, n.prepare("http://localhost:9").ID
}

func (n *node) keysOf(m approvals.MarketplaceID) []approvals.APIKey {
	n.t.Helper()
	var all []approvals.APIKey
	err := withDatabase(n.t.Context(), n.config, func(_ Config, db *approvaldb.DB) (err error) {
		all, err = approvaldb.New(db, approvaldb.Config{NewID: newID}).Keys.APIKeys(n.t.Context(), m)
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return all
}

// "countersign apikeys": add, roll, revoke.
func TestAPIKeysCommands(t *testing.T) {
	t.Parallel()
	n, m := operated(t)
	at := configFlag{n.config}
	add := APIKeysAddCmd{configFlag: at, Marketplace: string(m), Name: "Reports", Scope: []string{"actions:read"}, From: []string{"203.0.113.7"}, For: time.Hour}
	if err := add.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	k := n.keysOf(m)[0]
	if k.Name != "Reports" || len(k.Scopes) != 1 || k.Ranges[0].String() != "203.0.113.7/32" || k.ExpiresAt.IsZero() || !strings.HasPrefix(k.CreatedBy, "operator") {
		t.Errorf("made %+v", k)
	}
	add.Scope = []string{"everything"}
	if err := add.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "scopes must be") {
		t.Errorf("an unknown scope: %v", err)
	}
	if err := (&APIKeysRollCmd{at, string(m), k.ID, 0}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := n.keysOf(m)
	if len(all) != 3 || all[1].RevokedAt.IsZero() || all[0].Name != "Reports" {
		t.Fatalf("rolled: %+v", all)
	}
	if err := (&APIKeysRevokeCmd{at, string(m), all[0].ID}).Run(t.Context()); err != nil || n.keysOf(m)[0].RevokedAt.IsZero() {
		t.Errorf("revoked: %v", err)
	}
	if err := (&APIKeysRevokeCmd{at, "another", all[2].ID}).Run(t.Context()); !errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
		t.Errorf("a key of another marketplace: %v", err)
	}
	if err := (&APIKeysListCmd{at, string(m)}).Run(t.Context()); err != nil {
		t.Error(err)
	}
}

// "countersign developers": invite, list, remove.
func TestDevelopersCommands(t *testing.T) {
	t.Parallel()
	n, m := operated(t)
	at := configFlag{n.config}
	if err := (&DevelopersInviteCmd{at, string(m), "Ada"}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := (&DevelopersInviteCmd{at, "nobody", "Eve"}).Run(t.Context()); !errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
		t.Errorf("of no marketplace: %v", err)
	}
	people := func() (all []auth.Person) {
		t.Helper()
		err := withPeople(t.Context(), n.config, func(w peopleWork) (err error) {
			all, err = w.people.List(t.Context(), m, auth.Developer)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	ada := people()
	if len(ada) != 1 || ada[0].Name != "Ada" || ada[0].Active() {
		t.Fatalf("invited %+v", ada)
	}
	if err := (&DevelopersListCmd{at, string(m)}).Run(t.Context()); err != nil {
		t.Error(err)
	}
	if err := (&DevelopersRemoveCmd{at, string(ada[0].ID)}).Run(t.Context()); err != nil || people()[0].RemovedAt.IsZero() {
		t.Errorf("removed: %v", err)
	}
	if err := (&DevelopersRemoveCmd{at, string(ada[0].ID)}).Run(t.Context()); err == nil {
		t.Error("removed twice")
	}
}

// Who removes a developer is told which keys go on that they made.
func TestDevelopers_KeysLeft(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	lines := keysLeft([]approvals.APIKey{
		{ID: "k-1", Marketplace: "acme", CreatedBy: "Ada"}, {ID: "k-2", CreatedBy: "Eve"}, {ID: "k-3", CreatedBy: "Ada", RevokedAt: at.Add(-time.Hour)},
	}, auth.Person{Name: "Ada", RemovedAt: at})
	if len(lines) != 1 || !strings.HasSuffix(lines[0], "countersign apikeys revoke --marketplace acme k-1") {
		t.Errorf("lines %q", lines)
	}
}
