package seller_test

import (
	"net/http"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/approvals/destination"
)

// TestTA01_WhatIsShownIsWhatIsStored (TA-08, PS-09): the review shows every significant field
// of the stored action, masked, and nothing the request says changes it.
func TestTA01_WhatIsShownIsWhatIsStored(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	change, err := a.Change()
	if err != nil {
		t.Fatal(err)
	}
	b.handoff(a)
	page := b.get("/actions/" + a.Reference + "?to=GB33BUKB20201555555555&holder=Thief&digest=00").want(http.StatusOK)
	for _, want := range []string{a.Reference, change.To.Holder, change.To.Last4(), change.From.Last4(), change.From.Holder, string(a.ID)} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the review does not show %q", want)
		}
	}
	for _, d := range []destination.Destination{change.To, *change.From} {
		if compact := strings.ReplaceAll(page.body, " ", ""); strings.Contains(compact, strings.ReplaceAll(d.Grouped(), " ", "")) {
			t.Error("an account number is on the page in full")
		}
	}
	if strings.Contains(page.body, "Thief") {
		t.Error("the request got into the page")
	}
	if !strings.Contains(strings.ReplaceAll(page.body, " ", ""), a.Digest.String()) {
		t.Error("the digest is not shown")
	}
}

// TestReveal: the new number in full for the session that was handed the
// action, the old one never.
func TestReveal(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	change, err := a.Change()
	if err != nil {
		t.Fatal(err)
	}
	page := b.handoff(a)
	path := "/actions/" + a.Reference
	shown := b.send(http.MethodPost, path+"/reveal", values("csrf", page.csrf())).want(http.StatusOK)
	if !strings.Contains(shown.body, change.To.Grouped()) {
		t.Error("the new number is not shown")
	}
	if strings.Contains(strings.ReplaceAll(shown.body, " ", ""), strings.ReplaceAll(change.From.Grouped(), " ", "")) {
		t.Error("the old number is shown")
	}
	if strings.Contains(b.get(path).body, change.To.Grouped()) {
		t.Error("it stays shown")
	}
	g.browser().send(http.MethodPost, path+"/reveal", values("csrf", page.csrf())).want(http.StatusUnauthorized)
	a = g.drive(a, approvals.CoolingOff)
	if got := b.post(path+"/reveal", values("csrf", page.csrf())); got.path != path+"/status" {
		t.Errorf("after the step-up: %s", got.path)
	}
}

// TestLanguages: the seller's own by default; a choice is remembered.
func TestLanguages(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	lang := func(page *answer) string {
		switch {
		case strings.Contains(page.body, `<html lang="it"`):
			return "it"
		case strings.Contains(page.body, `<html lang="en"`):
			return "en"
		}
		return ""
	}
	if got := lang(g.browser().get("/nothing")); got != "en" {
		t.Errorf("a stranger reads %s", got)
	}
	italian := g.browser()
	italian.header.Set("Accept-Language", "it-IT,it;q=0.9")
	if got := lang(italian.get("/nothing")); got != "it" {
		t.Errorf("a stranger with an Italian browser reads %s", got)
	}
	page := b.handoff(a)
	own := lang(page)
	other := map[string]string{"en": "it", "it": "en"}[own]
	path := "/actions/" + a.Reference
	if !page.leads(path + "?lang=" + other) {
		t.Fatal("no link to the other language")
	}
	if got := lang(b.get(path + "?lang=" + other)); got != other {
		t.Errorf("chosen %s, got %s", other, got)
	}
	if got := lang(b.get(path + "/status")); got != other {
		t.Errorf("not remembered: %s", got)
	}
	if got := lang(b.get(path + "?lang=xx")); got != other {
		t.Errorf("an unknown language changed it to %s", got)
	}
	if got := lang(b.copied().send(http.MethodPost, path+"/step-up?lang="+own, values("csrf", b.get(path).csrf(), "credential", ""))); got == "" {
		t.Error("no page")
	}
}

// TestStaticFiles: for ever under their hash, and nothing else.
func TestStaticFiles(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	for name, want := range map[string]string{"app.css": "text/css; charset=utf-8", "app.js": "text/javascript; charset=utf-8"} {
		got := g.browser().get(g.config.Pages.Asset(name)).want(http.StatusOK)
		if got.Header.Get("Content-Type") != want || !strings.Contains(got.Header.Get("Cache-Control"), "immutable") || got.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", name, got.Header)
		}
	}
	for _, path := range []string{"/static/", "/static/app.css", "/static/../go.mod", "/static/app-0000000000000000.css"} {
		g.browser().get(path).want(http.StatusNotFound)
	}
}

// TestProblemPages: an unknown address, a wrong method, and every page's
// headers.
func TestProblemPages(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	b := g.browser()
	b.get("/").want(http.StatusNotFound)
	b.get("/actions").want(http.StatusNotFound)
	b.send(http.MethodPost, "/nothing", values("a", "b")).want(http.StatusNotFound)
	wrong := b.send(http.MethodPost, "/locked", values("a", "b")).want(http.StatusMethodNotAllowed)
	if wrong.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("Allow %q", wrong.Header.Get("Allow"))
	}
	only := b.send(http.MethodGet, "/actions/x/options", nil).want(http.StatusMethodNotAllowed)
	if only.Header.Get("Allow") != "POST" {
		t.Errorf("Allow %q", only.Header.Get("Allow"))
	}
	big := b.send(http.MethodPost, "/cancel", values("csrf", strings.Repeat("x", 70<<10))).want(http.StatusRequestEntityTooLarge)
	if !strings.HasPrefix(big.Header.Get("Content-Type"), "text/html") {
		t.Errorf("type %q", big.Header.Get("Content-Type"))
	}
}

// TestS12_HandoffLinks: used or too old, they say so and lead back; a browser
// still in its session goes on.
func TestS12_HandoffLinks(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	device := g.phone(a)
	link := "/h/" + g.token(approvals.HandoffLink, a)
	b.get(link).want(http.StatusOK)
	g.browser().get(link).want(http.StatusOK) // opening is not spending
	b.stepUpByPasskey(a, device).want(http.StatusOK)
	used := g.browser().get(link).want(http.StatusGone)
	if !used.leads(a.ReturnURL) || strings.Contains(used.body, a.Reference) {
		t.Errorf("page: %s", used.byID("main"))
	}
	b.get(link).want(http.StatusOK).at("/actions/" + a.Reference + "/status")

	late := g.Create(t)
	g.Clock.Advance(approvals.HandoffLife)
	if page := g.browser().handoff(late).want(http.StatusGone); !page.leads(late.ReturnURL) {
		t.Errorf("page: %s", page.byID("main"))
	}
}

// TestEnrolmentIsForThoseWithNothing: who has an authenticator is led back, and
// a set-up that is sent all the same is refused.
func TestEnrolmentIsForThoseWithNothing(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	b.handoff(a)
	csrf := b.get("/enrol/passkey").csrf()
	g.phone(a)
	for _, path := range []string{"/enrol", "/enrol/passkey", "/enrol/app"} {
		b.get(path).want(http.StatusOK).at("/actions/" + a.Reference)
	}
	for _, path := range []string{"/enrol/passkey", "/enrol/app", "/enrol/passkey/options"} {
		b.post(path, values("csrf", csrf, "totp", "123456", "credential", "{}")).want(http.StatusConflict)
	}
	list, err := g.auth.Authenticators(t.Context(), a.SellerKey())
	if err != nil || len(list) != 1 {
		t.Errorf("%d authenticators, %v", len(list), err)
	}
}

// TestBadEnrolments: the page comes back with what was typed.
func TestBadEnrolments(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	b.handoff(a)
	page := b.get("/enrol/passkey")
	bad := b.post("/enrol/passkey", values("csrf", page.csrf(), "credential", "{}", "name", `My "phone" <b>`)).want(http.StatusUnprocessableEntity)
	if bad.field("name") != `My "phone" <b>` || !strings.HasPrefix(bad.title(), "Error:") {
		t.Errorf("name %q, title %q", bad.field("name"), bad.title())
	}
	for _, code := range []string{"", "12345", "1234567", "abcdef", "１２３４５６"} {
		b.post("/enrol/app", values("csrf", bad.csrf(), "totp", code)).want(http.StatusUnprocessableEntity)
	}
	fresh := b.post("/enrol/passkey/options", values("csrf", bad.csrf())).want(http.StatusOK)
	if !strings.Contains(fresh.body, `"options":{`) {
		t.Errorf("options: %s", fresh.body)
	}
}
