package approvals_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"countersign/approvals"
)

// TestParseDetails_Refused: the closed schema of a payout account change. Every
// refusal names its field from the top of the call.
func TestParseDetails_Refused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, raw string
		field     string
	}{
		{"nothing", ``, "details"},
		{"a list", `[]`, "details"},
		{"a string", `"` + secret + `"`, "details"},
		{"no destination", `{}`, "details.to.iban"},
		{"unknown field", `{"to":` + newAccount + `,"delay":0}`, "details.delay"},
		{"unknown field below", `{"to":{"holder":"F","iban":"` + secret + `","verified":true}}`, "details.verified"},
		{"account twice", `{"to":{"holder":"F","iban":"` + secret + `","iban":"` + secret + `"}}`, "details.to.iban"},
		{"account number as a number", `{"to":{"holder":"F","sort_code":"601613","account_number":31926819}}`, "details.to.account_number"},
		{"wrong check digits", `{"to":{"holder":"F","iban":"NL92ABNA0417164300"}}`, "details.to.iban"},
		{"wrong old account", `{"from":{"holder":"F","iban":"IT61X0542811101000000123456"},"to":` + newAccount + `}`, "details.from.iban"},
		{"the same account", `{"from":` + newAccount + `,"to":` + newAccount + `}`, "details.to"},
		{"the same account, spelled otherwise", `{"from":` + newAccount + `,"to":{"holder":"X","iban":"nl91 abna 0417 1643 00"}}`, "details.to"},
		{"bidi in the holder", `{"to":{"holder":"F\u202e","iban":"` + secret + `"}}`, "details.to.holder"},
		{"null for the old account", `{"from":null,"to":` + newAccount + `}`, "details.from"},
		{"65 KiB (I16)", `{"to":{"holder":"` + strings.Repeat("F", 65<<10) + `","iban":"` + secret + `"}}`, "details"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := approvals.ParseDetails(approvals.PayoutAccountChange, json.RawMessage(c.raw))
			e := refusal(err)
			if e == nil || e.Code != approvals.CodeInvalid || len(e.Fields) == 0 || e.Fields[0].Field != c.field {
				t.Fatalf("%v, want %s", told(err), c.field)
			}
			for _, f := range e.Fields {
				if f.Message == "" || strings.Contains(f.Message, secret) || strings.Contains(f.Message, "31926819") {
					t.Errorf("%s: message %q", f.Field, f.Message)
				}
			}
		})
	}
}

// TestParseDetails_KindUnknown: a kind that is not accepted yet, or never.
func TestParseDetails_KindUnknown(t *testing.T) {
	t.Parallel()
	for _, k := range []approvals.Kind{"", "loan.Disbursement", "payout_account.Change", "x"} {
		if _, err := approvals.ParseDetails(k, json.RawMessage(details)); code(err) != approvals.CodeKindUnknown {
			t.Errorf("%q: %v", k, err)
		}
	}
	for k, details := range map[approvals.Kind]string{
		approvals.PayoutAccountChange: details,
		approvals.PayoutAccountSwitch: details,
		approvals.LoanDisbursement:    loan(nil),
		approvals.ContactChange:       `{"from":{"email":"giulia@ferri.example"},"to":{"email":"g.ferri@post.example"}}`,
		approvals.AuthenticatorAdd:    `{"authenticator":{"id":"a1","method":"passkey","name":"Phone"}}`,
		approvals.AuthenticatorRemove: `{"authenticator":{"id":"a1","method":"totp","name":""}}`,
	} {
		if _, err := approvals.ParseDetails(k, json.RawMessage(details)); err != nil || !slices.Contains(approvals.Kinds, k) {
			t.Errorf("%q: %v", k, err)
		}
	}
}

// TestParseDetails_KeepsWhatWasSent: canonical JSON, but the seller's spelling.
func TestParseDetails_KeepsWhatWasSent(t *testing.T) {
	t.Parallel()
	got, err := approvals.ParseDetails(approvals.PayoutAccountChange, json.RawMessage(` {"to": {"iban":"nl91 abna 0417 1643 00", "holder":"F\u00e9"} }`))
	if want := `{"to":{"holder":"Fé","iban":"nl91 abna 0417 1643 00"}}`; err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	a := approvals.Action{Details: got}
	c, err := a.Change()
	if err != nil || c.From != nil || c.To.Holder != "Fé" {
		t.Errorf("%+v, %v", c, err)
	}
}

// told is what a refusal says of which fields.
func told(err error) any {
	if e := refusal(err); e != nil {
		return e.Fields
	}
	return err
}
