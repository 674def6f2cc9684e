package approvals_test

import (
	"context"
	"errors"
	"testing"

	"countersign/approvals"
	"countersign/approvals/destination"
)

// TestMistypedNumber: with the operator's table, an account number that cannot
// be one is an error of its field, wherever money is to go; without it, it
// passes. The table is made up: the last digit must be 0.
func TestMistypedNumber(t *testing.T) {
	t.Parallel()
	table, err := destination.ParseModulusTable(destination.ModulusSource{
		Name: "weights", Text: []byte("111111 111111 MOD10 0 0 0 0 0 0 0 0 0 0 0 0 0 1\n"),
	}, destination.ModulusSource{})
	if err != nil {
		t.Fatal(err)
	}
	const (
		good = `{"holder":"A","sort_code":"11-11-11","account_number":"12345670"}`
		bad  = `{"holder":"A","sort_code":"11-11-11","account_number":"12345671"}`
		iban = `{"holder":"A","iban":"GB74XXXX11111112345671"}`
		old  = `{"holder":"A","sort_code":"11-11-11","account_number":"12345679"}`
	)
	loan := func(to string) string {
		return `{"amount":"10.00","currency":"GBP","lender":"L","destination":` + to + `}`
	}
	for _, tt := range []struct {
		name, details, field string
		kind                 approvals.Kind
	}{
		{"right", `{"to":` + good + `}`, "", approvals.PayoutAccountChange},
		{"mistyped", `{"to":` + bad + `}`, "details.to.account_number", approvals.PayoutAccountChange},
		{"mistyped in an IBAN", `{"to":` + iban + `}`, "details.to.iban", approvals.PayoutAccountChange},
		{"paid into now", `{"from":` + old + `,"to":` + good + `}`, "", approvals.PayoutAccountChange},
		{"a switch", `{"from":` + good + `,"to":` + bad + `}`, "details.to.account_number", approvals.PayoutAccountSwitch},
		{"a loan", loan(bad), "details.destination.account_number", approvals.LoanDisbursement},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := request(seller)
			r.Kind, r.Details = tt.kind, []byte(tt.details)
			with, without := newGateway(), newGateway()
			with.Numbers = table
			_, assessed := with.Assess(context.Background(), r)
			_, created := with.Create(context.Background(), r)
			for verb, err := range map[string]error{"assess": assessed, "create": created} {
				e, refused := errors.AsType[*approvals.Error](err)
				if refused != (tt.field != "") {
					t.Fatalf("%s: %v", verb, err)
				}
				if refused && (e.Code != approvals.CodeInvalid || len(e.Fields) != 1 || e.Fields[0].Field != tt.field) {
					t.Errorf("%s: %+v", verb, e)
				}
			}
			if _, err := without.Create(context.Background(), r); err != nil {
				t.Errorf("without a table: %v", err)
			}
		})
	}
}
