package api_test

import (
	"net/http"
	"strings"
	"testing"

	"countersign/client"
)

func payoutBody(speed string) string {
	return `{"kind":"payout","seller":{"id":"S-1","email":"s-1@sellers.example"},"details":{"speed":"` + speed +
		`","amount":"200.00","currency":"EUR","destination":{"iban":"NL91ABNA0417164300","holder":"Giulia Ferri"}}}`
}

// An account nobody knows the age of is young: it is paid on the marketplace's
// own day and not at once. The question leaves nothing but its answer.
func TestAssess_payout(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	before := g.rows()
	for speed, want := range map[string][2]string{"instant": {"deny", "PAYOUT-TO-YOUNG"}, "scheduled": {"allow", "PAYOUT-FINE"}} {
		a := g.send(request{method: "POST", path: assessPath, body: payoutBody(speed), key: speed})
		rules, _ := member(t, a.json, "policy", "rules").([]any)
		if a.status != 200 || a.json["kind"] != "payout" || a.json["outcome"] != want[0] || a.json["state"] != nil || len(rules) != 1 {
			t.Fatalf("%s: %d %s", speed, a.status, a.body)
		}
		if rule := rules[0].(map[string]any); rule["id"] != want[1] || rule["text"] == "" {
			t.Errorf("%s: %v", speed, rule)
		}
		if member(t, a.json, "destination", "masked") != "NL91 •••• … 4300" || strings.Contains(string(a.body), "0417") {
			t.Errorf("%s: %s", speed, a.body)
		}
	}
	after := g.rows()
	for table, n := range after {
		if want := before[table]; n != want && table != "answers" {
			t.Errorf("%s has %d rows, had %d", table, n, want)
		}
	}
	g.refusedIs(g.sendBad(request{method: "POST", path: "/v1/actions", key: "k", body: with(t, "S-1", "kind", "payout")}), 400, "kind_unknown", "")
}

// What a marketplace imports asks these questions, and asks for a loan beside an
// open change: rule 6 is per kind.
func TestClient_loans(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	c, err := client.New(publicURL, ourKey, client.HTTPClient(&http.Client{Transport: g.front}))
	if err != nil {
		t.Fatal(err)
	}
	seller := client.Seller{ID: "S-1", Email: "s-1@sellers.example"}
	account := client.Destination{IBAN: "NL91ABNA0417164300", Holder: "Giulia Ferri"}
	loan := client.Loan{Amount: "12000.00", Currency: "EUR", Lender: "Bottega Capital", Destination: account}
	order := client.NewAction{Kind: client.LoanDisbursement, Seller: seller, Details: loan, ReturnURL: returnURL}
	change := client.NewAction{Kind: client.PayoutAccountChange, Seller: seller, Details: client.AccountChange{To: account}, ReturnURL: returnURL}
	if _, err := c.CreateAction(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	said, err := c.Assess(t.Context(), order)
	if err != nil || said.State != client.AwaitingStepUp || !said.Allowed() || said.Policy.Version == "" {
		t.Errorf("%+v, %v", said, err)
	}
	made, err := c.CreateAction(t.Context(), order)
	if err != nil || made.State != client.AwaitingStepUp || !strings.HasPrefix(made.Reference, "LN-") || made.EffectiveDestination != nil {
		t.Fatalf("%+v, %v", made, err)
	}
	if _, err := c.CreateAction(t.Context(), order); !client.HasCode(err, client.CodeActionAlreadyOpen) {
		t.Errorf("a second loan: %v", err)
	}
	said, err = c.AssessPayout(t.Context(), seller, client.Payout{Speed: client.InstantPayout, Destination: account})
	if err != nil || said.Allowed() || said.Policy.Rules[0].Text == "" {
		t.Errorf("%+v, %v", said, err)
	}
}
