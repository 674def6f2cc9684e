package risk_test

import (
	"os"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/approvals/risk"
)

// TestCases: the cases beside the default policy pass, and fail when they want
// anything else.
func TestCases(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("testdata/cases.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := risk.Default().ParseCases("cases.yaml", source)
	if err != nil || len(cases) != 8 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, c := range cases {
		for _, why := range c.Check(risk.Default()) {
			t.Errorf("%s: %s", c.Name, why)
		}
	}
	class, outcome, hours, permitted, rule := approvals.Critical, approvals.Deny, 1, false, "NONE"
	c := cases[0]
	c.Want = risk.Want{Class: &class, Outcome: &outcome, Hours: &hours, Permitted: &permitted, Require: &[]approvals.Requirement{approvals.SecondApprover}, Rule: &rule}
	if wrong := c.Check(risk.Default()); len(wrong) != 6 || wrong[2] != "hours is 24, want 1" {
		t.Errorf("%q", wrong)
	}
}

// TestCases_Mistakes: a file of cases is read as strictly as a policy.
func TestCases_Mistakes(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"cases: []\nmore: 1": `2:1: a file of cases has no "more"`,
		"cases:\n  - {name: a, kind: payout_account.chang, want: {}}":                       `kind cannot be "payout_account.chang"; did you mean payout_account.change?`,
		"cases:\n  - {name: a, want: {}}":                                                   `2:5: a case needs "kind"`,
		"cases:\n  - {name: a, kind: contact.change, want: {class: hgh}}":                   `class cannot be "hgh"; did you mean high?`,
		"cases:\n  - {name: a, kind: contact.change, want: {}, inputs: {payee_chek: none}}": "payee_chek is no input; did you mean payee_check?",
		"cases:\n  - {name: a, kind: contact.change, want: {}, inputs: {payee_check: no}}":  "payee_check must be a text; there is match",
		"cases:\n  - {name: a, kind: contact.change, want: {}, inputs: {changes_30d: -1}}":  "changes_30d must be a whole number",
		"cases:\n  - {name: a, kind: contact.change, want: {}, inputs: {vouched: perhaps}}": "vouched must be true or false",
		"cases:\n  - {name: a, kind: contact.change, want: {permitted: 1}}":                 "permitted must be true or false",
		"cases:\n  - {name: a, kind: contact.change, want: {}, inputs: {method: totp}}":     "method is no input",
		"cases:\n  - {name: a, kind: contact.change, want: {require: [approver]}}":          `require cannot be "approver"`,
		"cases:\n  - {name: a, kind: contact.change, want: {}, method: sms}":                `method cannot be "sms"`,
		"rules: []": `a file of cases needs "cases"`,
		"cases: []": "there are no cases",
	} {
		if _, err := risk.Default().ParseCases("c.yaml", []byte(source)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", source, err, want)
		}
	}
}

// TestExplain: every rule says whether it held and what it looked at; one decides.
func TestExplain(t *testing.T) {
	t.Parallel()
	in := risk.Calm()
	for _, text := range []string{"payee_check=no_match", "vouched=false", "changes_30d=4"} {
		if err := risk.ParseInput(in, text); err != nil {
			t.Fatal(err)
		}
	}
	x := risk.Default().Explain(approvals.PayoutAccountChange, approvals.Passkey, in)
	var deciding, held []string
	for _, f := range x.Findings {
		if f.Decides {
			deciding = append(deciding, f.ID)
		}
		if f.Holds {
			held = append(held, f.ID)
		}
		if len(f.Inputs) == 0 && f.When != "true" {
			t.Errorf("%s looked at nothing", f.ID)
		}
	}
	if strings.Join(deciding, " ") != "NO-MATCH" || strings.Join(held, " ") != "NO-MATCH WEAK-SIGNALS WEAK-SIGNAL WAIT-BY-METHOD" || x.Row.Kind != approvals.PayoutAccountChange || x.Row.When != "" {
		t.Errorf("%v decide, %v hold, row %+v", deciding, held, x.Row)
	}
	if err := risk.Default().CheckKind("loan.disbursment"); err == nil || !strings.Contains(err.Error(), "loan.disbursement") || risk.Default().CheckKind("loan.disbursement") != nil {
		t.Errorf("a kind that is none: %v", err)
	}
	for _, wrong := range []string{"payee_chek=none", "payee_check=fine", "vouched", "changes_30d=many"} {
		if risk.ParseInput(in, wrong) == nil {
			t.Errorf("%q is accepted", wrong)
		}
	}
}
