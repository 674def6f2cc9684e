package approvals_test

import (
	"encoding/json"
	"testing"

	"countersign/approvals"
)

// Amounts add up in minor units and stop at a number that JSON carries whole; what is
// no loan comes to nothing (THREATS C17).
func TestFacts_LoanSum(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		amount, currency string
		before, want     int64
	}{
		"alone":                  {"200.00", "GBP", 0, 200},
		"with one before":        {"200.00", "GBP", 30_000, 500},
		"a penny more":           {"200.01", "GBP", 30_000, 501},
		"no decimal places":      {"200", "JPY", 300, 500},
		"three of them":          {"200.000", "BHD", 300_000, 500},
		"before, too many":       {"0.01", "GBP", approvals.MaxSum, approvals.MaxSum/100 + 1},
		"itself too many":        {"999999999999999999", "JPY", 0, approvals.MaxSum},
		"no currency there is":   {"200.00", "XYZ", 0, approvals.MaxSum},
		"nothing readable":       {"much", "JPY", 0, approvals.MaxSum},
		"two of the largest":     {"999999999999999999", "JPY", approvals.MaxSum, approvals.MaxSum},
		"one of no money at all": {"0", "JPY", 0, 0},
	} {
		details := json.RawMessage(loan(map[string]string{"amount": `"` + c.amount + `"`, "currency": `"` + c.currency + `"`}))
		f := approvals.Facts{Kind: approvals.LoanDisbursement, Details: details, Signals: approvals.Signals{LoanSum: c.before}}
		if got := f.LoanSum(); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		f.Kind = approvals.PayoutAccountChange
		if got := f.LoanSum(); got != 0 {
			t.Errorf("%s, of a change: %d", name, got)
		}
	}
}
