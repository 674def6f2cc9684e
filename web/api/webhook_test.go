package api_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

const hookURL = "https://market.example/countersign"

// endpoint adds one over the API and returns the answer.
func (g *gateway) endpoint(body string) answer {
	g.t.Helper()
	a := g.send(request{method: "POST", path: "/v1/webhook_endpoints", key: fresh("endpoint"), body: body})
	if a.status != 201 {
		g.t.Fatalf("add endpoint: %d %s", a.status, a.body)
	}
	return a
}

// call posts to something an endpoint or a delivery can do.
func (g *gateway) call(path, body string) answer {
	g.t.Helper()
	return g.send(request{method: "POST", path: path, key: fresh("call"), body: body})
}

func (g *gateway) data(path string) []map[string]any {
	g.t.Helper()
	a := g.send(request{method: "GET", path: path})
	if a.status != 200 {
		g.t.Fatalf("%s: %d %s", path, a.status, a.body)
	}
	var out []map[string]any
	for _, v := range a.json["data"].([]any) {
		out = append(out, v.(map[string]any))
	}
	return out
}

// prepareWebhook brings a gateway to where an operation's example works.
func (g *gateway) prepareWebhook(operation, path string) string {
	if !strings.HasPrefix(path, "/v1/webhook_") || !strings.Contains(path, "{id}") {
		return ""
	}
	e := g.endpoint(`{"url":"` + hookURL + `"}`).id()
	switch operation {
	case "resendWebhook":
		g.create(fresh("S"))
		return g.data("/v1/webhook_deliveries")[0]["id"].(string)
	case "enableWebhookEndpoint":
		g.call("/v1/webhook_endpoints/"+e+"/disable", "{}")
	}
	return e
}

// status answers every webhook with itself and keeps what was sent.
type status struct {
	code int
	sent *[]approvals.Delivery
}

func (s status) Enter(approvals.Endpoint) (func(), time.Duration) { return func() {}, 0 }

func (s status) Post(_ context.Context, d approvals.Delivery, _ time.Time) (approvals.Posted, error) {
	if s.sent != nil {
		*s.sent = append(*s.sent, d)
	}
	return approvals.Posted{Status: s.code, Answer: http.StatusText(s.code)}, nil
}

// deliver posts what is due.
func (g *gateway) deliver(c approvals.Courier) {
	g.t.Helper()
	rows, err := g.parts.Waker.Outgoing(g.t.Context(), g.clock.Now(), 100)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, r := range rows {
		if r.Kind == approvals.OutgoingDelivery {
			if err := g.svc.Deliver(g.t.Context(), c, r.ID); err != nil {
				g.t.Fatal(err)
			}
		}
	}
}

// The types that can be asked for, and nothing else but the test, are those of
// openapi.yaml; every state has one.
func TestEventTypes_documented(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	for _, v := range loadContract(t).Doc.Components.Schemas["EventType"].Value.Enum {
		documented[v.(string)] = true
	}
	types := append(approvals.EventTypes(), approvals.EventEndpointTest)
	for _, v := range types {
		if !documented[v] {
			t.Errorf("%s is not described", v)
		}
	}
	if len(documented) != len(types) {
		t.Errorf("%d are described, want %d", len(documented), len(types))
	}
	var wanted []string
	for _, v := range loadContract(t).Doc.Components.Schemas["WantedEventType"].Value.Enum {
		wanted = append(wanted, v.(string))
	}
	if slices.Sort(wanted); !slices.Equal(wanted, slices.Sorted(slices.Values(approvals.EventTypes()))) {
		t.Errorf("can be asked for: %v", wanted)
	}
}

// The secret is shown once and is nowhere in clear (J14); a key is the
// endpoint's own (WH-10).
func TestWebhookEndpoint_secretOnce(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	one := g.endpoint(`{"url":"` + hookURL + `","events":["action.approved"]}`)
	two := g.endpoint(`{"url":"` + hookURL + `"}`)
	secret, _ := one.json["secret"].(string)
	if !strings.HasPrefix(secret, "whsec_") || secret == two.json["secret"] {
		t.Errorf("secrets %q and %q", secret, two.json["secret"])
	}
	if one.header.Get("Location") != publicURL+"/v1/webhook_endpoints/"+one.id() {
		t.Errorf("location %q", one.header.Get("Location"))
	}
	shown := g.send(request{method: "GET", path: "/v1/webhook_endpoints/" + one.id()})
	all := g.send(request{method: "GET", path: "/v1/webhook_endpoints"})
	for _, a := range []answer{shown, all} {
		if strings.Contains(string(a.body), "whsec_") || !strings.Contains(string(a.body), "whpk_") {
			t.Errorf("%s", a.body)
		}
	}
	if strings.Contains(g.log.String(), secret) {
		t.Error("the secret is in the log")
	}
	if theirs := g.send(request{method: "GET", path: "/v1/webhook_endpoints/" + one.id(), change: as(otherKey)}); theirs.status != 404 {
		t.Errorf("another marketplace: %d %s", theirs.status, theirs.body)
	}
}

// J1, J2, J3, J8: what cannot be an endpoint is refused with a reason.
func TestWebhookEndpoint_urls(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	for url, why := range map[string]string{
		"http://market.example/x": "https://", "https://user:canary@market.example/": "user name", "https://market.example/#a": "fragment",
		"https://127.0.0.1/": "public", "https://[::1]/": "public", "https://localhost/": "public", "https://market.example:8443/": "port",
	} {
		a := g.call("/v1/webhook_endpoints", `{"url":"`+url+`"}`)
		if a.status != 400 || !strings.Contains(string(a.body), why) || strings.Contains(string(a.body), "canary") {
			t.Errorf("%s: %d %s", url, a.status, a.body)
		}
	}
	for _, body := range []string{`{"url":"` + hookURL + `","events":["action.nothing"]}`, `{"url":"` + hookURL + `","events":["seller.locked","seller.locked"]}`, `{}`} {
		if a := g.sendBad(request{method: "POST", path: "/v1/webhook_endpoints", key: fresh("bad"), body: body}); a.status != 400 {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
	for range approvals.MaxEndpoints {
		g.endpoint(`{"url":"` + hookURL + `"}`)
	}
	if a := g.call("/v1/webhook_endpoints", `{"url":"`+hookURL+`"}`); a.status != 409 || a.json["code"] != "endpoint_limit" {
		t.Errorf("one too many: %d %s", a.status, a.body)
	}
}

// WH-04: a roll shows a new secret, and the old key signs until its time.
func TestWebhookEndpoint_roll(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	e := g.endpoint(`{"url":"` + hookURL + `"}`)
	path := "/v1/webhook_endpoints/" + e.id()
	live := func() []any {
		return g.send(request{method: "GET", path: path}).json["keys"].([]any)
	}
	for range 2 { // rolled twice, two are live and not three
		rolled := g.call(path+"/roll", `{"overlap_hours":2}`)
		if rolled.status != 200 || rolled.json["secret"] == e.json["secret"] || len(live()) != 2 {
			t.Fatalf("%d %s, %v", rolled.status, rolled.body, live())
		}
	}
	g.clock.Advance(2 * time.Hour)
	if len(live()) != 1 {
		t.Errorf("after the overlap: %v", live())
	}
	if g.call(path+"/roll", `{"overlap_hours":0}`).status != 200 || len(live()) != 1 {
		t.Errorf("at once: %v", live())
	}
	for _, bad := range []string{`{"overlap_hours":-1}`, `{"overlap_hours":169}`, `{"overlap_hours":"2"}`} {
		if a := g.sendBad(request{method: "POST", path: path + "/roll", key: fresh("bad"), body: bad}); a.status != 400 {
			t.Errorf("%s: %d %s", bad, a.status, a.body)
		}
	}
}

// A delivery is shown with each attempt, filtered, and sent again under the
// same webhook-id; 410 disables the endpoint, which the list of events tells.
func TestWebhookDelivery_attemptsAndResend(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	e := g.endpoint(`{"url":"` + hookURL + `"}`).id()
	g.create("S-1")
	var sent []approvals.Delivery
	g.deliver(status{500, &sent})
	g.clock.Advance(6 * time.Second)
	g.deliver(status{200, &sent})
	shown := g.data("/v1/webhook_deliveries?state=delivered&type=action.awaiting_step_up&endpoint=" + e)
	if len(shown) != 1 || len(shown[0]["attempts"].([]any)) != 2 {
		t.Fatalf("%v", shown)
	}
	if len(g.data("/v1/webhook_deliveries?state=dead")) != 0 || len(g.data("/v1/webhook_deliveries?type=seller.locked")) != 0 {
		t.Error("a filter shows more than was asked for")
	}
	again := g.call("/v1/webhook_deliveries/"+shown[0]["id"].(string)+"/resend", "{}")
	if again.status != 200 || again.json["state"] != "pending" {
		t.Fatalf("%d %s", again.status, again.body)
	}
	g.deliver(status{410, &sent})
	if len(sent) != 3 || sent[0].Event.ID != sent[1].Event.ID || sent[0].Event.ID != sent[2].Event.ID {
		t.Errorf("%d sent, or another id", len(sent))
	}
	if v := g.send(request{method: "GET", path: "/v1/webhook_endpoints/" + e}).json; v["disabled_why"] != "gone" {
		t.Errorf("%v", v)
	}
	if a := g.call("/v1/webhook_deliveries/"+shown[0]["id"].(string)+"/resend", "{}"); a.status != 409 || a.json["code"] != "endpoint_disabled" {
		t.Errorf("%d %s", a.status, a.body)
	}
	events := g.data("/v1/events")
	if last := events[len(events)-1]; last["type"] != "endpoint.disabled" {
		t.Errorf("%v", last)
	}
	if a := g.send(request{method: "GET", path: "/v1/webhook_deliveries?endpoint=" + e, change: as(otherKey)}); a.status != 404 {
		t.Errorf("another marketplace: %d %s", a.status, a.body)
	}
}

// A range is counted, then sent again; the sum is in the answer.
func TestWebhookResend_range(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	e := g.endpoint(`{"url":"` + hookURL + `"}`).id()
	for range 3 {
		g.create(fresh("S"))
	}
	g.deliver(status{204, nil})
	from, to := approvals.FormatTime(g.clock.Now()), approvals.FormatTime(g.clock.Now().Add(time.Second))
	for _, c := range []struct {
		body string
		want float64
	}{
		{`{"from":"` + from + `","to":"` + to + `"}`, 0}, {`{"from":"` + from + `","to":"` + to + `","all":true,"dry_run":true}`, 3},
		{`{"from":"` + to + `","to":"2030-01-01T00:00:00Z","all":true}`, 0}, {`{"from":"` + from + `","to":"` + to + `","all":true}`, 3},
		{`{"from":"` + from + `","to":"` + to + `","all":true}`, 0}, // they are on their way
	} {
		if a := g.call("/v1/webhook_endpoints/"+e+"/resend", c.body); a.status != 200 || a.json["count"] != c.want {
			t.Errorf("%s: %d %s, want %v", c.body, a.status, a.body, c.want)
		}
	}
	if n := len(g.data("/v1/webhook_deliveries?state=pending")); n != 3 {
		t.Errorf("%d are pending", n)
	}
	if a := g.call("/v1/webhook_endpoints/"+e+"/resend", `{"from":"`+to+`","to":"`+from+`"}`); a.status != 400 {
		t.Errorf("backwards: %d %s", a.status, a.body)
	}
}

// CI-07: whoever has no endpoint reads everything, page by page; a cursor of
// nobody or of somebody else is refused.
func TestEvents_everythingInOrder(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	const made = 130
	for range made {
		g.create(fresh("S"))
	}
	seen := map[string]bool{}
	after, more := "", true
	for more {
		path := "/v1/events"
		if after != "" {
			path += "?after=" + after
		}
		page := g.send(request{method: "GET", path: path})
		for _, v := range page.json["data"].([]any) {
			seen[v.(map[string]any)["id"].(string)] = true
		}
		after, more = page.json["next_after"].(string), page.json["more"].(bool)
	}
	if len(seen) != made {
		t.Errorf("%d events, want %d", len(seen), made)
	}
	if again := g.send(request{method: "GET", path: "/v1/events?after=" + after}); again.json["next_after"] != after || len(again.json["data"].([]any)) != 0 {
		t.Errorf("after the last: %s", again.body)
	}
	for _, bad := range []string{"?after=x", "?after=" + newUUID(), "?after=", "?after=" + after + "&after=" + after, "?before=" + after} {
		if a := g.sendBad(request{method: "GET", path: "/v1/events" + bad}); a.status != 400 {
			t.Errorf("%s: %d %s", bad, a.status, a.body)
		}
	}
	if a := g.send(request{method: "GET", path: "/v1/events?after=" + after, change: as(otherKey)}); a.status != 400 {
		t.Errorf("another marketplace's cursor: %d %s", a.status, a.body)
	}
}
