package approvalstest

import (
	"fmt"
	"testing"
	"time"

	"countersign/approvals"
)

// Loan asks for a loan of this seller, paid into the n-th account.
func (w *World) Loan(key approvals.SellerKey, n int, amount, currency string) approvals.Request {
	r := w.To(key, n)
	r.Kind = approvals.LoanDisbursement
	r.Details = fmt.Appendf(nil, `{"amount":%q,"currency":%q,"lender":"Acme Capital","destination":{"holder":"Anna Rossi","sort_code":"204060","account_number":"%08d"}}`, amount, currency, n)
	return r
}

// signalsLoans: loans of a month to one destination add up, each currency for itself;
// what replaced another is one with it.
func signalsLoans(t *testing.T, w *World) {
	key := w.SellerKey(1)
	var first approvals.Action
	at := func(what, currency string, here int, sum int64) {
		t.Helper()
		s, err := w.Parts.Reader.Signals(ctx, approvals.Look{
			Seller: key, Kind: approvals.LoanDisbursement, Fingerprint: first.Fingerprint, Currency: currency, Now: w.Clock.Now(),
		})
		ok(t, err)
		if s.LoansHere != here || s.LoanSum != sum {
			t.Errorf("%s: %d loans of %d, want %d of %d", what, s.LoansHere, s.LoanSum, here, sum)
		}
	}
	ask := func(n int, amount, currency string, to approvals.State) approvals.Action {
		t.Helper()
		w.Clock.Advance(time.Hour)
		return w.DriveOn(t, w.must(t)(w.Service.Create(ctx, w.Loan(key, n, amount, currency))), to)
	}
	first = ask(7, "200.00", "GBP", approvals.Executed)
	at("one", "GBP", 1, 20_000)
	at("asked of in another currency", "EUR", 0, 0)
	at("asked of a change", "", 0, 0)
	ask(7, "50.50", "GBP", approvals.Cancelled)
	ask(7, "70.00", "EUR", approvals.Cancelled)
	ask(8, "900.00", "GBP", approvals.Cancelled)
	at("with one that ended in vain", "GBP", 2, 25_050)
	at("of the other currency", "EUR", 1, 7_000)
	open := ask(7, "1.00", "GBP", approvals.AwaitingStepUp)
	at("with one that is open", "GBP", 2, 25_050)
	again := w.Loan(key, 7, "2.00", "GBP")
	again.Supersede = true
	later := w.must(t)(w.Service.Create(ctx, again))
	same(t, "of the one that was replaced", w.Read(t, open).Cancel, approvals.Superseded)
	w.DriveOn(t, later, approvals.Cancelled)
	at("with one that replaced another", "GBP", 3, 25_250)
	w.Clock.Advance(31 * days)
	at("a month later", "GBP", 0, 0)
}
