package approvalstest

import (
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/approvals/desk"
)

// ringSeen: people see a ring by its number, the account masked, who named it and
// what waits; one that two people ended is in the list no more (UX C8).
func ringSeen(t *testing.T, w *World) {
	views := w.Parts.RingViews
	w.Named(t, 1, 8)
	w.Named(t, 2, 8) // another destination that two of them share
	begun := w.Clock.Now()
	again := func(seller int64, account int) approvals.Action {
		r := w.To(w.SellerKey(seller), account)
		r.Supersede = true
		return w.must(t)(w.Service.Create(ctx, r))
	}
	first := w.DriveOn(t, again(1, 7), approvals.CoolingOff)
	w.Clock.Advance(18 * time.Hour)
	again(2, 7)
	w.Named(t, 3, 7)
	list, err := views.Rings(ctx, 0, 10)
	ok(t, err)
	if len(list) != 2 || list[0].Name() != "R-2" || list[1].Name() != "R-1" {
		t.Fatalf("the list is %+v", list)
	}
	ring := list[0]
	same(t, "the account", ring.Account, "••-••-60 ••••0007")
	same(t, "who named it", []int{ring.Sellers, ring.Declared, ring.Stake.Changes}, []int{3, 0, 3})
	same(t, "how it stands", ring.State, desk.RingFrozen)
	same(t, "its span", ring.Last.Sub(ring.First), 18*time.Hour)
	same(t, "since", ring.Since, begun.Add(18*time.Hour))
	got, err := views.Ring(ctx, ring.Number)
	ok(t, err)
	same(t, "the same in the list", got.RingView, ring)
	if len(got.Members) != 3 || !got.Members[0].Proved || got.Members[1].Proved || len(got.Members[0].Waiting) != 1 || got.Members[0].Waiting[0].ID != first.ID {
		t.Errorf("its members are %+v", got.Members)
	}
	if got.Case == 0 || got.Members[2].Case == 0 || got.More {
		t.Errorf("it can be decided in case %d, %+v", got.Case, got.Members)
	}
	if len(got.Others) != 1 || got.Others[0].Number != 1 || len(got.Others[0].Sellers) != 2 || got.Others[0].Hub || got.Others[0].Account != "••-••-60 ••••0008" {
		t.Errorf("they share %+v", got.Others)
	}
	older, err := views.Rings(ctx, ring.Number, 10)
	ok(t, err)
	same(t, "older ones", len(older), 1)
	ringWords(t, w, got)
}

// ringWords: what people decide about a ring is seen at once, and its number stays.
func ringWords(t *testing.T, w *World, ring desk.RingDossier) {
	views, said := w.Parts.RingViews, approvals.Destinations{Words: w.Parts.Words}
	word := approvals.Word{RingKey: ring.Key, By: Agent, With: audit.Actor{Type: audit.Agent, ID: "agent-2"}, Reason: "K1", At: w.Clock.Now()}
	ok(t, said.Declare(ctx, word, []approvals.SellerKey{w.SellerKey(3)}))
	ok(t, said.Free(ctx, word))
	list, err := views.Rings(ctx, 0, 10)
	ok(t, err)
	same(t, "an ended one is gone", len(list), 1)
	got, err := views.Ring(ctx, ring.Number)
	ok(t, err)
	same(t, "what became of it", got.State, desk.RingEnded)
	same(t, "and of its sellers", []int{got.Sellers, got.Declared}, []int{2, 1})
	ok(t, said.Deny(ctx, approvals.Word{RingKey: ring.Key, By: Agent, Reason: "a bank called", At: w.Clock.Now()}))
	everywhere := approvals.RingKey{Fingerprint: ring.Key.Fingerprint}
	ok(t, said.Deny(ctx, approvals.Word{RingKey: everywhere, By: Agent, Reason: "a bank called", At: w.Clock.Now()}))
	list, err = views.Rings(ctx, 0, 10)
	ok(t, err)
	if len(list) != 3 || list[0].Name() != "R-3" || list[0].Sellers != 3 || list[0].Account == "" || list[1].Number != ring.Number || list[1].State != desk.RingDenied {
		t.Errorf("denied, the list is %+v", list)
	}
	all, err := views.Ring(ctx, list[0].Number)
	ok(t, err)
	same(t, "who waits on it anywhere", len(all.Members), 3)
	_, err = views.Ring(ctx, 99)
	refused(t, err, approvals.CodeNotFound)
}
