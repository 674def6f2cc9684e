package approvals_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"countersign/approvals"
)

// tamper (THREATS C8): each field of a loan, a switch and a change altered, left
// out, or joined by another, between approval and claim. Refused, and held.
func TestClaim_tamper(t *testing.T) {
	t.Parallel()
	full := `{"bank_name":"ABN AMRO","country":"NL","holder":"Francesca Conti","iban":"NL91ABNA0417164300",` +
		`"payee_check":{"code":"MTCH","name":"F. Conti","result":"close","scheme":"vop"}}`
	from := `{"holder":"Francesca Conti","iban":"IT60X0542811101000000123456"}`
	for kind, c := range map[approvals.Kind]struct {
		details string
		least   int
	}{
		approvals.LoanDisbursement:    {loan(map[string]string{"destination": full}), 25},
		approvals.PayoutAccountSwitch: {`{"from":` + from + `,"to":` + full + `}`, 22},
		approvals.PayoutAccountChange: {`{"from":` + from + `,"to":` + full + `}`, 22},
	} {
		d := mustDraft(t)
		var err error
		if d.Details, err = approvals.ParseDetails(kind, []byte(c.details)); err != nil {
			t.Fatal(told(err))
		}
		d.Kind = kind
		a := forward(t, must(t)(approvals.Propose(d, seller, defaultDecision(), t0)).Action, seller, approvals.Approved)
		forged := forgeries(t, d.Details)
		if len(forged) < c.least {
			t.Errorf("%s: %d forgeries", kind, len(forged))
		}
		for name, details := range forged {
			made, err := a.ClaimFor(details, seller, gate(a), soon(a))
			if code(err) != approvals.CodeMismatch || made.Claim != nil || made.Action.State != approvals.Held || made.Action.Hold != approvals.HoldMismatch || made.Case == nil {
				t.Errorf("%s, %s: %v, %s", kind, name, err, made.Action.State)
			}
		}
		if made, err := a.ClaimFor(a.Details, seller, gate(a), soon(a)); err != nil || made.Claim == nil {
			t.Errorf("%s as it was approved: %v", kind, err)
		}
	}
}

// forgeries returns every way to alter one thing in details, in RFC 8785 form.
func forgeries(t *testing.T, details json.RawMessage) map[string]json.RawMessage {
	t.Helper()
	out := map[string]json.RawMessage{}
	var walk func(path []string, object map[string]any)
	alter := func(name string, path []string, do func(map[string]any, string)) {
		var whole map[string]any
		if err := json.Unmarshal(details, &whole); err != nil {
			t.Fatal(err)
		}
		at := whole
		for _, p := range path[:len(path)-1] {
			at = at[p].(map[string]any)
		}
		do(at, path[len(path)-1])
		raw, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		canonical, err := approvals.CanonicalDetails(raw)
		if err != nil {
			t.Fatal(err)
		}
		out[fmt.Sprint(path, name)] = canonical
	}
	walk = func(path []string, object map[string]any) {
		alter(" is there too", append(path[:len(path):len(path)], "more"), func(o map[string]any, k string) { o[k] = "x" })
		for name, value := range object {
			at := append(path[:len(path):len(path)], name)
			alter(" left out", at, func(o map[string]any, k string) { delete(o, k) })
			if below, nested := value.(map[string]any); nested {
				walk(at, below)
				continue
			}
			alter(" altered", at, func(o map[string]any, k string) { o[k] = fmt.Sprint(o[k]) + " " })
		}
	}
	var whole map[string]any
	if err := json.Unmarshal(details, &whole); err != nil {
		t.Fatal(err)
	}
	walk(nil, whole)
	return out
}
