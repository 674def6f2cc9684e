package approvalstest

import (
	"fmt"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

func readPages(t *testing.T, w *World) {
	var want []approvals.ActionID
	for range 7 {
		want = append([]approvals.ActionID{w.Create(t).ID}, want...)
	}
	var got []approvals.ActionID
	q := approvals.Query{Marketplace: w.Marketplace.ID, Limit: 3}
	for {
		page, err := w.Parts.Reader.Actions(ctx, q)
		ok(t, err)
		if len(page) == 0 {
			break
		}
		for _, a := range page {
			same(t, "an action of a list", a, w.Read(t, a))
			got = append(got, a.ID)
		}
		q.Before = page[len(page)-1].ID
	}
	same(t, "all pages, newest first", got, want)
}

func readFilters(t *testing.T, w *World) {
	for _, s := range []approvals.State{approvals.Held, approvals.Executed, approvals.ExecutionFailed, approvals.Approved, approvals.Approved} {
		w.Drive(t, s)
	}
	other, _ := w.AddMarketplace(t, "globex")
	for _, tt := range []struct {
		name string
		q    approvals.Query
		want int
	}{
		{"all", approvals.Query{}, 5},
		{"state", approvals.Query{State: approvals.Approved}, 2},
		{"final state", approvals.Query{State: approvals.Executed}, 1},
		{"execution failed", approvals.Query{State: approvals.ExecutionFailed}, 1},
		{"state nobody is in", approvals.Query{State: approvals.Failed}, 0},
		{"open", approvals.Query{Open: true}, 3},
		{"open ones of a seller", approvals.Query{Seller: "seller-1", Open: true}, 1},
		{"seller", approvals.Query{Seller: "seller-3"}, 1},
		{"seller and state", approvals.Query{Seller: "seller-3", State: approvals.Approved}, 0},
		{"kind", approvals.Query{Kind: approvals.PayoutAccountChange}, 5},
		{"another kind", approvals.Query{Kind: "loan.disbursement"}, 0},
		{"another marketplace", approvals.Query{Marketplace: other.ID}, 0},
		{"limit", approvals.Query{Limit: 2}, 2},
		{"a cursor that is none", approvals.Query{Before: "x"}, 5},
	} {
		if tt.q.Marketplace == "" {
			tt.q.Marketplace = w.Marketplace.ID
		}
		if tt.q.Limit == 0 {
			tt.q.Limit = 50
		}
		got, err := w.Parts.Reader.Actions(ctx, tt.q)
		if err != nil || len(got) != tt.want {
			t.Errorf("%s: %d actions, %v, want %d", tt.name, len(got), err, tt.want)
		}
	}
}

func readReference(t *testing.T, w *World) {
	a := w.Create(t)
	b := w.Create(t)
	got, err := w.Parts.Reader.ActionByReference(ctx, a.SellerKey(), a.Reference)
	ok(t, err)
	same(t, "the action", got, a)
	_, err = w.Parts.Reader.ActionByReference(ctx, b.SellerKey(), a.Reference)
	refused(t, err, approvals.CodeNotFound)
}

// foreignKeys tries every method with the keys of another marketplace, with
// keys of nobody and with what is no key at all.
func foreignKeys(t *testing.T, w *World) {
	a := w.Drive(t, approvals.CoolingOff)
	w.AddMarketplace(t, "globex")
	before := w.footprint(t)
	noStep := func(approvals.Action, approvals.Seller) (approvals.Change, error) {
		t.Error("a step ran on a foreign action")
		return approvals.Change{}, nil
	}
	p := w.Parts
	for _, key := range []approvals.ActionKey{
		{Marketplace: "globex", ID: a.ID}, {Marketplace: "nobody", ID: a.ID}, {ID: a.ID}, {Marketplace: a.Marketplace, ID: approvals.ActionID(NewID())},
		{Marketplace: a.Marketplace, ID: "x"}, {Marketplace: a.Marketplace}, {Marketplace: a.Marketplace, ID: approvals.ActionID(fmt.Sprintf("{%s}", a.ID))},
		{Marketplace: a.Marketplace, ID: "' OR 1=1 --"},
	} {
		for name, call := range map[string]func() error{
			"Action":   func() error { _, err := p.Reader.Action(ctx, key); return err },
			"Timeline": func() error { _, err := p.Reader.Timeline(ctx, key); return err },
			"MailedAt": func() error { _, err := p.Outbox.MailedAt(ctx, key); return err },
			"Update":   func() error { _, err := p.Store.Update(ctx, key, noStep); return err },
			"Release": func() error {
				_, err := p.Store.Release(ctx, key, func(a approvals.Action, s approvals.Seller, _ approvals.Gate) (approvals.Change, error) {
					return noStep(a, s)
				})
				return err
			},
		} {
			if refused(t, call(), approvals.CodeNotFound); t.Failed() {
				t.Fatalf("%s(%q)", name, key)
			}
		}
	}
	for _, key := range []approvals.SellerKey{{Marketplace: "globex", Seller: a.Seller}, {Marketplace: a.Marketplace, Seller: "nobody"}, {Seller: a.Seller}, {Marketplace: a.Marketplace}} {
		_, err := p.Reader.Seller(ctx, key)
		refused(t, err, approvals.CodeNotFound)
		_, err = p.Reader.ActionByReference(ctx, key, a.Reference)
		refused(t, err, approvals.CodeNotFound)
		_, err = p.Cases.OpenCase(ctx, key)
		refused(t, err, approvals.CodeNotFound)
		_, err = p.Store.UpdateSeller(ctx, key, func(approvals.Seller, []approvals.Action) (approvals.SellerChange, error) {
			t.Error("a step ran on a foreign seller")
			return approvals.SellerChange{}, nil
		})
		refused(t, err, approvals.CodeNotFound)
	}
	same(t, "what is stored", w.footprint(t), before)
}

func registryKeeps(t *testing.T, w *World) {
	got, err := w.Parts.Registry.Marketplace(ctx, w.Marketplace.ID)
	ok(t, err)
	same(t, "the marketplace", got, w.Marketplace)
	key, byKey, err := w.Parts.Registry.KeyOf(ctx, w.APIKeyHash)
	ok(t, err)
	same(t, "the marketplace of the API key", byKey, w.Marketplace)
	same(t, "the scopes of a first key", key.Scopes, approvals.Scopes())
	_, _, err = w.Parts.Registry.KeyOf(ctx, approvals.HashToken("sk_test_other"))
	refused(t, err, approvals.CodeNotFound)
	_, err = w.Parts.Registry.Marketplace(ctx, "nobody")
	refused(t, err, approvals.CodeNotFound)

	globex, _ := w.AddMarketplace(t, "globex")
	all, err := w.Parts.Registry.Marketplaces(ctx)
	ok(t, err)
	same(t, "all marketplaces", all, []approvals.Marketplace{w.Marketplace, globex})

	before := w.count(t, "api_keys")
	err = w.Parts.Registry.AddMarketplace(ctx, approvals.NewMarketplace{Marketplace: globex, KeyHash: approvals.HashToken("new")})
	refused(t, err, approvals.CodeInvalid)
	if n := w.count(t, "api_keys"); n != before {
		t.Errorf("%d API keys after a refused marketplace, want %d", n, before)
	}
}

func governorHalt(t *testing.T, w *World) {
	g := w.Parts.Governor
	first := approvals.Halt{By: Agent, Reason: "first", At: w.Clock.Now()}
	ok(t, g.Halt(ctx, first))
	events := w.count(t, "events")
	ok(t, g.Halt(ctx, approvals.Halt{By: audit.Actor{Type: audit.System}, Reason: "second", At: w.Clock.Advance(time.Minute)}))
	gate, err := g.Gate(ctx)
	if err != nil || !gate.Halted {
		t.Errorf("gate %+v, %v, want halted", gate, err)
	}
	var reason string
	ok(t, w.DB.SQL().QueryRowContext(ctx, "SELECT halt_reason FROM gateway").Scan(&reason))
	if reason != "first" || w.count(t, "events") != events {
		t.Errorf("halted for %q with %d events, want the first reason and %d", reason, w.count(t, "events"), events)
	}
	ok(t, g.Resume(ctx, Agent, "checked", w.Clock.Now()))
	ok(t, g.Resume(ctx, Agent, "checked", w.Clock.Now()))
	if gate, err = g.Gate(ctx); err != nil || gate.Halted || w.count(t, "events") != events+1 {
		t.Errorf("gate %+v, %v with %d events, want open with %d", gate, err, w.count(t, "events"), events+1)
	}
}

func governorClock(t *testing.T, w *World) {
	g := w.Parts.Governor
	start := w.Clock.Now()
	mark := func() time.Time {
		gate, err := g.Gate(ctx)
		ok(t, err)
		return gate.ClockMark
	}
	if !mark().IsZero() {
		t.Errorf("a new gateway's mark is %v", mark())
	}
	ok(t, g.MarkClock(ctx, start))
	ok(t, g.MarkClock(ctx, start.Add(-time.Hour)))
	same(t, "the mark", mark(), start)
	ok(t, g.AdvanceClock(ctx, 72*time.Hour, start.Add(72*time.Hour)))
	same(t, "the mark after an advance", mark(), start.Add(72*time.Hour))
	ok(t, g.AdvanceClock(ctx, time.Hour, start))
	same(t, "the mark after a step back", mark(), start.Add(72*time.Hour))
	offset, err := g.ClockOffset(ctx)
	if err != nil || offset != 72*time.Hour {
		t.Errorf("offset %v, %v, want the 72h there were", offset, err)
	}
	// Only an operator who resumes says what time it is.
	ok(t, g.Resume(ctx, Agent, "nothing to resume", start))
	same(t, "the mark when nothing was halted", mark(), start.Add(72*time.Hour))
	ok(t, g.Halt(ctx, approvals.Halt{By: Agent, Reason: "the clock jumped", At: start}))
	ok(t, g.Resume(ctx, Agent, "the clock is right again", start))
	same(t, "the mark after a resume", mark(), start)
}
