package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/risk"
	"countersign/client"
)

// payoutNow is the policy that defines shop.payout_now and shop.payout_scheduled.
func payoutNow(t testing.TB, more string) *risk.Policy {
	t.Helper()
	source, err := risk.Profile("payout_now")
	if err != nil {
		t.Fatal(err)
	}
	p, err := risk.Parse("payout_now.yaml", append(source, more...))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// definedGateway decides by that policy, for a seller who is paid into
// NL91ABNA0417164300 from now on, and a client of it.
func definedGateway(t testing.TB, more string) (*gateway, *client.Client) {
	t.Helper()
	g := sqliteGateway(t)
	g.svc.Policy, g.svc.Signals, g.svc.Rings = payoutNow(t, more), g.parts.Reader, g.parts.Rings
	c, err := client.New(publicURL, ourKey, client.HTTPClient(&http.Client{Transport: g.front}))
	if err != nil {
		t.Fatal(err)
	}
	change := client.AccountChange{To: iban("NL91ABNA0417164300")}
	made, err := c.CreateAction(t.Context(), definedOrder(client.PayoutAccountChange, change))
	if err != nil {
		t.Fatal(err)
	}
	g.execute(c, made.ID, change)
	return g, c
}

func iban(number string) client.Destination {
	return client.Destination{IBAN: number, Holder: "Giulia Ferri"}
}

func definedOrder(kind string, details any) client.NewAction {
	return client.NewAction{Kind: kind, Seller: client.Seller{ID: "S-1", Email: "giulia@ferri.example"}, Details: details, ReturnURL: returnURL}
}

// execute takes an action to its end.
func (g *gateway) execute(c *client.Client, id string, details any) {
	g.t.Helper()
	g.drive(id, approvals.Approved)
	if _, err := c.Claim(g.t.Context(), id, details); err != nil {
		g.t.Fatal(err)
	}
	if _, err := c.Report(g.t.Context(), id, client.Executed("r")); err != nil {
		g.t.Fatal(err)
	}
}

func instant(amount string) map[string]any {
	return map[string]any{"amount": amount, "currency": "EUR", "destination": iban("NL91ABNA0417164300")}
}

// TestDefined_life: a kind that the policy file defines goes the way of any other, and
// remembers its definition when the file has another, or none.
func TestDefined_life(t *testing.T) {
	t.Parallel()
	g, c := definedGateway(t, "")
	ctx := t.Context()
	g.clock.Advance(8 * 24 * time.Hour)
	asked, err := c.Assess(ctx, definedOrder("shop.payout_now", instant("12.00")))
	if err != nil || asked.Outcome != "allow" {
		t.Fatalf("%+v, %v", asked, err)
	}
	made, err := c.CreateAction(ctx, definedOrder("shop.payout_now", instant("12.00")))
	if err != nil || made.Kind != "shop.payout_now" || !strings.HasPrefix(made.Reference, "AC-") {
		t.Fatalf("%+v, %v", made, err)
	}
	stored := g.load(made.ID)
	if d := stored.Decision.Definition; d == nil || d.Name["it"] != "Pagamento immediato" || d.Destination != "destination" || stored.Decision.Paid == nil {
		t.Errorf("the definition is not kept: %+v", stored.Decision)
	}
	if to, err := stored.Destination(); err != nil || to == nil || to.IBAN != "NL91ABNA0417164300" {
		t.Errorf("it pays into %v, %v", to, err)
	}
	if _, err := c.CreateAction(ctx, definedOrder("shop.payout_now", instant("13.00"))); !client.HasCode(err, client.CodeActionAlreadyOpen) {
		t.Errorf("rule 6, a second one: %v", err)
	}
	again := definedOrder("shop.payout_now", instant("13.00"))
	again.Supersede = true
	newer, err := c.CreateAction(ctx, again)
	if err != nil || newer.ID == made.ID || g.load(made.ID).State != approvals.Cancelled {
		t.Fatalf("superseded: %+v, %v", newer, err)
	}
	g.drive(newer.ID, approvals.CoolingOff)
	g.svc.Policy = risk.Default() // the kind is gone: what was decided stands
	g.drive(newer.ID, approvals.Approved)
	if _, err := c.CreateAction(ctx, definedOrder("shop.payout_now", instant("12.00"))); !client.HasCode(err, "kind_unknown") {
		t.Errorf("another one of a kind that is gone: %v", err)
	}
	if _, err := c.Claim(ctx, newer.ID, instant("12.99")); !client.HasCode(err, client.CodePayloadMismatch) {
		t.Errorf("rule 7, another amount: %v", err)
	}
	if x := g.load(newer.ID); x.State != approvals.Held || x.Decision.Definition == nil {
		t.Errorf("%s after another amount", x.State)
	}
	page, err := c.Actions(ctx, client.ActionQuery{Kind: "shop.payout_now"})
	if err != nil || len(page.Data) != 2 {
		t.Errorf("of this kind: %+v, %v", page, err)
	}
	bundle := g.send(request{method: "GET", path: "/v1/actions/" + newer.ID + "/evidence"})
	if bundle.status != 200 || member(t, bundle.json, "action", "kind") != "shop.payout_now" || member(t, bundle.json, "decision", "definition", "name", "it") != "Pagamento immediato" {
		t.Errorf("evidence: %d %s", bundle.status, bundle.body)
	}
}

// TestDefined_ends_at_the_marketplace: the claim with the same details releases it, and
// a first proof after the kind was taken back counts.
func TestDefined_ends_at_the_marketplace(t *testing.T) {
	t.Parallel()
	g, c := definedGateway(t, shopClose)
	g.clock.Advance(8 * 24 * time.Hour)
	for _, x := range []struct {
		kind    string
		details map[string]any
	}{{"shop.payout_now", instant("12.00")}, {"shop.close", map[string]any{"why": "enough"}}} {
		g.svc.Policy = payoutNow(t, shopClose)
		made, err := c.CreateAction(t.Context(), definedOrder(x.kind, x.details))
		if err != nil {
			t.Fatal(err)
		}
		g.svc.Policy = risk.Default()
		g.execute(c, made.ID, x.details)
		if a := g.load(made.ID); a.State != approvals.Executed || a.Decision.Outcome != approvals.Allow {
			t.Errorf("%s is %s, %s", x.kind, a.State, a.Decision.Outcome)
		}
	}
}

const shopClose = `
  shop.close:
    name: {en: "Close the shop", it: "Chiudere il negozio"}
    details:
      type: object
      additionalProperties: false
      properties:
        why: {type: string, title: {en: Why, it: Perché}}
    low: {hours: 24}
    medium: {hours: 24}
    high: {hours: 72}
    critical: {hours: 72, outcome: freeze}
`

// TestDefined_refused: what the file does not define, and what its schema does not
// take; the answer names the fields and nothing of what was sent.
func TestDefined_refused(t *testing.T) {
	t.Parallel()
	g, _ := definedGateway(t, "")
	const good = `"amount":"12.00","currency":"EUR","destination":{"iban":"NL91ABNA0417164300","holder":"Giulia Ferri"}`
	before := g.count()
	for _, x := range []struct{ kind, details, code, fields string }{
		{"shop.payout_never", good, "kind_unknown", ""},
		{"payout_account.close", good, "kind_unknown", ""},
		{"Shop.payout_now", good, "kind_unknown", ""},
		{"shop.payout_now", `"amount":"SECRET","currency":"SECRET"`, "invalid_request", "details.amount details.currency details.destination"},
		{"shop.payout_now", good + `,"secret":"SECRET"`, "invalid_request", "details.secret"},
		{"shop.payout_now", good + `,"amount":"13.00"`, "invalid_request", "details.amount"},
		{"shop.payout_now", strings.Replace(good, `"Giulia Ferri"`, `"Giulia Ferri","secret":"SECRET"`, 1), "invalid_request", "details.destination.secret"},
		{"shop.payout_now", strings.Replace(good, "NL91ABNA0417164300", "NL92ABNA0417164300", 1), "invalid_request", "details.destination.iban"},
		{"shop.payout_now", strings.Replace(good, `{"iban":"NL91ABNA0417164300","holder":"Giulia Ferri"}`, `"SECRET"`, 1), "invalid_request", "details.destination"},
		{"shop.payout_now", good + `,"request":{"method":"SECRET"}`, "invalid_request", "details.request.method details.request.target details.request.content_digest"},
	} {
		body := fmt.Sprintf(`{"kind":%q,"seller":{"id":"S-9","email":"a@b.example"},"details":{%s},"return_url":%q}`, x.kind, x.details, returnURL)
		a := g.sendBad(request{method: "POST", path: "/v1/actions", body: body, key: fresh("bad")})
		var fields []string
		list, _ := a.json["errors"].([]any)
		for _, f := range list {
			fields = append(fields, f.(map[string]any)["field"].(string))
		}
		if a.status != 400 || a.code() != x.code || strings.Join(fields, " ") != x.fields {
			t.Errorf("%s {%s}: %d %s", x.kind, x.details, a.status, a.body)
		}
		if strings.Contains(string(a.body), "SECRET") || strings.Contains(string(a.body), "NL92") {
			t.Errorf("the answer quotes what was sent: %s", a.body)
		}
	}
	if after := g.count(); after != before {
		t.Errorf("%d actions were %d", after, before)
	}
}

// TestDefined_instant_payout is the row of THREATS §6 for payouts: none leaves at once
// to an account that is younger than 168 hours, and a scheduled one may.
func TestDefined_instant_payout(t *testing.T) {
	t.Parallel()
	g, c := definedGateway(t, "")
	since := g.clock.Now()
	for _, hours := range []int{71, 73, 167, 169} {
		g.clock.Set(since.Add(time.Duration(hours) * time.Hour))
		now, err := c.CreateAction(t.Context(), definedOrder("shop.payout_now", instant("12.00")))
		if err != nil {
			t.Fatal(err)
		}
		later := instant("12.00")
		later["on"] = "2026-06-30"
		order := definedOrder("shop.payout_scheduled", later)
		order.Supersede = true
		scheduled, err := c.CreateAction(t.Context(), order)
		if err != nil {
			t.Fatal(err)
		}
		want := client.State("denied")
		if hours >= 168 {
			want = "awaiting_step_up"
		}
		if now.State != want || scheduled.State != "awaiting_step_up" {
			t.Errorf("%d h: at once %s, scheduled %s", hours, now.State, scheduled.State)
		}
		if reasons := now.Policy.Rules; want == "denied" && (!slices.ContainsFunc(reasons, func(r client.Rule) bool { return r.ID == "INSTANT-PAYOUT-TO-YOUNG" })) {
			t.Errorf("%d h: reasons %+v", hours, reasons)
		}
	}
}
