package dev_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth/authtest"
)

var secretOf = regexp.MustCompile(`cs_(test|live)_[A-Za-z0-9_-]{43}`)

// newKey fills the form of a new key.
func newKey(csrf string) url.Values {
	return url.Values{"csrf": {csrf}, "name": {"Shop"}, "scope": {"actions:read", "webhooks"}, "ranges": {"203.0.113.0/24, 2001:db8::7"}, "days": {"90"}}
}

// opens reports whether the API would know the key.
func (o *office) opens(secret string) bool {
	k, m, err := o.Parts.Registry.KeyOf(o.t.Context(), approvals.HashToken(secret))
	return err == nil && m.ID == "acme" && k.Live(o.Clock.Now())
}

// D2 on a test gateway: made, shown once, rolled, revoked.
func TestKeys_Life(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	ada := o.join("acme", "Ada")
	made := ada.send(http.MethodPost, "/dev/keys", newKey(ada.get("/dev/keys/new").want(t, 200, "").csrf())).want(t, 200, "")
	secret := secretOf.FindString(made.text)
	if !strings.HasPrefix(secret, "cs_test_") || !o.opens(secret) {
		t.Fatalf("no key that opens anything:\n%s", made.text)
	}
	all, err := o.Parts.Keys.APIKeys(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	k := all[0]
	if k.Name != "Shop" || k.CreatedBy != "Ada" || len(k.Scopes) != 2 || len(k.Ranges) != 2 || !k.ExpiresAt.Equal(o.Clock.Now().Add(90*24*time.Hour)) {
		t.Errorf("made %+v", k)
	}
	list := ada.get("/dev/keys").want(t, 200, "")
	if strings.Contains(list.text, secret) || !strings.Contains(list.text, k.Hint) || !strings.Contains(list.text, "203.0.113.0/24") {
		t.Errorf("the list:\n%s", list.text)
	}
	show := ada.get("/dev/keys/"+k.ID).want(t, 200, "")
	rolled := ada.send(http.MethodPost, "/dev/keys/"+k.ID+"/roll", url.Values{"csrf": {show.csrf()}, "overlap": {"1h0m0s"}}).want(t, 200, "")
	second := secretOf.FindString(rolled.text)
	if second == secret || !o.opens(second) || !o.opens(secret) {
		t.Error("both keys should open for an hour")
	}
	if !strings.Contains(rolled.text, "Counts until") || !strings.Contains(ada.get("/dev/keys/"+k.ID).text, "Another key took its place") {
		t.Error("when the new key ends, and that the old one has a successor, is not said")
	}
	ada.send(http.MethodPost, "/dev/keys/"+k.ID+"/roll", url.Values{"csrf": {show.csrf()}, "overlap": {"1h0m0s"}}).want(t, 409, "")
	o.machine.Advance(14 * time.Minute)
	show = ada.get("/dev/keys/"+k.ID).want(t, 200, "")
	ada.send(http.MethodPost, "/dev/keys/"+k.ID+"/revoke", url.Values{"csrf": {show.csrf()}}).want(t, 303, "/dev/keys")
	if o.opens(secret) || !o.opens(second) {
		t.Error("the revoked one opens, or the other does not")
	}
	if told := ada.get("/dev/keys"); !strings.Contains(told.text, "opens nothing any more") || strings.Contains(ada.get("/dev/keys").text, "opens nothing any more") {
		t.Error("what was done is told once")
	}
	ada.get("/dev/keys/"+k.ID).want(t, 404, "")
}

// What is wrong is said beside what was typed.
func TestKeys_Refused(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	ada := o.join("acme", "Ada")
	before := o.footprint()
	for field, spoil := range map[string]func(url.Values){
		"name": func(f url.Values) { f.Set("name", " ") }, "scopes": func(f url.Values) { f.Del("scope") },
		"ranges": func(f url.Values) { f.Set("ranges", "10.0.0.1/8") }, "days": func(f url.Values) { f.Set("days", "9999") },
	} {
		f := newKey(ada.get("/dev/keys/new").csrf())
		spoil(f)
		got := ada.send(http.MethodPost, "/dev/keys", f).want(t, 422, "")
		if !strings.Contains(got.text, `href="#`+field+`"`) || !strings.Contains(got.text, `id="`+field+`"`) || !strings.Contains(got.text, "<title>Error: ") {
			t.Errorf("%s:\n%s", field, got.text)
		}
	}
	same(t, "after refusals", o.footprint(), before)
}

// UX D2: making or rolling a live key takes a fresh passkey over exactly that.
func TestKeys_LiveTakesAPasskey(t *testing.T) {
	t.Parallel()
	o := newOffice(t, false)
	ada := o.join("acme", "Ada")
	before := o.footprint()
	ask := func() seen {
		t.Helper()
		ada.send(http.MethodPost, "/dev/keys", newKey(ada.get("/dev/keys/new").csrf())).want(t, 303, "/dev/decide")
		return ada.get("/dev/decide").want(t, 200, "")
	}
	page := ask()
	if !strings.Contains(page.text, "Shop") || !strings.Contains(page.text, "actions:read webhooks") || !strings.Contains(page.text, "203.0.113.0/24") {
		t.Errorf("what is signed:\n%s", page.text)
	}
	ada.prove(page, "/dev/decide", authtest.BadSignature()).want(t, 422, "")

	// A proof over something else: the challenge was for another key.
	stale := ask()
	options := ada.options(stale)
	f := newKey(ada.get("/dev/keys/new").csrf())
	f.Set("name", "Thief")
	ada.send(http.MethodPost, "/dev/keys", f).want(t, 303, "/dev/decide")
	credential, err := ada.device.Get(options)
	if err != nil {
		t.Fatal(err)
	}
	ada.send(http.MethodPost, "/dev/decide", url.Values{"csrf": {stale.csrf()}, "credential": {string(credential)}}).want(t, 422, "")
	got := o.footprint()
	if got["api_keys"] != before["api_keys"] {
		t.Fatal("a key came to be without a proof over it")
	}

	page = ask()
	old := ada.cookies["__Host-countersign-person"]
	made := ada.prove(page, "/dev/decide").want(t, 200, "")
	secret := secretOf.FindString(made.text)
	if !strings.HasPrefix(secret, "cs_live_") || !o.opens(secret) {
		t.Fatalf("no live key:\n%s", made.text)
	}
	if ada.cookies["__Host-countersign-person"] == old {
		t.Error("SM-02: the session kept its id")
	}
	ada.get("/dev/decide").want(t, 303, "/dev/keys")
	all, err := o.Parts.Keys.APIKeys(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	at := "/dev/keys/" + all[0].ID
	ada.send(http.MethodPost, at+"/roll", url.Values{"csrf": {ada.get(at).csrf()}, "overlap": {"0s"}}).want(t, 303, "/dev/decide")
	if !o.opens(secret) {
		t.Error("rolled before the passkey")
	}
	ada.prove(ada.get("/dev/decide"), "/dev/decide").want(t, 200, "")
	if o.opens(secret) {
		t.Error("the old key goes on")
	}
	// Stopping asks for nothing more.
	if all, err = o.Parts.Keys.APIKeys(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	at = "/dev/keys/" + all[0].ID
	ada.send(http.MethodPost, at+"/revoke", url.Values{"csrf": {ada.get(at).csrf()}}).want(t, 303, "/dev/keys")
	if k, err := o.Parts.Keys.APIKey(t.Context(), "acme", all[0].ID); err != nil || k.RevokedAt.IsZero() {
		t.Errorf("a live key is not revoked by a click: %+v, %v", k, err)
	}
	if secretOf.MatchString(ada.get("/dev/keys").text) {
		t.Error("the list shows a key")
	}
}
