package approvalstest

import (
	"fmt"
	"testing"
	"time"

	"countersign/approvals"
)

// However often a thief asks for something, what the seller asked for before is not
// out of sight: requests that no signal counts push nothing out, and a hundred of those
// that count are taken for the worst.
func signalsCrowded(t *testing.T, w *World) {
	key := w.SellerKey(1)
	a := w.DriveOn(t, w.must(t)(w.Service.Create(ctx, w.Loan(key, 7, "450.00", "GBP"))), approvals.Executed)
	seen := func() approvals.Signals {
		s, err := w.Parts.Reader.Signals(ctx, approvals.Look{Seller: key, Kind: approvals.LoanDisbursement, Fingerprint: a.Fingerprint, Currency: "GBP", Now: w.Clock.Now()})
		ok(t, err)
		return s
	}
	before := seen()
	if before.LoansHere != 1 || before.LoanSum != 45000 {
		t.Fatalf("%+v", before)
	}
	again := func(r approvals.Request) {
		w.Clock.Advance(time.Second)
		r.Supersede = true
		_, err := w.Service.Create(ctx, r)
		ok(t, err)
	}
	for i := range 100 {
		r := w.To(key, 7)
		r.Kind = approvals.ContactChange
		r.Details = fmt.Appendf(nil, `{"from":{"email":%q},"to":{"email":"new%d@example.com"}}`, r.Seller.Contacts[0].Email, i)
		again(r)
	}
	if s := seen(); s.LoansHere != before.LoansHere || s.LoanSum != before.LoanSum || s.Loans30 != before.Loans30 || !s.LoanAt.Equal(before.LoanAt) {
		t.Errorf("after 100 changes of address %+v, before %+v", s, before)
	}
	for range 100 {
		again(w.To(key, 7))
	}
	s := seen()
	if s.LoanSum != approvals.MaxSum || s.LoansHere < 100 || s.Loans30 < 100 || s.Changes30 < 100 || s.Cancels30 < 100 || !s.FailedAttempt || s.LoanAt.IsZero() {
		t.Errorf("after 100 changes of account %+v", s)
	}
}

// A node whose clock is ahead may have seen a place first: another still confirms.
func signalsPlacesClocks(t *testing.T, w *World) {
	key := w.SellerKey(1)
	loan := w.Loan(key, 7, "450.00", "GBP")
	loan.Context.IP = "10.0.9.1"
	a := w.DriveOn(t, w.must(t)(w.Service.Create(ctx, loan)), approvals.AwaitingConfirmation)
	_, err := w.DB.SQL().ExecContext(ctx, "DELETE FROM seller_places") // as before there were any
	ok(t, err)
	now := w.Clock.Now()
	w.Clock.Set(now.Add(time.Second))
	r := w.To(key, 1)
	r.Context.IP = "10.0.9.2"
	w.DriveOn(t, w.must(t)(w.Service.Create(ctx, r)), approvals.Notifying)
	w.Clock.Set(now.Add(100 * time.Millisecond))
	_, err = w.Service.Confirm(ctx, a.Key(), w.ConfirmLink(a), w.Proof(a, approvals.StageConfirmation))
	ok(t, err)
}
