package conformance_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"countersign/client"
	"countersign/client/conformance"
	"countersign/web/api"
	"countersign/web/webtest"
)

// standIn is a kit whose calls and answers are held against the description.
func standIn(t *testing.T) *client.Client {
	t.Helper()
	contract, err := webtest.NewContract(api.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	var kit *conformance.Kit
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { kit.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	settings := conformance.NewSettings(server.URL)
	if kit, err = conformance.New(conformance.Config{Settings: settings, Sandbox: anySandbox, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	c, err := client.New(settings.URL, settings.APIKey, client.HTTPClient(&http.Client{Transport: strictly{t, webtest.Transport{Contract: contract, Base: wire()}}}))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var anySandbox = conformance.Sandbox{Start: "http://shop.example/start", Account: "http://shop.example/account", Webhook: "http://shop.example/webhook"}

// TestStandIn: the calls of a marketplace that no scenario makes are answered
// as the gateway answers them.
func TestStandIn(t *testing.T) {
	t.Parallel()
	c := standIn(t)
	ask := client.NewAction{
		Kind: client.PayoutAccountChange, Seller: client.Seller{ID: "S-1", Email: "s1@sellers.example"}, ReturnURL: "https://market.example/bank",
		Details: client.AccountChange{To: client.Destination{IBAN: "NL91ABNA0417164300", Holder: "G. Ferri"}},
	}
	if _, err := c.Seller(t.Context(), "S-1"); !client.HasCode(err, client.CodeNotFound) {
		t.Errorf("a seller without an action: %v", err)
	}
	first, err := c.CreateAction(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	again := ask
	again.Supersede = true
	second, err := c.CreateAction(t.Context(), again)
	if err != nil {
		t.Fatal(err)
	}
	if replaced, err := c.Action(t.Context(), first.ID); err != nil || replaced.State != client.Cancelled {
		t.Errorf("superseded: %+v, %v", replaced, err)
	}
	_, err = c.CreateAction(t.Context(), ask)
	if p, ok := errors.AsType[*client.Problem](err); !ok || p.Code != client.CodeActionAlreadyOpen || p.ActionID != second.ID {
		t.Errorf("a second one: %v", err)
	}
	for seller, want := range map[string]int{"S-1": 2, "S-2": 0} {
		if page, err := c.Actions(t.Context(), client.ActionQuery{Seller: seller}); err != nil || len(page.Data) != want {
			t.Errorf("actions of %s: %+v, %v", seller, page, err)
		}
	}
	if page, err := c.Actions(t.Context(), client.ActionQuery{State: client.AwaitingStepUp}); err != nil || len(page.Data) != 1 || page.Data[0].ID != second.ID {
		t.Errorf("actions by state: %+v, %v", page, err)
	}
	if next, err := c.Handoff(t.Context(), second.ID); err != nil || next.URL == "" {
		t.Errorf("handoff: %+v, %v", next, err)
	}
	if next, err := c.SellerHandoff(t.Context(), "S-1", client.ForHistory); err != nil || next.URL == "" {
		t.Errorf("seller's handoff: %+v, %v", next, err)
	}
	if s, err := c.LockSeller(t.Context(), "S-1", "called"); err != nil || !s.Locked {
		t.Errorf("lock: %+v, %v", s, err)
	}
	if a, err := c.CancelAction(t.Context(), second.ID, "changed_mind"); err != nil || a.State != client.Cancelled {
		t.Errorf("cancel: %+v, %v", a, err)
	}
}

// TestStandIn_Refuses: what the gateway refuses is refused.
func TestStandIn_Refuses(t *testing.T) {
	t.Parallel()
	settings := conformance.NewSettings("http://kit.example")
	kit, err := conformance.New(conformance.Config{Settings: settings, Sandbox: anySandbox, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	const good = `{"kind":"payout_account.change","seller":{"id":"S-1","email":"a@b.example"},"details":{"to":{"iban":"NL91ABNA0417164300","holder":"G"}},"return_url":"https://m.example"}`
	for _, c := range []struct {
		name, key, idempotency, body string
		want                         int
		code                         string
	}{
		{"good", settings.APIKey, "k1", good, 201, ""},
		{"again", settings.APIKey, "k1", good, 201, ""},
		{"the key with another body", settings.APIKey, "k1", good + " ", 422, "idempotency_key_reused"},
		{"another key", settings.APIKey, "k2", good, 409, "action_already_open"},
		{"no key", settings.APIKey, "", good, 400, "idempotency_key_missing"},
		{"a stranger", "cs_test_stranger", "k3", good, 401, "unauthenticated"},
		{"an unknown field", settings.APIKey, "k4", strings.Replace(good, `"kind"`, `"sort":1,"kind"`, 1), 400, "invalid_request"},
		{"an unknown detail", settings.APIKey, "k5", strings.Replace(good, `"iban"`, `"ibanx"`, 1), 400, "invalid_request"},
		{"another kind", settings.APIKey, "k6", strings.Replace(good, "payout_account.change", "loan.x", 1), 400, "kind_unknown"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/v1/actions", strings.NewReader(c.body))
		r.Header.Set("Authorization", "Bearer "+c.key)
		if c.idempotency != "" {
			r.Header.Set("Idempotency-Key", `"`+c.idempotency+`"`)
		}
		w := httptest.NewRecorder()
		kit.ServeHTTP(w, r)
		if w.Code != c.want || !strings.Contains(w.Body.String(), c.code) {
			t.Errorf("%s: %d %s, want %d %s", c.name, w.Code, w.Body, c.want, c.code)
		}
	}
}

// TestNew: what a kit cannot work with is said before anything is played.
func TestNew(t *testing.T) {
	t.Parallel()
	good := conformance.Config{Settings: conformance.NewSettings("http://kit.example"), Sandbox: anySandbox, Now: time.Now}
	if _, err := conformance.New(good); err != nil {
		t.Error(err)
	}
	for want, edit := range map[string]func(*conformance.Config){
		"needs a clock":             func(c *conformance.Config) { c.Now = nil },
		"start must be":             func(c *conformance.Config) { c.Sandbox.Start = "/start" },
		"account must be":           func(c *conformance.Config) { c.Sandbox.Account = "" },
		"webhook must be":           func(c *conformance.Config) { c.Sandbox.Webhook = "ftp://shop.example" },
		"session must be":           func(c *conformance.Config) { c.Sandbox.Session = "shop" },
		"settings are not":          func(c *conformance.Config) { c.Settings.WebhookSecret = "whsec_AAAA" },
		"the kit's URL must be":     func(c *conformance.Config) { c.Settings.URL = "" },
		"make them with NewSetting": func(c *conformance.Config) { c.Settings.APIKey = "" },
	} {
		c := good
		edit(&c)
		if _, err := conformance.New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
