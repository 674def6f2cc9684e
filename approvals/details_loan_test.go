package approvals_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"countersign/approvals"
)

// loan is the details of a loan.disbursement with some members another.
func loan(change map[string]string) string {
	members := map[string]string{
		"amount": `"12000.00"`, "currency": `"GBP"`, "lender": `"Bottega Capital Ltd"`, "reference": `"L-2018-05"`, "destination": newAccount,
	}
	maps.Copy(members, change)
	var b []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if members[name] != "" {
			b = append(b, `"`+name+`":`+members[name])
		}
	}
	return "{" + strings.Join(b, ",") + "}"
}

// The closed schema of a loan: every refusal names its field, and money is text
// that can be read in one way (STANDARDS PS-09).
func TestParseDetails_LoanRefused(t *testing.T) {
	t.Parallel()
	amount := func(s string) map[string]string { return map[string]string{"amount": `"` + s + `"`} }
	yen := func(s string) map[string]string {
		return map[string]string{"amount": `"` + s + `"`, "currency": `"JPY"`}
	}
	for _, c := range []struct {
		name   string
		change map[string]string
		field  string
	}{
		{"a number", map[string]string{"amount": `12000.00`}, "details.amount"},
		{"no pence", amount("12000"), "details.amount"},
		{"one decimal", amount("12000.0"), "details.amount"},
		{"three decimals", amount("12000.000"), "details.amount"},
		{"a point and nothing", amount("12000."), "details.amount"},
		{"nothing and a point", amount(".50"), "details.amount"},
		{"a comma", amount("12000,00"), "details.amount"},
		{"thousands", amount("12,000.00"), "details.amount"},
		{"a sign", amount("+12000.00"), "details.amount"},
		{"less than nothing", amount("-12000.00"), "details.amount"},
		{"an exponent", amount("1e4.00"), "details.amount"},
		{"a space", amount(" 12000.00"), "details.amount"},
		{"other digits", amount("\u0661\u0662.00"), "details.amount"},
		{"leading zero", amount("012000.00"), "details.amount"},
		{"nothing", amount("0.00"), "details.amount"},
		{"empty", amount(""), "details.amount"},
		{"19 digits", amount("12345678901234567.00"), "details.amount"},
		{"yen with sen", yen("1200.00"), "details.amount"},
		{"no yen", yen("0"), "details.amount"},
		{"dinar with two places", map[string]string{"amount": `"10.00"`, "currency": `"BHD"`}, "details.amount"},
		{"small letters", map[string]string{"currency": `"gbp"`}, "details.currency"},
		{"gold", map[string]string{"currency": `"XAU"`}, "details.currency"},
		{"two codes", map[string]string{"currency": `"GBP GEL"`}, "details.currency"},
		{"a blank and two letters", map[string]string{"currency": `" GB"`}, "details.currency"},
		{"no currency", map[string]string{"currency": ""}, "details.currency"},
		{"no lender", map[string]string{"lender": `" "`}, "details.lender"},
		{"a long lender", map[string]string{"lender": `"` + strings.Repeat("l", 141) + `"`}, "details.lender"},
		{"bidi in the lender", map[string]string{"lender": `"B\u202eank"`}, "details.lender"},
		{"a newline in the reference", map[string]string{"reference": `"a\nb"`}, "details.reference"},
		{"no destination", map[string]string{"destination": ""}, "details.destination.iban"},
		{"wrong check digits", map[string]string{"destination": `{"holder":"F","iban":"NL92ABNA0417164300"}`}, "details.destination.iban"},
		{"a rate", map[string]string{"rate": `"1"`}, "details.rate"},
		{"a change's account", map[string]string{"to": newAccount}, "details.to"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := approvals.ParseDetails(approvals.LoanDisbursement, json.RawMessage(loan(c.change)))
			e := refusal(err)
			if e == nil || len(e.Fields) == 0 || !slices.ContainsFunc(e.Fields, func(f approvals.FieldError) bool { return f.Field == c.field }) {
				t.Errorf("%v, want %s", told(err), c.field)
			}
		})
	}
}

// What is as it must be: each currency with its own decimal places, and the
// longest amount there is.
func TestParseDetails_Loan(t *testing.T) {
	t.Parallel()
	for amount, currency := range map[string]string{
		"0.01": "GBP", "12000.00": "EUR", "1200": "JPY", "10.500": "BHD", "1234567890123456.00": "USD", "123456789012345678": "KRW",
	} {
		raw := loan(map[string]string{"amount": `"` + amount + `"`, "currency": `"` + currency + `"`, "reference": ""})
		details, err := approvals.ParseDetails(approvals.LoanDisbursement, json.RawMessage(raw))
		if err != nil {
			t.Errorf("%s %s: %v", currency, amount, told(err))
		}
		l, ok := approvals.LoanOf(approvals.Action{Kind: approvals.LoanDisbursement, Details: details})
		if !ok || l.Amount != amount || l.Currency != currency || l.Destination.IBAN != secret {
			t.Errorf("%+v", l)
		}
	}
	if _, ok := approvals.LoanOf(approvals.Action{Kind: approvals.PayoutAccountChange, Details: []byte(details)}); ok {
		t.Error("a change is no loan")
	}
}

// The digest covers each field of a loan and of a switch: another amount or
// another payee is another action (PS-10).
func TestDigest_ofEachField(t *testing.T) {
	t.Parallel()
	digest := func(k approvals.Kind, raw string) approvals.Digest {
		d := mustDraft(t)
		var err error
		if d.Details, err = approvals.ParseDetails(k, []byte(raw)); err != nil {
			t.Fatal(told(err))
		}
		d.Kind = k
		return must(t)(approvals.Propose(d, seller, defaultDecision(), t0)).Action.Digest
	}
	seen := map[approvals.Digest]string{digest(approvals.LoanDisbursement, loan(nil)): "as it is"}
	for field, value := range map[string]string{
		"amount": `"12000.01"`, "currency": `"EUR"`, "lender": `"Bottega Capital Ltd."`, "reference": `"L-2018-06"`,
		"destination": `{"holder":"Francesca Conti","iban":"GB33BUKB20201555555555"}`,
	} {
		d := digest(approvals.LoanDisbursement, loan(map[string]string{field: value}))
		if was, twice := seen[d]; twice {
			t.Errorf("%s has the digest of %s", field, was)
		}
		seen[d] = field
	}
	if digest(approvals.PayoutAccountSwitch, details) == digest(approvals.PayoutAccountChange, details) {
		t.Error("a switch has the digest of a change")
	}
}

// A switch is a change that has a reference and rules of its own; a loan names
// an account and leaves alone where the seller is paid (DESIGN rule 9).
func TestKinds_whereMoneyGoes(t *testing.T) {
	t.Parallel()
	old := "IT60X0542811101000000123456"
	for _, c := range []struct {
		kind              approvals.Kind
		details, prefix   string
		before, afterward string // effective_destination; empty for none
	}{
		{approvals.PayoutAccountChange, details, "BD-", old, secret},
		{approvals.PayoutAccountSwitch, details, "SW-", old, secret},
		{approvals.LoanDisbursement, loan(nil), "LN-", "", ""},
	} {
		d := mustDraft(t)
		d.Kind, d.Details = c.kind, []byte(c.details)
		a := must(t)(approvals.Propose(d, seller, defaultDecision(), t0)).Action
		if !strings.HasPrefix(a.Reference, c.prefix) {
			t.Errorf("%s has reference %s", c.kind, a.Reference)
		}
		if to, err := a.Destination(); err != nil || to.IBAN != secret {
			t.Errorf("%s goes to %v, %v", c.kind, to, err)
		}
		for _, state := range approvals.States {
			want := c.before
			if state == approvals.Executed {
				want = c.afterward
			}
			a.State = state
			got, err := a.EffectiveDestination()
			if err != nil || (got == nil) != (want == "") || got != nil && got.IBAN != want {
				t.Errorf("%s in %s is paid into %v, want %q (%v)", c.kind, state, got, want, err)
			}
		}
	}
	if to, err := (approvals.Action{Kind: approvals.ContactChange, Details: []byte(`{}`)}).Destination(); to != nil || err != nil {
		t.Errorf("a contact.change goes to %v, %v", to, err)
	}
}

// TestMinorUnits: facts of ISO 4217, by their own count.
func TestMinorUnits(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]int{"EUR": 2, "GBP": 2, "USD": 2, "JPY": 0, "KRW": 0, "ISK": 0, "BHD": 3, "TND": 3, "ZWG": 2, "XCG": 2} {
		if got, ok := approvals.MinorUnits(code); !ok || got != want {
			t.Errorf("%s has %d, %t", code, got, ok)
		}
	}
	for _, code := range []string{"", "EU", "EURO", "eur", "XXX", "XTS", "XAU", "CHE", "BGN", "DEM", "UR "} {
		if _, ok := approvals.MinorUnits(code); ok {
			t.Errorf("%q is known", code)
		}
	}
}
