package risk_test

import (
	"testing"

	"countersign/approvals"
	"countersign/approvals/risk"
)

// TestInputs: what the store has seen reaches the rules under its name.
func TestInputs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*approvals.Facts)
		want   any
	}{
		"agent_velocity":  {func(f *approvals.Facts) { f.Signals.AgentVelocity = 5 }, int64(5)},
		"new_network":     {func(f *approvals.Facts) { f.Signals.NewNetwork = true }, true},
		"geo_jump":        {func(f *approvals.Facts) { f.Signals.NewCountry = true }, true},
		"loans_to_it_30d": {func(f *approvals.Facts) { f.Signals.LoansHere = 3 }, int64(3)},
		"loan_sum_30d": {func(f *approvals.Facts) {
			f.Kind, f.Signals.LoanSum = approvals.LoanDisbursement, 40_001
			f.Details = []byte(`{"amount":"200.00","currency":"GBP","lender":"A","destination":{"holder":"H","sort_code":"204060","account_number":"00000001"}}`)
		}, int64(601)},
	} {
		f := facts()
		before := risk.Default().Decide(f).Inputs[name]
		c.change(&f)
		if got := risk.Default().Decide(f).Inputs[name]; got != c.want || before == got {
			t.Errorf("%s is %v, then %v, want %v", name, before, got, c.want)
		}
	}
}
