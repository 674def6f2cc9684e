package approvalstest

import (
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

func eventOf(w *World, key approvals.SellerKey, verb string) audit.Event {
	return audit.Event{Marketplace: string(key.Marketplace), Seller: string(key.Seller), Verb: verb, Actor: Agent, At: w.Clock.Now()}
}

// readHistory: a seller's actions and events in one list, page by page, with
// nobody else's among them.
func readHistory(t *testing.T, w *World) {
	key := w.Create(t).SellerKey()
	var want []string
	first, err := w.Parts.Reader.Actions(ctx, approvals.Query{Marketplace: key.Marketplace, Limit: 1})
	ok(t, err)
	want = append(want, string(first[0].ID))
	for i := range 5 {
		w.Clock.Advance(24 * time.Hour)
		if i%2 == 0 {
			ok(t, w.Parts.Store.Refuse(ctx, eventOf(w, key, "lock"), ""))
			ok(t, w.Parts.Store.Refuse(ctx, eventOf(w, key, "told_nobody"), ""))
			continue
		}
		r := w.Request(key)
		r.Supersede = true
		a, err := w.Service.Create(ctx, r)
		ok(t, err)
		want = append([]string{string(a.ID)}, want...)
	}
	w.Create(t) // of another seller
	q := approvals.HistoryQuery{Seller: key, Verbs: []string{"lock"}, Limit: 2}
	var got []string
	locks := 0
	for {
		page, more, err := w.Service.History(ctx, w.Parts.Reader, q)
		ok(t, err)
		for _, e := range page {
			if e.Action == nil {
				same(t, "an event", e.Event.Verb, "lock")
				locks++
				continue
			}
			same(t, "an action of the list", *e.Action, w.Read(t, *e.Action))
			got = append(got, e.ID)
		}
		if !more {
			break
		}
		q.Before = page[len(page)-1].ID
	}
	same(t, "actions, newest first", got, want)
	same(t, "events", locks, 3)

	count := func(q approvals.HistoryQuery) int {
		t.Helper()
		q.Seller, q.Limit = key, 50
		page, more, err := w.Service.History(ctx, w.Parts.Reader, q)
		ok(t, err)
		same(t, "more", more, false)
		return len(page)
	}
	same(t, "events alone", count(approvals.HistoryQuery{Verbs: []string{"lock"}, Events: true}), 3)
	same(t, "a kind", count(approvals.HistoryQuery{Verbs: []string{"lock"}, Kind: approvals.PayoutAccountChange}), 3)
	same(t, "another kind", count(approvals.HistoryQuery{Kind: approvals.ContactChange}), 0)
	same(t, "two days", count(approvals.HistoryQuery{Verbs: []string{"lock"}, Since: w.Clock.Now().Add(-36 * time.Hour)}), 2)
	same(t, "a cursor that is none", count(approvals.HistoryQuery{Verbs: []string{"lock"}, Before: "x"}), 6)
}
