package approvals

import (
	"encoding/json"
	"fmt"
	"strconv"
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

// MaxSum is where a sum of loans stops: no number is larger that JSON carries whole.
const MaxSum = 1 << 53

// Sum is what the amount of a loan comes to in minor units of its currency, MaxSum
// at most.
func (l Loan) Sum() int64 {
	minor, err := strconv.ParseInt(strings.Replace(l.Amount, ".", "", 1), 10, 64)
	if err != nil {
		return MaxSum // it was checked when it was asked for; what is not known counts as worst
	}
	return min(minor, MaxSum)
}

// LoanSum is what this loan and the others of Signals.LoanSum come to, in whole units
// of its currency, rounded up; 0 for what is no loan. Amounts that are each under a
// limit add up (THREATS C17).
func (f Facts) LoanSum() int64 {
	if f.Kind != LoanDisbursement || f.Details == nil {
		return 0
	}
	l, err := parseLoan(f.Details)
	units, known := MinorUnits(l.Currency)
	if err != nil || !known {
		return MaxSum
	}
	whole := int64(1)
	for range units {
		whole *= 10
	}
	return (min(l.Sum()+f.Signals.LoanSum, MaxSum) + whole - 1) / whole
}

// currency is that of a loan, empty for all else.
func currency(k Kind, details json.RawMessage) string {
	if k != LoanDisbursement {
		return ""
	}
	l, err := parseLoan(details)
	if err != nil {
		return ""
	}
	return l.Currency
}

func parseLoan(raw json.RawMessage) (Loan, error) {
	var l Loan
	if err := json.Unmarshal(raw, &l); err != nil {
		return l, fmt.Errorf("read details: %w", err)
	}
	return l, nil
}
