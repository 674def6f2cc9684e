package dev_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/auth/authtest"
)

var webhookSecret = regexp.MustCompile(`whsec_[A-Za-z0-9+/=&#;]{40,}`)

// D3: made, its secret shown once, rolled, tested, disabled and enabled.
func TestEndpoints(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	ada := o.join("acme", "Ada")
	send := func(to string, fields url.Values) seen {
		t.Helper()
		fields.Set("csrf", ada.get("/dev/endpoints").csrf())
		return ada.send(http.MethodPost, to, fields)
	}
	refused := send("/dev/endpoints", url.Values{"url": {"http://market.example/hooks"}}).want(t, 422, "")
	if !strings.Contains(refused.text, "can be read and changed on its way") || !strings.Contains(refused.text, `value="http://market.example/hooks"`) {
		t.Errorf("http is refused with its reason:\n%s", refused.text)
	}
	made := send("/dev/endpoints", url.Values{"url": {"https://market.example/hooks"}}).want(t, 200, "")
	secret := webhookSecret.FindString(made.text)
	if secret == "" || !strings.Contains(made.text, "whpk_") {
		t.Fatalf("no secret:\n%s", made.text)
	}
	list := ada.get("/dev/endpoints").want(t, 200, "")
	if strings.Contains(list.text, secret) || strings.Contains(list.text, "whsec_") || !strings.Contains(list.text, "https://market.example/hooks") {
		t.Errorf("the list:\n%s", list.text)
	}
	all, err := o.Parts.Endpoints.EndpointsOf(t.Context(), "acme")
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	at := "/dev/endpoints/" + all[1].ID
	rolled := send(at+"/roll", url.Values{}).want(t, 200, "")
	if again := webhookSecret.FindString(rolled.text); again == "" || again == secret {
		t.Errorf("the new secret is %q", again)
	}
	send(at+"/test", url.Values{}).want(t, 303, "/dev/deliveries")
	if page := ada.get("/dev/deliveries").want(t, 200, ""); !strings.Contains(page.text, "A test event is on its way.") || !strings.Contains(page.text, "pending") {
		t.Errorf("deliveries:\n%s", page.text)
	}
	send(at+"/disable", url.Values{}).want(t, 303, "/dev/endpoints")
	send(at+"/test", url.Values{}).want(t, 409, "")
	send(at+"/enable", url.Values{}).want(t, 303, "/dev/endpoints")
	send(at+"/test", url.Values{}).want(t, 303, "/dev/deliveries")
}

// D4: one delivery, and sent again with the same webhook-id.
func TestDeliveries(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	ada := o.join("acme", "Ada")
	o.Create(t)
	if n := strings.Count(ada.get("/dev/deliveries?state=pending").want(t, 200, "").text, `<a href="/dev/deliveries/`); n != 1 {
		t.Errorf("%d are pending", n)
	}
	if n := strings.Count(ada.get("/dev/deliveries?state=dead").want(t, 200, "").text, `<a href="/dev/deliveries/`); n != 0 {
		t.Errorf("%d are dead", n)
	}
	ada.get("/dev/deliveries?endpoint="+o.endpoint("globex")).want(t, 404, "")
	id := o.delivery("acme")
	page := ada.get("/dev/deliveries/"+id).want(t, 200, "")
	if strings.Contains(page.text, "/resend") || !strings.Contains(page.text, "endpoint.test") {
		t.Errorf("what is under way cannot be sent again:\n%s", page.text)
	}
	event := regexp.MustCompile(`webhook-id</dt><dd><code translate="no">([^<]+)`).FindStringSubmatch(page.text)[1]
	ada.send(http.MethodPost, "/dev/deliveries/"+id+"/resend", url.Values{"csrf": {page.csrf()}}).want(t, 303, "/dev/deliveries")
	if again := ada.get("/dev/deliveries/" + id); !strings.Contains(again.text, event) {
		t.Error("it has another webhook-id")
	}
}

// AS-32: on a live gateway a secret is made and replaced with a fresh passkey
// over exactly that; stopping asks for nothing.
func TestEndpoints_LiveAsksForPasskey(t *testing.T) {
	t.Parallel()
	o := newOffice(t, false)
	ada := o.join("acme", "Ada")
	send := func(to string, fields url.Values) seen {
		t.Helper()
		fields.Set("csrf", ada.get("/dev/endpoints").csrf())
		return ada.send(http.MethodPost, to, fields)
	}
	before := o.footprint()["endpoints"]
	send("/dev/endpoints", url.Values{"url": {"http://market.example/hooks"}}).want(t, 422, "")
	send("/dev/endpoints", url.Values{"url": {"https://market.example/hooks"}}).want(t, 303, "/dev/decide")
	page := ada.get("/dev/decide").want(t, 200, "")
	if !strings.Contains(page.text, "https://market.example/hooks") || !strings.Contains(page.text, "Make a webhook endpoint") {
		t.Errorf("what is signed:\n%s", page.text)
	}
	ada.prove(page, "/dev/decide", authtest.BadSignature()).want(t, 422, "")
	if n := o.footprint()["endpoints"]; n != before {
		t.Fatalf("%d endpoints without a proof, want %d", n, before)
	}
	made := ada.prove(ada.get("/dev/decide"), "/dev/decide").want(t, 200, "")
	secret := webhookSecret.FindString(made.text)
	if secret == "" || o.footprint()["endpoints"] != before+1 {
		t.Fatalf("no endpoint:\n%s", made.text)
	}
	all, err := o.Parts.Endpoints.EndpointsOf(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	newest := all[len(all)-1]
	send("/dev/endpoints/"+newest.ID+"/roll", url.Values{}).want(t, 303, "/dev/decide")
	if e, err := o.Parts.Endpoints.Endpoint(t.Context(), approvals.EndpointID{Marketplace: "acme", ID: newest.ID}); err != nil || len(e.Keys) != len(newest.Keys) {
		t.Errorf("rolled before the passkey: %d keys, %v", len(e.Keys), err)
	}
	rolled := ada.prove(ada.get("/dev/decide"), "/dev/decide").want(t, 200, "")
	if again := webhookSecret.FindString(rolled.text); again == "" || again == secret {
		t.Errorf("the new secret is %q", again)
	}
	send("/dev/endpoints/"+o.endpoint("globex")+"/roll", url.Values{}).want(t, 404, "")
	send("/dev/endpoints/"+newest.ID+"/disable", url.Values{}).want(t, 303, "/dev/endpoints")
}
