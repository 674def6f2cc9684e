package approvalstest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/audit"
)

// ringed is a world that looks across sellers.
func ringed(run func(t *testing.T, w *World)) func(*testing.T, *World) {
	return func(t *testing.T, w *World) {
		w.Service.Rings = w.Parts.Rings
		run(t, w)
	}
}

// stands checks what became of actions, "state hold".
func (w *World) stands(t testing.TB, what string, want string, actions ...approvals.Action) {
	t.Helper()
	for _, a := range actions {
		a = w.Read(t, a)
		got := string(a.State)
		if a.Hold != "" {
			got += " " + string(a.Hold)
		}
		if got != want {
			t.Errorf("%s: the action of %s is %s, want %s", what, a.Seller, got, want)
		}
	}
}

// announced counts the webhooks of this type.
func (w *World) announced(t testing.TB, kind string) int {
	t.Helper()
	var n int
	ok(t, w.DB.SQL().QueryRowContext(ctx, "SELECT count(*) FROM announcements WHERE type = '"+kind+"'").Scan(&n))
	return n
}

// ringFound: the second seller takes all that wait to review, the third freezes them,
// each seller has one case and the marketplace one webhook (THREATS C5).
func ringFound(t *testing.T, w *World) {
	first := w.DriveOn(t, w.Named(t, 1, 7), approvals.CoolingOff)
	bystander := w.DriveOn(t, w.Named(t, 40, 8), approvals.CoolingOff)
	second := w.Named(t, 2, 7)
	w.stands(t, "after the second", "held review", first, second)
	same(t, "cases", w.count(t, "cases"), 2)
	third := w.Named(t, 3, 7)
	w.stands(t, "after the third", "held frozen", first, second, third)
	w.stands(t, "elsewhere", "cooling_off", bystander)
	same(t, "cases", w.count(t, "cases"), 3)
	same(t, "webhooks", w.announced(t, "ring.detected"), 1)
	if s := w.seen(t, w.SellerKey(9), first.Fingerprint); !s.Frozen {
		t.Errorf("the next to name it sees %+v", s)
	}
	next, err := w.Service.Create(ctx, w.To(w.SellerKey(4), 7))
	ok(t, err)
	w.stands(t, "who names it afterwards", "held frozen", next)
	before := w.footprint(t)
	n, err := w.Service.SpreadRings(ctx, 10)
	ok(t, err)
	same(t, "left to spread", n, 0)
	same(t, "what another sweep wrote", w.footprint(t), before)
	for _, a := range []approvals.Action{first, second, third} {
		if back, err := w.Read(t, a).EffectiveDestination(); err != nil || back != nil {
			t.Errorf("%s is to be paid into %v, %v, want the account of before", a.Seller, back, err)
		}
	}
}

// ringEarlier: what was approved before a ring was found is not released any more.
func ringEarlier(t *testing.T, w *World) {
	first := w.DriveOn(t, w.Named(t, 1, 7), approvals.Approved)
	dead := *w.Service
	dead.Rings = died{w.Parts.Rings}
	second, err := dead.Create(ctx, w.To(w.SellerKey(2), 7))
	ok(t, err)
	w.stands(t, "the process died after the commit", "approved", first)
	_, err = w.Service.Claim(ctx, first.Key(), first.Details, nil)
	refused(t, err, approvals.CodeNotApproved)
	w.stands(t, "the claim came before the sweep", "held review", first)
	n, err := w.Service.SpreadRings(ctx, 10)
	ok(t, err)
	same(t, "spread by the next sweep", n, 1)
	w.stands(t, "after the sweep", "held review", first, second)
	same(t, "claims", w.count(t, "claims"), 0)
	// The store fails for one seller: the ring is not done, and reaches the others.
	halfway := *w.Service
	halfway.Rings = deaf{w.Parts.Rings, first.Seller}
	third, err := halfway.Create(ctx, w.To(w.SellerKey(3), 7))
	ok(t, err)
	w.stands(t, "one could not be told", "held review", first)
	w.stands(t, "one could not be told", "held frozen", second, third)
	_, err = w.Service.SpreadRings(ctx, 10)
	ok(t, err)
	w.stands(t, "told by the next sweep", "held frozen", first)
}

// died is a process that ends before it spreads anything.
type died struct{ approvals.Rings }

func (died) Spreading(context.Context, int) ([]approvals.Spreading, error) {
	return nil, errors.New("gone")
}

// deaf cannot reach one seller.
type deaf struct {
	approvals.Rings
	to approvals.SellerID
}

func (d deaf) Reach(ctx context.Context, s approvals.Spreading, key approvals.SellerKey, step func(approvals.Spreading, approvals.Seller, []approvals.Action) (approvals.SellerChange, error)) error {
	if key.Seller == d.to {
		return errors.New("gone")
	}
	return d.Rings.Reach(ctx, s, key, step)
}

// ringPoison: a rival who names an honest seller's account cannot freeze it (THREATS
// finding 5). What ends without a proof does nothing to the seller; while rivals wait,
// however many, the seller's request goes to review, and the account of before is paid.
func ringPoison(t *testing.T, w *World) {
	honest := w.DriveOn(t, w.Named(t, 1, 7), approvals.Executed)
	w.Clock.Advance(31 * days) // what the honest seller proved is past
	for n, end := range []approvals.State{approvals.Failed, approvals.Expired, approvals.Cancelled} {
		w.DriveOn(t, w.Named(t, int64(10+n), 7), end)
	}
	_, err := w.Service.Create(ctx, w.To(w.SellerKey(20), 30))
	ok(t, err)
	_, err = w.Service.Create(ctx, w.To(w.SellerKey(20), 7))
	refused(t, err, approvals.CodeOpen)
	s := w.seen(t, w.SellerKey(1), honest.Fingerprint)
	if s.Shared30 != 0 || !s.FailedAttempt || s.Frozen {
		t.Errorf("after attempts in vain: %+v", s)
	}
	for n := range 5 {
		w.Named(t, int64(50+n), 7)
	}
	s = w.seen(t, w.SellerKey(1), honest.Fingerprint)
	if s.Shared30 != 1 || s.Frozen || s.SharedStrong || s.Disputed {
		t.Errorf("while five rivals wait: %+v", s)
	}
	loan := w.To(w.SellerKey(1), 7)
	loan.Kind = approvals.LoanDisbursement
	loan.Details = []byte(`{"amount":"200.00","currency":"GBP","lender":"Acme Capital","destination":{"holder":"Anna Rossi","sort_code":"204060","account_number":"00000007"}}`)
	mine := w.must(t)(w.Service.Create(ctx, loan))
	w.stands(t, "the honest seller's next request", "held review", mine)
	w.stands(t, "what was put in place", "executed", honest)
	// The way out: two people see whose account it is.
	key := approvals.RingKey{Scope: w.Marketplace.ID, Fingerprint: honest.Fingerprint}
	word := approvals.Word{RingKey: key, By: Agent, With: audit.Actor{Type: audit.Agent, ID: "agent-2"}, Reason: "the seller's own since March", At: w.Clock.Now()}
	ok(t, approvals.Destinations{Words: w.Parts.Words}.Free(ctx, word))
	w.Agreed(t, "resume", mine)
	freed := w.must(t)(w.Parts.Store.Update(ctx, mine.Key(), func(a approvals.Action, s approvals.Seller) (approvals.Change, error) {
		return w.sealed(a.Restart(s, Agent, w.Clock.Now()))
	}))
	w.DriveOn(t, freed, approvals.CoolingOff)
}

// ringDeclared: sellers who share an account by the word of two are no ring, and a
// stranger still makes one with them.
func ringDeclared(t *testing.T, w *World) {
	first := w.DriveOn(t, w.Named(t, 1, 7), approvals.CoolingOff)
	key := approvals.RingKey{Scope: w.Marketplace.ID, Fingerprint: first.Fingerprint}
	word := approvals.Word{RingKey: key, By: Agent, With: Agent, Reason: "two shops of one owner", At: w.Clock.Now()}
	said := approvals.Destinations{Words: w.Parts.Words}
	group := []approvals.SellerKey{w.SellerKey(1), w.SellerKey(2), w.SellerKey(3)}
	refused(t, said.Declare(ctx, word, group), approvals.CodeInvalid)
	word.With = audit.Actor{Type: audit.Agent, ID: "agent-2"}
	ok(t, said.Declare(ctx, word, group))
	second := w.DriveOn(t, w.Named(t, 2, 7), approvals.CoolingOff)
	third := w.Named(t, 3, 7)
	w.stands(t, "declared", "cooling_off", first, second)
	w.stands(t, "declared", "awaiting_step_up", third)
	same(t, "shared, for one of them", w.seen(t, w.SellerKey(3), first.Fingerprint).Shared30, 0)
	same(t, "shared, for a stranger", w.seen(t, w.SellerKey(9), first.Fingerprint).Shared30, 3)
	word.With = audit.Actor{}
	ok(t, said.Undeclare(ctx, word, group[2:]))
	same(t, "shared, for one who was", w.seen(t, w.SellerKey(3), first.Fingerprint).Shared30, 2)
	same(t, "shared, for one who is", w.seen(t, w.SellerKey(2), first.Fingerprint).Shared30, 1)
	stranger := w.Named(t, 9, 7)
	w.stands(t, "a stranger came", "held frozen", stranger)
	w.stands(t, "the declared stay as they are", "cooling_off", first, second)
}

// ringDenied: one person puts an account on the list, and two take it off.
func ringDenied(t *testing.T, w *World) {
	first := w.DriveOn(t, w.Named(t, 1, 7), approvals.Approved)
	other := w.Named(t, 2, 8)
	said := approvals.Destinations{Words: w.Parts.Words}
	key := approvals.RingKey{Fingerprint: first.Fingerprint} // of the whole gateway
	word := approvals.Word{RingKey: key, By: Agent, Reason: "a bank called", At: w.Clock.Now()}
	ok(t, said.Deny(ctx, word))
	_, err := w.Service.Claim(ctx, first.Key(), first.Details, nil)
	refused(t, err, approvals.CodeNotApproved)
	w.Clock.Advance(time.Minute)
	third := w.Named(t, 3, 7)
	_, err = w.Service.SpreadRings(ctx, 10)
	ok(t, err)
	w.stands(t, "denied", "held frozen", first, third)
	w.stands(t, "another account", "awaiting_step_up", other)
	list, err := w.Parts.Words.Denied(ctx, time.Time{}, 10)
	ok(t, err)
	if len(list) != 1 || list[0].RingKey != key || list[0].By != "agent:agent-1" {
		t.Errorf("the list is %+v", list)
	}
	refused(t, said.Allow(ctx, word), approvals.CodeInvalid)
	word.With = word.By
	refused(t, said.Allow(ctx, word), approvals.CodeInvalid)
	word.With.ID = "agent-2"
	ok(t, said.Allow(ctx, word))
	refused(t, said.Allow(ctx, word), approvals.CodeNotFound)
	w.stands(t, "allowed again", "held frozen", first, third)
	if s := w.seen(t, w.SellerKey(5), first.Fingerprint); s.Denied {
		t.Errorf("after two took it off: %+v", s)
	}
	ok(t, said.Deny(ctx, word))
	if s := w.seen(t, w.SellerKey(5), first.Fingerprint); !s.Denied {
		t.Errorf("denied again: %+v", s)
	}
}

// ringAcross: sellers of several marketplaces are compared where that is configured,
// and each marketplace hears of the ring once and of nobody else's sellers.
func ringAcross(t *testing.T, w *World) {
	globex, _ := w.AddMarketplace(t, "globex")
	ask := func(s *approvals.Service, m approvals.Marketplace, seller string, account int) approvals.Action {
		r := w.To(approvals.SellerKey{Marketplace: m.ID, Seller: approvals.SellerID(seller)}, account)
		r.Marketplace, r.ReturnURL = m, m.ReturnURLs[0]
		return w.must(t)(s.Create(ctx, r))
	}
	apart := []approvals.Action{ask(w.Service, w.Marketplace, "a", 1), ask(w.Service, globex, "b", 1)}
	w.stands(t, "compared apart", "awaiting_step_up", apart...)
	across := approvaldb.New(w.DB, approvaldb.Config{Sealer: w.Keys, Enqueuer: w.Jobs, NewID: NewID, Links: w.Keys.Links(), RingsAcross: true})
	s := *w.Service
	s.Store, s.Rings, s.Signals = across.Store, across.Rings, across.Reader
	together := []approvals.Action{ask(&s, w.Marketplace, "c", 2), ask(&s, globex, "d", 2), ask(&s, globex, "e", 2)}
	w.stands(t, "compared across", "held review", together...)
	same(t, "webhooks", w.announced(t, "ring.detected"), 2)
	for _, m := range []approvals.MarketplaceID{w.Marketplace.ID, globex.ID} {
		var sellers []string
		rows, err := w.DB.SQL().QueryContext(ctx, "SELECT seller FROM announcements WHERE type = 'ring.detected' AND marketplace = '"+string(m)+"'")
		ok(t, err)
		for rows.Next() {
			var seller string
			ok(t, rows.Scan(&seller))
			sellers = append(sellers, seller)
		}
		ok(t, errors.Join(rows.Err(), rows.Close()))
		own := []string{"c"}
		if m == globex.ID {
			own = []string{"d", "e"}
		}
		if len(sellers) != 1 || !slices.Contains(own, sellers[0]) {
			t.Errorf("%s hears of %v, want one of its own", m, sellers)
		}
	}
}
