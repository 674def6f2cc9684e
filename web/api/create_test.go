package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"countersign/approvals"
)

// with returns the create body for a seller with one field replaced; a nil
// value removes it.
func with(t testing.TB, seller, path string, value any) string {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(body(seller)), &doc); err != nil {
		t.Fatal(err)
	}
	at := doc
	parts := strings.Split(path, ".")
	for _, p := range parts[:len(parts)-1] {
		inner, ok := at[p].(map[string]any)
		if !ok {
			inner = map[string]any{}
			at[p] = inner
		}
		at = inner
	}
	if value == nil {
		delete(at, parts[len(parts)-1])
	} else {
		at[parts[len(parts)-1]] = value
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// Each wrong field is named, and its value is not repeated.
func TestCreate_fields(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	long := strings.Repeat("canary ", 100)
	for _, c := range []struct {
		path  string
		value any
		field string
	}{
		{"kind", nil, "kind"},
		{"kind", "", "kind"},
		{"seller", nil, "seller.id"},
		{"seller.id", nil, "seller.id"},
		{"seller.id", "", "seller.id"},
		{"seller.id", "S 1", "seller.id"},
		{"seller.id", "S\u200b1", "seller.id"},
		{"seller.id", "S\u00a01", "seller.id"},
		{"seller.id", ".", "seller.id"},
		{"seller.id", "..", "seller.id"},
		{"seller.id", strings.Repeat("s", 129), "seller.id"},
		{"seller.email", nil, "seller.email"},
		{"seller.email", "canary", "seller.email"},
		{"seller.email", "canary@a@b.example", "seller.email"},
		{"seller.email", "canary <a@b.example>", "seller.email"},
		{"seller.email", "a@b.example,canary@b.example", "seller.email"},
		{"seller.name", long, "seller.name"},
		{"seller.locale", "canary!", "seller.locale"},
		{"seller.locale", strings.Repeat("en-", 20), "seller.locale"},
		{"seller.time_zone", "Canary/Nowhere", "seller.time_zone"},
		{"seller.time_zone", "Local", "seller.time_zone"},
		{"seller.time_zone", "../../etc/passwd", "seller.time_zone"},
		{"seller.time_zone", "/etc/localtime", "seller.time_zone"},
		{"seller.country", "Italy", "seller.country"},
		{"seller.country", "it", "seller.country"},
		{"seller.country", "ITA", "seller.country"},
		{"seller.country", "ZZ", "seller.country"},
		{"seller.country", "419", "seller.country"},
		{"seller.onboarded_at", "yesterday", "seller.onboarded_at"},
		{"seller.onboarded_at", "2026-05-16", "seller.onboarded_at"},
		{"seller.onboarded_at", "9999-12-31T23:59:59Z", "seller.onboarded_at"},
		{"seller.vip", true, "vip"},
		{"context.accept_language", strings.Repeat("a", 201), "context.accept_language"},
		{"context.country", "Italy", "context.country"},
		{"context.country", "it", "context.country"},
		{"context.ip", "localhost", "context.ip"},
		{"context.password_changed_at", "lately", "context.password_changed_at"},
		{"context.payouts", map[string]any{"currency": "gbp", "usual": "1.00"}, "context.payouts.usual"},
		{"context.payouts", map[string]any{"currency": "GBP", "usual": "0.00", "next": "1.00"}, "context.payouts.usual"},
		{"context.payouts", map[string]any{"currency": "GBP", "usual": "1.00", "balance": "7"}, "context.payouts.balance"},
		{"context.ip", "203.0.113.7:80", "context.ip"},
		{"context.ip", "fe80::1%canary", "context.ip"},
		{"context.ip", "203.0.113.7, 203.0.113.8", "context.ip"},
		{"context.user_agent", strings.Repeat("u", 513), "context.user_agent"},
		{"context.login_method", strings.Repeat("m", 65), "context.login_method"},
		{"context.session_started_at", "16/05/2026", "context.session_started_at"},
		{"context.extra", "canary", "extra"},
		{"metadata", map[string]any{"k": 1}, "metadata"},
		{"metadata", map[string]any{"k": map[string]any{"a": "b"}}, "metadata"},
		{"metadata", map[string]any{"k": strings.Repeat("v", 4096)}, "metadata"},
		{"metadata", map[string]any{"k\u202e": "v"}, "metadata"},
		{"details", nil, "details"},
		{"details", map[string]any{}, "details.to"},
		{"details.to.iban", "NL92ABNA0417164300", "details.to.iban"},
		{"details.to.iban", "canary", "details.to.iban"},
		{"details.to.holder", nil, "details.to.holder"},
		{"details.to.extra", "canary", "details.extra"},
		{"details.to.sort_code", "60-16-13", "details.to"},
		{"details.to.iban", "IT60X0542811101000000123456", "details.to"},
		{"details.from.iban", "canary", "details.from.iban"},
		{"return_url", nil, "return_url"},
		{"return_url", "", "return_url"},
	} {
		a := g.sendBad(request{method: "POST", path: "/v1/actions", key: fresh("k"), body: with(t, "S-1", c.path, c.value)})
		what := fmt.Sprintf("%s = %.30v", c.path, c.value)
		if a.status != 400 || a.code() != "invalid_request" || !namesField(a, c.field) {
			t.Errorf("%s: want %s: %d %s", what, c.field, a.status, a.body)
		}
		g.quiet(what, a)
	}
	if g.count() != 0 {
		t.Errorf("%d actions", g.count())
	}
	g.quietLog()
}

func namesField(a answer, field string) bool {
	list, _ := a.json["errors"].([]any)
	for _, e := range list {
		got, _ := e.(map[string]any)["field"].(string)
		if got == field || strings.HasPrefix(got, field+".") || strings.HasSuffix(got, "."+field) {
			return true
		}
	}
	return false
}

// One answer names all that is wrong.
func TestCreate_allAtOnce(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	a := g.sendBad(request{method: "POST", path: "/v1/actions", key: "k", body: `{"kind":"payout_account.change","seller":{"id":"","email":"x","country":"xx"},` +
		`"details":{},"context":{"ip":"x"},"return_url":"` + returnURL + `"}`})
	for _, field := range []string{"seller.id", "seller.email", "seller.country", "context.ip"} {
		if !namesField(a, field) {
			t.Errorf("no %s: %s", field, a.body)
		}
	}
}

func TestCreate_kindUnknown(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	for _, kind := range []string{"loan.disburse", "payout_account.Change", "payout_account.change ", "x"} {
		g.refusedIs(g.sendBad(request{method: "POST", path: "/v1/actions", key: fresh("k"), body: with(t, "S-1", "kind", kind)}), 400, "kind_unknown", "")
	}
}

// What is taken, and in which form it is kept.
func TestCreate_taken(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	for i, c := range []struct {
		path  string
		value any
		shown string // of GET /v1/sellers/{id}
		want  any
	}{
		{"seller.locale", "it-IT", "locale", "it"},
		{"seller.locale", "it", "locale", "it"},
		{"seller.locale", "de-CH", "locale", "en"},
		{"seller.locale", "en-GB", "locale", "en"},
		{"seller.email", "Giulia@FERRI.example", "email", "Giulia@ferri.example"},
		{"seller.email", "g@bücher.example", "email", "g@xn--bcher-kva.example"},
		{"seller.time_zone", "Europe/Rome", "time_zone", "Europe/Rome"},
		{"seller.time_zone", "UTC", "time_zone", "UTC"},
		{"seller.country", "GB", "country", "GB"},
		{"seller.name", " Giulia ", "name", "Giulia"},
		{"seller.onboarded_at", "2021-03-04T10:00:00+01:00", "name", nil},
		{"metadata", map[string]any{"Any Key": "v", "": "w"}, "name", nil},
		{"context", map[string]any{"ip": "::ffff:203.0.113.7", "session_started_at": "2026-05-16T09:12:00.5Z"}, "name", nil},
	} {
		seller := fmt.Sprint("S-", i)
		a := g.send(request{method: "POST", path: "/v1/actions", key: fresh("k"), body: with(t, seller, c.path, c.value)})
		if a.status != 201 {
			t.Errorf("%s = %v: %d %s", c.path, c.value, a.status, a.body)
			continue
		}
		shown := g.send(request{method: "GET", path: "/v1/sellers/" + seller})
		if shown.json[c.shown] != c.want {
			t.Errorf("%s = %v is kept as %v", c.path, c.value, shown.json[c.shown])
		}
		if c.path == "metadata" && fmt.Sprint(a.json["metadata"]) != fmt.Sprint(c.value) {
			t.Errorf("metadata came back as %v", a.json["metadata"])
		}
		if c.path == "context" && g.load(a.id()).Context.IP != "203.0.113.7" {
			t.Errorf("the address is kept as %s", g.load(a.id()).Context.IP)
		}
	}
}

// Rule 8: the destination of a refused create is recorded all the same.
func TestCreate_openAlready(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	id := g.create("S-1").id()
	a := g.send(request{method: "POST", path: "/v1/actions", key: "second", body: body("S-1")})
	g.refusedIs(a, 409, "action_already_open", "action_id")
	if a.json["action_id"] != id || a.json["state"] != string(approvals.AwaitingStepUp) {
		t.Errorf("%s", a.body)
	}
}
