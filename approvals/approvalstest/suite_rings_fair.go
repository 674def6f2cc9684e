package approvalstest

import (
	"fmt"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/audit"
)

// loan asks for money to the n-th account.
func (w *World) loan(key approvals.SellerKey, n int) approvals.Request {
	r := w.To(key, n)
	r.Kind = approvals.LoanDisbursement
	r.Details = fmt.Appendf(nil, `{"amount":"200.00","currency":"GBP","lender":"Acme Capital","destination":{"holder":"Anna Rossi","sort_code":"204060","account_number":"%08d"}}`, n)
	return r
}

// paid checks that a seller's payouts to the n-th account may leave, at once and on the
// day.
func (w *World) paid(t testing.TB, what string, key approvals.SellerKey, n int) {
	t.Helper()
	for _, speed := range []string{"instant", "scheduled"} {
		p, err := approvals.ParsePayout(fmt.Appendf(nil, `{"speed":"%s","destination":{"holder":"Anna Rossi","sort_code":"204060","account_number":"%08d"}}`, speed, n))
		ok(t, err)
		got, err := w.Service.AssessPayout(ctx, key, p)
		ok(t, err)
		if got.Decision.Outcome != approvals.Allow {
			t.Errorf("%s: a payout that is %s: %s for %v", what, speed, got.Decision.Outcome, got.Decision.Rules)
		}
	}
}

// free ends what is held against an account, by two.
func (w *World) free(t testing.TB, fingerprint string) {
	t.Helper()
	word := approvals.Word{
		RingKey: approvals.RingKey{Scope: w.Marketplace.ID, Fingerprint: fingerprint}, By: Agent,
		With: audit.Actor{Type: audit.Agent, ID: "agent-2"}, Reason: "seen by both", At: w.Clock.Now(),
	}
	ok(t, approvals.Destinations{Words: w.Parts.Words}.Free(ctx, word))
}

// signalsDisputed: "I did not ask for this" is believed of those who are paid there, and
// of what was released. Of a rival it tells others no more than an attempt in vain.
func signalsDisputed(t *testing.T, w *World) {
	honest := w.DriveOn(t, w.Named(t, 1, 7), approvals.Executed)
	w.Clock.Advance(31 * days)
	disown := func(a approvals.Action, after time.Duration) {
		t.Helper()
		w.Clock.Advance(after)
		_, err := w.Service.NotMe(ctx, a.Key())
		ok(t, err)
	}
	machine := w.DriveOn(t, w.Named(t, 2, 7), approvals.CoolingOff)
	disown(machine, 0)
	for _, n := range []int64{1, 2} {
		if s := w.seen(t, w.SellerKey(n), honest.Fingerprint); s.Disputed || s.Disowned || s.FailedAttempt {
			t.Errorf("a machine's answer, as seller %d sees it: %+v", n, s)
		}
	}
	w.Clock.Advance(31 * days)
	disown(w.DriveOn(t, w.Named(t, 3, 7), approvals.CoolingOff), time.Minute)
	if s := w.seen(t, w.SellerKey(1), honest.Fingerprint); s.Disputed || s.Disowned || !s.FailedAttempt || !s.Current {
		t.Errorf("a rival's word, as the honest seller sees it: %+v", s)
	}
	if s := w.seen(t, w.SellerKey(3), honest.Fingerprint); s.Disputed || !s.Disowned {
		t.Errorf("a rival's word, as the rival sees it: %+v", s)
	}
	w.paid(t, "a rival disowned what the rival asked for", w.SellerKey(1), 7)

	released := w.DriveOn(t, w.Named(t, 4, 8), approvals.Executed)
	disown(released, time.Minute)
	if s := w.seen(t, w.SellerKey(5), released.Fingerprint); !s.Disputed || s.Disowned {
		t.Errorf("disowned after a release: %+v", s)
	}
	w.free(t, released.Fingerprint)
	if s := w.seen(t, w.SellerKey(5), released.Fingerprint); s.Disputed {
		t.Errorf("freed by two: %+v", s)
	}
	loan := w.must(t)(w.Service.Create(ctx, w.loan(w.SellerKey(1), 7)))
	same(t, "where the honest seller's next loan stands", loan.Hold, approvals.HoldReview)
}

// ringFair: who is paid into an account for long is frozen by nobody who names it later.
// What waits is looked at, and the account goes on being paid (DESIGN rule 9).
func ringFair(t *testing.T, w *World) {
	w.DriveOn(t, w.Named(t, 1, 7), approvals.Executed)
	w.Clock.Advance(31 * days)
	waits := w.DriveOn(t, w.must(t)(w.Service.Create(ctx, w.loan(w.SellerKey(1), 7))), approvals.CoolingOff)
	rivals := []approvals.Action{w.Named(t, 2, 7), w.Named(t, 3, 7)}
	w.stands(t, "the rivals", "held frozen", rivals...)
	w.stands(t, "what waited", "held review", waits)
	if s := w.seen(t, w.SellerKey(1), waits.Fingerprint); !s.Frozen {
		t.Errorf("the account is not frozen: %+v", s)
	}
	w.paid(t, "frozen by rivals", w.SellerKey(1), 7)
	w.DriveOn(t, waits, approvals.Cancelled)
	next := w.must(t)(w.Service.Create(ctx, w.loan(w.SellerKey(1), 7)))
	w.stands(t, "what is asked for afterwards", "held review", next)
}

// ringFairStrong: the same where the rival's proof was strong evidence.
func ringFairStrong(t *testing.T, w *World) {
	w.DriveOn(t, w.Named(t, 1, 7), approvals.Executed)
	w.Clock.Advance(31 * days)
	doubt := *w.Service
	doubt.Policy = doubting{}
	rival := w.must(t)(doubt.Create(ctx, w.To(w.SellerKey(2), 7)))
	w.must(t)(doubt.StepUp(ctx, rival.Key(), w.Proof(rival, approvals.StageStepUp)))
	other := w.must(t)(doubt.Create(ctx, w.To(w.SellerKey(3), 7)))
	w.stands(t, "the rivals", "held frozen", rival, other)
	w.paid(t, "frozen by one strong signal", w.SellerKey(1), 7)
	next := w.must(t)(w.Service.Create(ctx, w.loan(w.SellerKey(1), 7)))
	w.stands(t, "the honest seller's next request", "held review", next)
}

// doubting is a policy that finds something wrong with everything.
type doubting struct{}

func (doubting) Decide(f approvals.Facts) approvals.Decision {
	d := DefaultWaits.Decide(f)
	d.Class = approvals.High
	return d
}

// ringFailed: what failed at the marketplace is claimed again after a ring was found
// only where two people freed it.
func ringFailed(t *testing.T, w *World) {
	failed := w.DriveOn(t, w.Named(t, 1, 7), approvals.ExecutionFailed)
	w.Named(t, 2, 7)
	_, err := w.Service.SpreadRings(ctx, 10)
	ok(t, err)
	_, err = w.Service.Claim(ctx, failed.Key(), failed.Details, nil)
	refused(t, err, approvals.CodeNotApproved)
	same(t, "claims", w.count(t, "claims"), 1)
	w.free(t, failed.Fingerprint)
	w.must(t)(w.Service.Claim(ctx, failed.Key(), failed.Details, nil))
}

// ringAcrossLater: who named an account while marketplaces were compared apart is
// reached by a ring that is found once they are compared together.
func ringAcrossLater(t *testing.T, w *World) {
	globex, _ := w.AddMarketplace(t, "globex")
	early := w.DriveOn(t, w.Named(t, 1, 7), approvals.CoolingOff)
	across := approvaldb.New(w.DB, approvaldb.Config{Sealer: w.Keys, Enqueuer: w.Jobs, NewID: NewID, Links: w.Keys.Links(), RingsAcross: true})
	s := *w.Service
	s.Store, s.Rings, s.Signals = across.Store, across.Rings, across.Reader
	r := w.To(approvals.SellerKey{Marketplace: globex.ID, Seller: "d"}, 7)
	r.Marketplace, r.ReturnURL = globex, globex.ReturnURLs[0]
	late := w.must(t)(s.Create(ctx, r))
	w.stands(t, "compared across", "held review", early, late)
}
