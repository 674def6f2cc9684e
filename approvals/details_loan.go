package approvals

import (
	"encoding/json"
	"fmt"
	"strings"

	"countersign/approvals/destination"
)

// Loan is the details of a loan.disbursement: how much is paid out, by whom, and
// into which account. Amount and payee are under the digest, so that both proofs
// are for this sum to this account and for nothing else (STANDARDS PS-09, PS-10).
type Loan struct {
	Amount      string                  `json:"amount"`   // decimal, with exactly the currency's minor units: "12000.00"
	Currency    string                  `json:"currency"` // ISO 4217
	Lender      string                  `json:"lender"`
	Reference   string                  `json:"reference,omitempty"` // the lender's own
	Destination destination.Destination `json:"destination"`
	Request     *BoundRequest           `json:"request,omitempty"`
}

// maxLoanText is what a lender's name or reference may have, in characters, as a
// name in ISO 20022.
const maxLoanText = 140

func (l *Loan) wrong() []FieldError {
	var fields []FieldError
	add := func(field, problem string) {
		if problem != "" {
			fields = append(fields, FieldError{"details." + field, problem})
		}
	}
	units, known := MinorUnits(l.Currency)
	if known {
		add("amount", amountProblem(l.Amount, units))
	} else {
		add("currency", "must be a currency code of ISO 4217, in capital letters, such as EUR")
	}
	add("lender", destination.TextProblem(l.Lender, maxLoanText))
	if strings.TrimSpace(l.Lender) == "" {
		add("lender", "must name who lends the money")
	}
	add("reference", destination.TextProblem(l.Reference, maxLoanText))
	fields = append(fields, destinationErrors("details.destination", l.Destination)...)
	if l.Request != nil {
		fields = append(fields, l.Request.wrong("details.request")...)
	}
	return fields
}

func (l *Loan) subject(key []byte) string { return destination.Fingerprint(key, l.Destination) }

// LoanOf returns what a loan.disbursement is about; false for any other action.
func LoanOf(a Action) (Loan, bool) {
	if a.Kind != LoanDisbursement {
		return Loan{}, false
	}
	l, err := parseLoan(a.Details)
	return l, err == nil
}

func parseLoan(raw json.RawMessage) (Loan, error) {
	var l Loan
	if err := json.Unmarshal(raw, &l); err != nil {
		return l, fmt.Errorf("read details: %w", err)
	}
	return l, nil
}
