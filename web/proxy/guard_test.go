package proxy_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/client"
	"countersign/web/proxy"
)

// MF-01: a sealed request is answered where its seller goes, and nothing of it reaches
// the upstream.
func TestGuard_sealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	got, a := w.sealed(bankChange("S-1"))
	if got.status != http.StatusAccepted || got.header.Get("Location") != got.action.Next.URL || got.action.Next.Type != "redirect" {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	if !strings.HasPrefix(got.action.Next.URL, "https://approve.example/h/") || got.header.Get("Cache-Control") != "no-store" || got.action.Object != "action" {
		t.Errorf("%v %s", got.header, got.body)
	}
	if strings.Contains(got.body, "GB33") || strings.Contains(got.body, "effective") {
		t.Errorf("the answer tells of accounts: %s", got.body)
	}
	bound, ok := approvals.RequestOf(a)
	want := approvals.BoundRequest{Method: "POST", Target: "/bank", ContentType: jsonType, ContentDigest: approvals.ContentDigest([]byte(goodBody))}
	if !ok || bound != want || a.Seller != "S-1" || a.State != approvals.AwaitingStepUp || a.Push.Route != "bank" {
		t.Errorf("%+v %+v", bound, a)
	}
	if made, _ := w.upstream.got(); made > 0 {
		t.Error("the upstream was asked")
	}
}

// The whole way: two proofs, and the upstream gets the very bytes, once, with a
// token that the client package verifies, and without the seller's session.
func TestGuard_released(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	s := bankChange("S-1")
	s.target, s.header = "/bank?tab=1", http.Header{"Cookie": {"session=secret"}, "Authorization": {"Bearer secret"}, "X-Custom": {"1"}, "Countersign-Release": {"forged"}}
	_, a := w.sealed(s)
	if a = w.push(a); a.State != approvals.Executed {
		t.Fatalf("%s %+v", a.State, a.Push)
	}
	_, got := w.upstream.got()
	if len(got) != 1 || got[0].line != "POST /bank?tab=1" || got[0].body != goodBody || got[0].header.Get("Content-Type") != jsonType {
		t.Fatalf("%+v", got)
	}
	h := got[0].header
	if h.Get("Idempotency-Key") != `"`+a.ReleaseID()+`"` || h.Get("X-Upstream-Seller") != "S-1" || h["Cookie"] != nil || h["Authorization"] != nil || h["X-Custom"] != nil {
		t.Errorf("%v", h)
	}
	w.verify(h["Countersign-Release"], a)
	if err := w.sender().Push(t.Context(), string(a.ID)); err == nil {
		t.Error("it was sent again")
	}
}

// verify checks the one release token as a marketplace does.
func (w *world) verify(tokens []string, a approvals.Action) {
	w.t.Helper()
	if len(tokens) != 1 {
		w.t.Fatalf("%d tokens", len(tokens))
	}
	v, err := client.NewReleaseVerifier(w.keys.URL, string(w.Marketplace.ID))
	if err != nil {
		w.t.Fatal(err)
	}
	v.Now = w.Clock.Now
	release, err := v.Verify(w.t.Context(), tokens[0], client.Expect{
		Action: string(a.ID), Kind: client.PayoutAccountChange, Seller: "S-1", Digest: a.Digest.String(),
	})
	if err != nil || release.Request == nil || release.Request.Target != "/bank?tab=1" {
		w.t.Fatalf("%+v, %v", release, err)
	}
}

// Who the answer is for decides its form (DESIGN §6, SU-01).
func TestGuard_answers(t *testing.T) {
	t.Parallel()
	browser := http.Header{"Accept": {"text/html,application/xhtml+xml"}, "Sec-Fetch-Mode": {"navigate"}}
	for _, tt := range []struct {
		name, answer string
		header       http.Header
		status       int
		location     bool
	}{
		{"a client", "", nil, 202, true},
		{"a browser's form", "", browser, 303, true},
		{"a script in a browser", "", http.Header{"Accept": {"text/html"}, "Sec-Fetch-Mode": {"cors"}}, 202, true},
		{"always a redirect", "redirect", nil, 303, true},
		{"a challenge", "challenge", nil, 401, false},
		{"a challenge to a browser", "challenge", browser, 401, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(r *proxy.Routes) { r.Sensitive[0].Answer = tt.answer })
			s := bankChange("S-1")
			s.header = tt.header
			got, _ := w.sealed(s)
			if got.status != tt.status || (got.header.Get("Location") != "") != tt.location || got.header.Get("Countersign-Location") == "" {
				t.Errorf("%d %v", got.status, got.header)
			}
			challenge := got.header.Get("WWW-Authenticate")
			if (tt.status == 401) != strings.Contains(challenge, `Bearer error="insufficient_user_authentication"`) || tt.status == 401 && !strings.Contains(challenge, "max_age=0") {
				t.Errorf("challenge %q", challenge)
			}
		})
	}
}

// The same request again is the same action; another one is refused (rule 6).
func TestGuard_again(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	first, a := w.sealed(bankChange("S-1"))
	again, b := w.sealed(bankChange("S-1"))
	if a.ID != b.ID || again.status != 202 || again.body != first.body || again.header.Get("Location") != first.header.Get("Location") {
		t.Errorf("%s %s %s", first.body, again.body, b.ID)
	}
	w.Clock.Advance(6 * time.Minute) // the link is soon over
	renewed, b := w.sealed(bankChange("S-1"))
	if b.ID != a.ID || renewed.action.Next.URL == first.action.Next.URL || renewed.action.Next.URL == "" {
		t.Errorf("%s %s", first.body, renewed.body)
	}
	other := bankChange("S-1")
	other.body = strings.Replace(goodBody, "GB33BUKB20201555555555", "DE89370400440532013000", 1)
	elsewhere := bankChange("S-1")
	elsewhere.target = "/bank?x=1"
	spaced := bankChange("S-1")
	spaced.body = goodBody + " "
	for _, s := range []sent{other, elsewhere, spaced} {
		if got := w.send(s); got.status != 409 || !strings.Contains(got.body, "action_already_open") {
			t.Errorf("%s: %d %s", s.target, got.status, got.body)
		}
	}
	w.DriveOn(t, a, approvals.CoolingOff)
	if later, c := w.sealed(bankChange("S-1")); c.ID != a.ID || later.status != 202 || later.action.Next.Type != "wait" || later.header.Get("Location") != "" {
		t.Errorf("%d %s", later.status, later.body)
	}
}

// F15: equal requests of two sellers are two actions; of one, at once, one.
func TestGuard_atOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ids := map[string]map[string]bool{"S-1": {}, "S-2": {}}
	var mu sync.Mutex
	var all sync.WaitGroup
	for seller := range ids {
		for range 8 {
			all.Go(func() {
				a := w.send(bankChange(seller))
				for range 20 {
					if a.status != http.StatusServiceUnavailable {
						break
					}
					a = w.send(bankChange(seller))
				}
				mu.Lock()
				defer mu.Unlock()
				ids[seller][a.action.ID] = true
			})
		}
	}
	all.Wait()
	if len(ids["S-1"]) != 1 || len(ids["S-2"]) != 1 || ids["S-1"][""] || ids["S-2"][""] {
		t.Errorf("%v", ids)
	}
	for id := range ids["S-1"] {
		if ids["S-2"][id] {
			t.Error("two sellers share an action")
		}
	}
}

// What a route cannot make of a request is refused, by the field's name and
// without its value.
func TestGuard_unreadable(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body, says string
		change           func(*proxy.Route)
	}{
		{"no account", `{"holder":"Anna"}`, `"field":"details"`, nil},
		{"a list", `[1]`, `"field":"details"`, nil},
		{"a bad account", `{"iban":"GB00SECRET","holder":"Anna"}`, `"field":"details.to.iban"`, nil},
		{"no seller", goodBody, `"field":"seller"`, func(r *proxy.Route) { r.Seller = "body.nobody" }},
		{"a seller that is a number", `{"seller":7,"iban":"GB33BUKB20201555555555","holder":"Anna"}`, `"field":"seller"`, func(r *proxy.Route) { r.Seller = "body.seller" }},
		{"a seller id with a blank", goodBody, `"field":"seller"`, func(r *proxy.Route) { r.Seller = "'a b'" }},
		{"an unknown kind", goodBody, "kind_unknown", func(r *proxy.Route) { r.Kind = "'loan'" }},
		{"a kind that is the gateway's own", goodBody, "kind_unknown", func(r *proxy.Route) { r.Kind = "'authenticator.add'" }},
		{"no address", goodBody, `"field":"email"`, func(r *proxy.Route) { r.Email = "body.email" }},
		{"a bad address", goodBody, `"field":"email"`, func(r *proxy.Route) { r.Email = "'a@b@c'" }},
		{"a new seller without an address", goodBody, `"field":"email"`, func(r *proxy.Route) { r.Email = "" }},
		{"the request itself", goodBody, `"field":"details.request"`, func(r *proxy.Route) { r.Details = `{"to": {"iban": body.iban, "holder": body.holder}, "request": {}}` }},
		{"too much work", `{"iban":"GB33BUKB20201555555555","holder":"A","l":[` + strings.Repeat("1,", 999) + `1]}`, `"field":"seller"`, func(r *proxy.Route) { r.Seller = "body.l.all(x, body.l.all(y, x == y || x != y)) ? 'a' : 'b'" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(r *proxy.Routes) {
				if tt.change != nil {
					tt.change(&r.Sensitive[0])
				}
			})
			s := bankChange("S-1")
			s.body = tt.body
			got := w.send(s)
			if got.status != 400 || !strings.Contains(got.body, tt.says) || strings.Contains(got.body, "SECRET") {
				t.Errorf("%d %s", got.status, got.body)
			}
			if made, _ := w.upstream.got(); made > 0 {
				t.Error("the upstream was asked")
			}
		})
	}
}

// Other forms of a request that are as good.
func TestGuard_forms(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(r *proxy.Routes) {
		r.Sensitive = append(r.Sensitive, proxy.Route{
			Name: "drop", Method: "DELETE", Path: "/accounts/{iban}", Seller: "identity.id", Email: "'a@b.example'", Kind: "payout_account.change",
			Details: "{'to': {'iban': path.iban, 'holder': query.holder}}", ReturnURL: w0ReturnURL,
		})
	})
	form := sent{method: "POST", target: "/bank", seller: "S-1", media: "application/x-www-form-urlencoded; charset=UTF-8", body: "iban=GB33BUKB20201555555555&holder=Anna+Rossi"}
	empty := sent{method: "DELETE", target: "/accounts/GB33BUKB20201555555555?holder=Anna", seller: "S-2"}
	named := sent{method: "PUT", target: "/sellers/S-3/bank", seller: "S-3", media: `application/json; charset="utf-8"`, body: goodBody}
	for _, s := range []sent{form, empty, named} {
		_, a := w.sealed(s)
		if a = w.push(a); a.State != approvals.Executed {
			t.Errorf("%s %+v", a.State, a.Push)
		}
	}
	_, got := w.upstream.got()
	if len(got) != 3 || got[0].body != form.body || got[0].header.Get("Content-Type") != form.media || got[1].line != "DELETE "+empty.target || got[1].header["Content-Type"] != nil {
		t.Errorf("%+v", got)
	}
}

const w0ReturnURL = "https://acme.example/back"

// Rule 17: a node that is unsure takes nothing in and lets nothing pass.
func TestGuard_unsure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.unsure.Store(true)
	if got := w.send(bankChange("S-1")); got.status != 503 || got.header.Get("Retry-After") == "" {
		t.Errorf("%d %s", got.status, got.body)
	}
	w.unsure.Store(false)
	if err := w.DB.Close(); err != nil {
		t.Fatal(err)
	}
	if got := w.send(bankChange("S-1")); got.status != 503 {
		t.Errorf("%d %s", got.status, got.body)
	}
	if made, _ := w.upstream.got(); made > 0 {
		t.Error("a guarded request passed")
	}
	if got := w.send(sent{method: "GET", target: "/shop"}); got.status != 200 {
		t.Errorf("what needs no approval: %d", got.status)
	}
}
