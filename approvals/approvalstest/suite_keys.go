package approvalstest

import (
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// keyed is a maker of keys on the world's database.
func keyed(w *World) (approvals.KeyMaker, approvals.Maker) {
	m := approvals.KeyMaker{Keys: w.Parts.Keys, Test: true, NewID: NewID, Now: w.Clock.Now}
	return m, approvals.Maker{Actor: audit.Actor{Type: audit.Operator, ID: "root"}, Name: "operator root"}
}

func keysKeep(t *testing.T, w *World) {
	m, by := keyed(w)
	wish := approvals.KeyWish{
		Marketplace: w.Marketplace.ID, Name: " Reports ", Scopes: []approvals.Scope{approvals.ScopeActionsRead},
		Ranges: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}, ExpiresAt: w.Clock.Now().Add(48 * time.Hour),
	}
	k, secret, err := m.Add(ctx, wish, by)
	ok(t, err)
	found, market, err := w.Parts.Registry.KeyOf(ctx, approvals.HashToken(secret))
	ok(t, err)
	same(t, "the key by its hash", found, k)
	same(t, "whose it is", market, w.Marketplace)
	if k.Name != "Reports" || k.CreatedBy != "operator root" || k.May(approvals.ScopeActionsWrite) || !k.May(approvals.ScopeActionsRead) {
		t.Errorf("made %+v", k)
	}
	all, err := m.Keys.APIKeys(ctx, w.Marketplace.ID)
	ok(t, err)
	same(t, "keys of the marketplace", len(all), 2)
	same(t, "the newest first", all[0], k)

	globex, _ := w.AddMarketplace(t, "globex")
	_, err = m.Keys.APIKey(ctx, globex.ID, k.ID)
	refused(t, err, approvals.CodeNotFound)
	refused(t, m.Revoke(ctx, globex.ID, k.ID, by), approvals.CodeNotFound)
	_, _, err = m.Roll(ctx, globex.ID, k.ID, 0, by)
	refused(t, err, approvals.CodeNotFound)
	_, err = m.Keys.APIKey(ctx, globex.ID, "no id at all")
	refused(t, err, approvals.CodeNotFound)

	before := w.count(t, "events")
	ok(t, m.Revoke(ctx, w.Marketplace.ID, k.ID, by))
	refused(t, m.Revoke(ctx, w.Marketplace.ID, k.ID, by), approvals.CodeNotFound)
	_, _, err = w.Parts.Registry.KeyOf(ctx, approvals.HashToken(secret))
	refused(t, err, approvals.CodeNotFound)
	same(t, "events of one revocation", w.count(t, "events"), before+1)
}

func keysRoll(t *testing.T, w *World) {
	m, by := keyed(w)
	old, secret, err := m.Add(ctx, approvals.KeyWish{Marketplace: w.Marketplace.ID, Name: "Shop"}, by)
	ok(t, err)
	fresh, freshSecret, err := m.Roll(ctx, w.Marketplace.ID, old.ID, time.Hour, by)
	ok(t, err)
	if fresh.ID == old.ID || freshSecret == secret || fresh.Name != old.Name {
		t.Errorf("rolled to %+v", fresh)
	}
	same(t, "its scopes", fresh.Scopes, old.Scopes)
	was, err := m.Keys.APIKey(ctx, w.Marketplace.ID, old.ID)
	ok(t, err)
	same(t, "the old one's end", was.ExpiresAt, w.Clock.Now().Add(time.Hour))
	if !was.Live(w.Clock.Now()) || was.Live(w.Clock.Now().Add(time.Hour)) {
		t.Error("the old key does not count for an hour and no longer")
	}

	same(t, "the new one's end", fresh.ExpiresAt, time.Time{})

	// A key is rolled once: the second one would end with the first.
	before := w.count(t, "api_keys")
	_, _, err = m.Roll(ctx, w.Marketplace.ID, old.ID, 24*time.Hour, by)
	refused(t, err, approvals.CodeKeyRolled)
	same(t, "keys after a roll that is refused", w.count(t, "api_keys"), before)
	_, _, err = m.Roll(ctx, w.Marketplace.ID, old.ID, 2*time.Hour, by)
	refused(t, err, approvals.CodeInvalid)

	// Of calls at once that end it now one wins.
	errs := make([]error, 4)
	var done sync.WaitGroup
	for i := range errs {
		done.Go(func() { _, _, errs[i] = m.Roll(ctx, w.Marketplace.ID, fresh.ID, 0, by) })
	}
	done.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
			t.Error(err)
		}
	}
	same(t, "calls that rolled the key", won, 1)
	_, _, err = w.Parts.Registry.KeyOf(ctx, approvals.HashToken(freshSecret))
	refused(t, err, approvals.CodeNotFound)
}

// The limit holds for rolls too: one that leaves the old key for a while makes
// one more that counts, one that ends it at once does not.
func keysRollLimit(t *testing.T, w *World) {
	m, by := keyed(w)
	end := w.Clock.Now().Add(90 * 24 * time.Hour)
	k, _, err := m.Add(ctx, approvals.KeyWish{Marketplace: w.Marketplace.ID, Name: "Shop", ExpiresAt: end}, by)
	ok(t, err)
	for n := 2; n < approvals.MaxAPIKeys; n++ { // the first one and k are there
		_, _, err := m.Add(ctx, approvals.KeyWish{Marketplace: w.Marketplace.ID, Name: "More"}, by)
		ok(t, err)
	}
	_, _, err = m.Roll(ctx, w.Marketplace.ID, k.ID, time.Hour, by)
	refused(t, err, approvals.CodeKeyLimit)
	fresh, _, err := m.Roll(ctx, w.Marketplace.ID, k.ID, 0, by)
	ok(t, err)
	same(t, "the end that the old one was made with", fresh.ExpiresAt, end)
	_, _, err = m.Roll(ctx, w.Marketplace.ID, k.ID, 0, by)
	refused(t, err, approvals.CodeNotFound)
}

func keysUsed(t *testing.T, w *World) {
	m, by := keyed(w)
	k, _, err := m.Add(ctx, approvals.KeyWish{Marketplace: w.Marketplace.ID, Name: "Shop"}, by)
	ok(t, err)
	var uses approvals.KeyUses
	first := w.Clock.Now()
	used := func() time.Time {
		t.Helper()
		ok(t, uses.Flush(ctx, m.Keys))
		k, err = m.Keys.APIKey(ctx, w.Marketplace.ID, k.ID)
		ok(t, err)
		return k.LastUsedAt
	}
	same(t, "of a key nobody used", used(), time.Time{})
	uses.Note(k, first)
	same(t, "the first use", used(), first)
	uses.Note(k, first.Add(59*time.Second))
	same(t, "within a minute", used(), first)
	ok(t, m.Keys.UsedAPIKeys(ctx, map[string]time.Time{k.ID: first.Add(59 * time.Second)}))
	same(t, "within a minute, from another node", used(), first)
	uses.Note(k, first.Add(2*time.Minute))
	uses.Note(k, first.Add(time.Minute))
	same(t, "a minute later", used(), first.Add(2*time.Minute))

	for n := 2; n < approvals.MaxAPIKeys; n++ { // the first one and k are there
		_, _, err := m.Add(ctx, approvals.KeyWish{Marketplace: w.Marketplace.ID, Name: "More"}, by)
		ok(t, err)
	}
	_, _, err = m.Add(ctx, approvals.KeyWish{Marketplace: w.Marketplace.ID, Name: "Too many"}, by)
	refused(t, err, approvals.CodeKeyLimit)
	ok(t, m.Revoke(ctx, w.Marketplace.ID, k.ID, by))
	_, _, err = m.Add(ctx, approvals.KeyWish{Marketplace: w.Marketplace.ID, Name: "Room"}, by)
	ok(t, err)
}
