package templates

import (
	"encoding/json"
	"testing"
	"time"

	"countersign/approvals"
)

// TA-01: what a page says of a loan comes from the stored action, every field.
func TestFactsOf_loan(t *testing.T) {
	t.Parallel()
	asked := time.Date(2026, 11, 22, 16, 21, 0, 0, time.UTC)
	since := asked.AddDate(0, 0, -20)
	a := approvals.Action{
		ID: "a", Reference: "LN-7K4Q-2M9X", Kind: approvals.LoanDisbursement, CreatedAt: asked,
		Details: json.RawMessage(`{"amount":"12500.00","currency":"EUR","destination":{"holder":"G. Ferri","iban":"NL91ABNA0417164300"},"lender":"Bottega Capital","reference":"L-1"}`),
	}
	a.Decision.Paid = &approvals.Paid{Since: since, Last: asked}
	f, err := FactsOf(a, approvals.Seller{Name: "Giulia Ferri"})
	if err != nil || f.Loan == nil || *f.Loan != (Loan{Sum{"12500.00", "EUR"}, "Bottega Capital", "L-1"}) {
		t.Fatalf("%+v, %v", f.Loan, err)
	}
	if f.From != nil || f.Paid() != nil || f.To.Last4 != "4300" || f.To.Holder != "G. Ferri" {
		t.Errorf("%+v to %+v", f.From, f.To)
	}
	if f.Before == nil || !f.Before.Since.Equal(since) || !f.Before.Until.IsZero() {
		t.Errorf("before %+v", f.Before)
	}
}

// The age of an account is told of a switch and of a loan, as it was when they
// were asked for.
func TestFactsOf_before(t *testing.T) {
	t.Parallel()
	asked := time.Date(2026, 11, 22, 16, 21, 0, 0, time.UTC)
	long, lately := asked.AddDate(0, -8, 0), asked.Add(-time.Hour)
	for _, c := range []struct {
		name  string
		paid  *approvals.Paid
		want  *Before
		en    string
		other string
	}{
		{"not looked up", nil, nil, "", ""},
		{"never", &approvals.Paid{}, &Before{}, "Never", "Mai"},
		{"in use", &approvals.Paid{Since: long, Last: lately}, &Before{Since: long}, "Since 22 Mar 2026, 16:21", "Da 22 mar 2026, 16:21"},
		{"used before", &approvals.Paid{Since: long.AddDate(-1, 0, 0), Last: long}, &Before{long.AddDate(-1, 0, 0), long}, "Until March 2026", "Fino a marzo 2026"},
	} {
		a := approvals.Action{
			Kind: approvals.PayoutAccountSwitch, CreatedAt: asked,
			Details: json.RawMessage(`{"from":{"holder":"F","iban":"IT60X0542811101000000123456"},"to":{"holder":"F","iban":"NL91ABNA0417164300"}}`),
		}
		a.Decision.Paid = c.paid
		f, err := FactsOf(a, approvals.Seller{})
		if err != nil || (f.Before == nil) != (c.want == nil) || f.Before != nil && *f.Before != *c.want {
			t.Errorf("%s: %+v, %v", c.name, f.Before, err)
		}
		if f.Before != nil {
			en, _ := catalogue(t, EN).before(*f.Before, time.UTC)
			it, _ := catalogue(t, IT).before(*f.Before, time.UTC)
			if en != c.en || it != c.other {
				t.Errorf("%s: %q, %q", c.name, en, it)
			}
		}
		a.Kind = approvals.PayoutAccountChange
		if f, err = FactsOf(a, approvals.Seller{}); err != nil || f.Before != nil {
			t.Errorf("%s: a change tells %+v, %v", c.name, f.Before, err)
		}
	}
}

// What was found about an account is told to nobody: a frozen action reads as one
// that is looked at.
func TestHoldOf_frozen(t *testing.T) {
	t.Parallel()
	a := approvals.Action{State: approvals.Held, Hold: approvals.HoldFrozen}
	if got := HoldOf(a); got.Code != approvals.HoldReview {
		t.Errorf("%+v", got)
	}
}
