package dev_test

import (
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"countersign/approvals/audit"
	"countersign/approvals/desk"
	"countersign/approvals/risk"
)

// D5: the policy in sentences with the lines they come from, what is on its way,
// and what it would have done with this marketplace's own actions and no other's.
func TestPolicyPage(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	ada := o.join("acme", "Ada")
	page := ada.get("/dev/policy").want(t, 200, "")
	for _, r := range risk.Default().Rules() {
		if !strings.Contains(page.text, `id="`+r.ID+`"`) || !strings.Contains(html.UnescapeString(page.text), r.Text["en"]) {
			t.Errorf("rule %s is not shown", r.ID)
		}
	}
	policies := &desk.Policies{Store: o.Parts.Policies, Default: risk.Default(), Now: o.Clock.Now}
	draft, err := policies.Draft(t.Context(), []byte(strings.ReplaceAll(string(risk.Default().Source()), "low: {hours: 24}", "low: {hours: 36}")))
	if err != nil {
		t.Fatal(err)
	}
	if err := policies.Apply(t.Context(), draft, audit.Actor{Type: audit.Operator}); err != nil {
		t.Fatal(err)
	}
	page = ada.get("/dev/policy").want(t, 200, "")
	for _, text := range []string{draft.Name, "the operator, by command", "&#43;     - low: {hours: 36}", "-     - low: {hours: 24}"} {
		if !strings.Contains(page.text, text) {
			t.Errorf("does not say %q", text)
		}
	}
}

var caseOf = regexp.MustCompile(`(?s)id="case">(.*?)</pre>`)

// D6: the address says it all, and what comes out is a case that the policy passes.
func TestSimulator(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	ada := o.join("acme", "Ada")
	before := o.footprint()
	if page := ada.get("/dev/simulator").want(t, 200, ""); strings.Contains(page.text, `id="result"`) {
		t.Error("decides before anything is asked")
	}
	for query, want := range map[string]string{
		"kind=payout_account.change&method=passkey":                         "Class low",
		"kind=payout_account.change&method=passkey&destination_denied=true": "Class critical",
		"kind=payout_account.change&method=passkey&destination_shared=1":    "Class high",
		"kind=loan.disbursement&method=totp&payee_check=no_match":           "Class high",
	} {
		page := ada.get("/dev/simulator?"+query).want(t, 200, "")
		if !strings.Contains(page.text, want) {
			t.Errorf("%s: not %s", query, want)
		}
		var got struct {
			Cases []struct {
				Kind, Method string
				Inputs       map[string]any
				Want         struct{ Class string }
			}
		}
		m := caseOf.FindStringSubmatch(page.text)
		if m == nil {
			t.Fatalf("%s: no case", query)
		}
		if err := json.Unmarshal([]byte(html.UnescapeString(m[1])), &got); err != nil {
			t.Fatal(err)
		}
		values, _ := url.ParseQuery(query)
		if c := got.Cases[0]; "Class "+c.Want.Class != want || c.Kind != values.Get("kind") || len(c.Inputs) != len(values)-2 {
			t.Errorf("%s: %+v", query, c)
		}
	}
	for _, query := range []string{"kind=x", "kind=payout_account.change&method=x", "kind=payout_account.change&destination_shared=many", "kind=payout_account.change&vouched=perhaps"} {
		ada.get("/dev/simulator?"+query).want(t, 422, "")
	}
	same(t, "looking", o.footprint(), before)
}
