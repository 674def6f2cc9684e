package dev_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/auth/authtest"
	"countersign/web/dev"
	"countersign/web/problem"
)

// Invited, joined, signed out, signed in, removed.
func TestSite_Life(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	ada, token := o.invite("acme", "Ada")
	b := o.browser()
	for range 3 { // opening a link spends nothing
		o.browser().get("/dev/join/"+token).want(t, 303, "/dev/join")
		b.get("/dev/join/"+token).want(t, 303, "/dev/join")
	}
	page := b.get("/dev/join").want(t, 200, "")
	if !strings.Contains(page.text, "Ada") || !strings.Contains(page.text, "Marketplace acme") || strings.Contains(page.text, token) {
		t.Errorf("the invitation:\n%s", page.text)
	}
	b.prove(page, "/dev/join", authtest.WithoutUV()).want(t, 422, "")
	b.prove(b.get("/dev/join"), "/dev/join").want(t, 303, "/dev")
	home := b.get("/dev").want(t, 200, "")
	if !strings.Contains(home.text, "<title>Test gateway") || !strings.Contains(home.text, "Ada") {
		t.Errorf("home:\n%s", home.text)
	}
	o.browser().get("/dev/join/"+token).want(t, 410, "")

	b.send(http.MethodPost, "/dev/sign-out", url.Values{"csrf": {home.csrf()}}).want(t, 303, "/dev/sign-in")
	var ended int
	if err := o.DB.Read(t.Context()).Raw("SELECT count(*) FROM events WHERE verb = 'person_signed_out' AND actor_type = 'developer'").Scan(&ended).Error; err != nil || ended != 1 {
		t.Errorf("%d sign-outs are audited, %v", ended, err)
	}
	b.get("/dev").want(t, 303, "/dev/sign-in")
	signIn := b.get("/dev/sign-in").want(t, 200, "")
	b.prove(signIn, "/dev/sign-in", authtest.BadSignature()).want(t, 422, "")
	b.prove(b.get("/dev/sign-in"), "/dev/sign-in").want(t, 303, "/dev")
	b.get("/dev").want(t, 200, "")

	// A challenge answers to the browser it was begun in.
	other := o.browser()
	other.get("/dev/sign-in")
	other.device = b.device
	page = b.get("/dev/sign-in")
	credential, err := b.device.Get(b.options(page))
	if err != nil {
		t.Fatal(err)
	}
	other.send(http.MethodPost, "/dev/sign-in", url.Values{"csrf": {other.get("/dev/sign-in").csrf()}, "credential": {string(credential)}}).want(t, 422, "")

	if err := o.people.Remove(t.Context(), ada.ID, audit.Actor{Type: audit.Operator}); err != nil {
		t.Fatal(err)
	}
	b.get("/dev").want(t, 303, "/dev/sign-in")
	b.prove(b.get("/dev/sign-in"), "/dev/sign-in").want(t, 422, "")
}

// footprint is how many rows there are of everything a page might change.
func (o *office) footprint() map[string]int {
	o.t.Helper()
	found := map[string]int{}
	for _, table := range []string{"actions", "events", "api_keys", "people", "people_passkeys", "people_challenges", "endpoints", "deliveries", "delivery_attempts", "announcements", "mails", "links", "proofs"} {
		var n int
		if err := o.DB.Read(o.t.Context()).Raw("SELECT count(*) FROM " + table).Scan(&n).Error; err != nil {
			o.t.Fatal(err)
		}
		found[table] = n
	}
	return found
}

func same(t *testing.T, what string, got, want map[string]int) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s: %s has %d rows, want %d", what, name, got[name], want[name])
		}
	}
}

// Every route: who is nobody gets nowhere, a form without its page's token does
// nothing, opening changes nothing, a foreign id is not there, and nothing of
// another marketplace is shown.
func TestSite_Walk(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	own, err := o.Parts.Keys.APIKeys(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := o.Parts.Keys.APIKeys(t.Context(), "globex")
	if err != nil {
		t.Fatal(err)
	}
	action := o.Create(t)
	ada, eve := o.join("acme", "Ada"), o.join("globex", "Eve")
	ids := map[string][2]string{
		"/keys/": {own[0].ID, foreign[0].ID}, "/actions/": {string(action.ID), newID()},
		"/endpoints/": {o.endpoint("acme"), o.endpoint("globex")}, "/deliveries/": {o.delivery("acme"), o.delivery("globex")},
	}
	before := o.footprint()
	walked := 0
	for _, pattern := range dev.Patterns(o.site) {
		method, path, _ := strings.Cut(pattern, " ")
		mine, theirs := "", ""
		for part, id := range ids {
			if strings.Contains(path, part) {
				mine, theirs = id[0], id[1]
			}
		}
		path = strings.ReplaceAll(path, "{token}", strings.Repeat("A", 43))
		at := strings.ReplaceAll(path, "{id}", mine)
		stranger := o.browser()
		switch got := stranger.send(method, at, url.Values{"csrf": {""}}); {
		case strings.HasPrefix(path, "/dev/join"), strings.HasPrefix(path, "/dev/sign-in"):
			if method == "POST" && got.StatusCode != 401 && got.StatusCode != 403 {
				t.Errorf("%s by nobody: %d", pattern, got.StatusCode)
			}
		case method == "GET" && (got.StatusCode != 303 || got.Header.Get("Location") != "/dev/sign-in"),
			method == "POST" && got.StatusCode != 401:
			t.Errorf("%s by nobody: %d", pattern, got.StatusCode)
		}
		if method == "POST" {
			for _, csrf := range []string{"", eve.get("/dev").csrf()} {
				got := ada.send("POST", at, url.Values{"csrf": {csrf}, "name": {"x"}, "scope": {"webhooks"}, "days": {"0"}, "overlap": {"0s"}})
				if got.StatusCode != 403 && got.StatusCode != 401 {
					t.Errorf("%s with a token that is not its page's: %d", pattern, got.StatusCode)
				}
			}
		} else {
			for range 3 {
				ada.send("GET", at, nil)
				head := ada.send("HEAD", at, nil)
				if head.StatusCode >= 500 {
					t.Errorf("HEAD %s: %d", at, head.StatusCode)
				}
			}
		}
		if strings.Contains(path, "{id}") {
			at := strings.ReplaceAll(path, "{id}", theirs)
			got := ada.send(method, at, url.Values{"csrf": {ada.get("/dev").csrf()}, "overlap": {"0s"}})
			if got.StatusCode != 404 && got.StatusCode != 303 {
				t.Errorf("%s with a foreign id: %d", pattern, got.StatusCode)
			}
			if theirs == "" {
				t.Errorf("%s: no foreign id was tried", pattern)
			}
			if got.StatusCode == 303 && method == "POST" {
				t.Errorf("%s did something with a foreign id", pattern)
			}
			if strings.Contains(path, "/actions/") {
				eve.get(strings.ReplaceAll(path, "{id}", mine)).want(t, 404, "")
			}
		}
		for who, b := range map[string]*browser{"Marketplace globex": ada, "Marketplace acme": eve} {
			got := b.send("GET", at, nil)
			if strings.Contains(got.text, who) || who == "Marketplace acme" && strings.Contains(got.text, action.Reference) {
				t.Errorf("%s shows something of another marketplace", pattern)
			}
		}
		walked++
	}
	if walked < 20 {
		t.Errorf("%d routes walked", walked)
	}
	same(t, "after the walk", o.footprint(), before)
	invited := o.browser()
	_, token := o.invite("acme", "Grace")
	before = o.footprint()
	for range 3 { // DESIGN rule 2: no challenge either
		invited.get("/dev/join/"+token).want(t, 303, "/dev/join")
		invited.get("/dev/join").want(t, 200, "")
		o.browser().get("/dev/sign-in").want(t, 200, "")
	}
	same(t, "after opening what asks for a passkey", o.footprint(), before)
	if got := ada.send("PUT", "/dev/keys", nil); got.StatusCode != 405 || got.Header.Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("PUT: %d %s", got.StatusCode, got.Header.Get("Allow"))
	}
	ada.get("/dev/nothing").want(t, 404, "")
}

// endpoint is the id of a marketplace's endpoint.
func (o *office) endpoint(m approvals.MarketplaceID) string {
	o.t.Helper()
	all, err := o.Parts.Endpoints.EndpointsOf(o.t.Context(), m)
	if err != nil || len(all) == 0 {
		o.t.Fatal(all, err)
	}
	return all[0].ID
}

// delivery is the id of a marketplace's delivery: of a test event.
func (o *office) delivery(m approvals.MarketplaceID) string {
	o.t.Helper()
	var id string
	hooks := approvals.Webhooks{Endpoints: o.Parts.Endpoints, NewID: newID, Now: o.Clock.Now}
	err := hooks.Test(o.t.Context(), approvals.EndpointID{Marketplace: m, ID: o.endpoint(m)}, audit.Actor{Type: audit.Operator}, func(s approvals.Sent) (*approvals.Answer, error) {
		id = s.ID
		return nil, nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return id
}

// D1: the last refused calls, of this marketplace.
func TestSite_HomeErrors(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	ada := o.join("acme", "Ada")
	if page := ada.get("/dev").want(t, 200, ""); !strings.Contains(page.text, "No call of yours was refused") {
		t.Errorf("without errors:\n%s", page.text)
	}
	o.recent.Add("acme", problem.Refused{At: o.Clock.Now(), Request: "req_1", Method: "POST", Route: "POST /v1/actions", Status: 422, Code: "invalid_request"})
	o.recent.Add("globex", problem.Refused{At: o.Clock.Now(), Request: "req_2", Route: "/v1/actions", Status: 404, Code: "not_found"})
	page := ada.get("/dev").want(t, 200, "")
	for _, want := range []string{"req_1", ">POST /v1/actions<", `href="/problems/invalid_request"`, "422"} {
		if !strings.Contains(page.text, want) {
			t.Errorf("no %q in\n%s", want, page.text)
		}
	}
	if strings.Contains(page.text, "req_2") {
		t.Error("another marketplace's error is told")
	}
}

// D1: the steps are facts.
func TestSite_Home(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	ada := o.join("acme", "Ada")
	done := func() int { return strings.Count(ada.get("/dev").text, ">Done<") }
	if n := done(); n != 2 { // return URL, endpoint
		t.Errorf("%d steps are done at first", n)
	}
	a := o.Create(t)
	if n := done(); n != 3 {
		t.Errorf("%d steps are done with an action", n)
	}
	if _, err := o.Service.Cancel(t.Context(), a.Key(), approvals.ByMarketplace, audit.Actor{Type: audit.Marketplace, ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	if n := done(); n != 4 {
		t.Errorf("%d steps are done with a cancelled action", n)
	}
}
