package examples_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/deliver"
	"countersign/approvals/keyring"
)

// sentWebhook is one as it arrived.
type sentWebhook struct {
	Name    string            `json:"name"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// but returns a copy that was tampered with.
func (s sentWebhook) but(name string, edit func(*sentWebhook)) sentWebhook {
	c := sentWebhook{name, map[string]string{}, s.Body}
	for k, v := range s.Headers {
		c.Headers[k] = v
	}
	edit(&c)
	return c
}

type tokenTry struct {
	Name  string `json:"name"`
	Token string `json:"token"`
}

// TestReceiver: what the gateway's courier and keyring made is accepted by the
// JavaScript libraries, and nothing that was tampered with.
func TestReceiver(t *testing.T) {
	t.Parallel()
	key := approvals.NewEndpointKey()
	genuine := posted(t, key, time.Now())
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		set, err := keys.JWKS()
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(set)
	}))
	t.Cleanup(gateway.Close)
	release := releasing()
	webhooks := webhookTries(t, genuine, key)
	tokens := tokenTries(t, keys, release, gateway.URL)
	raw := newWorkshop(t).run(t, map[string]any{
		"secret": key.SecretText(), "gateway": gateway.URL, "marketplace": "market", "webhooks": webhooks, "tokens": tokens,
		"want": map[string]string{"action": "a1", "kind": string(release.Kind), "seller": "S-1", "digest": release.Digest.String()},
	}, "try.js")
	var verdicts map[string]string
	if err := json.Unmarshal([]byte(raw), &verdicts); err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	if len(verdicts) != len(webhooks)+len(tokens) {
		t.Errorf("%d verdicts of %d", len(verdicts), len(webhooks)+len(tokens))
	}
	for name, got := range verdicts {
		want := "refused: "
		switch name {
		case "genuine webhook", "two signatures":
			want = "event a1"
		case "genuine token":
			want = "release " + release.ReleaseID()
		}
		if !strings.HasPrefix(got, want) || strings.Contains(got, "TypeError") || strings.Contains(got, "ReferenceError") {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// releasing is an action that was claimed a moment ago.
func releasing() approvals.Action {
	now := time.Now().UTC().Truncate(time.Second)
	return approvals.Action{
		ID: "a1", Kind: approvals.PayoutAccountChange, Marketplace: "market", Seller: "S-1", Details: json.RawMessage(`{}`),
		State: approvals.Releasing, ClaimedAt: now, CreatedAt: now,
	}
}

// posted is a webhook as the courier posts it.
func posted(t *testing.T, key approvals.EndpointKey, now time.Time) sentWebhook {
	t.Helper()
	sent := sentWebhook{Headers: map[string]string{}}
	shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sent.Body = string(body)
		for _, name := range []string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
			sent.Headers[name] = r.Header.Get(name)
		}
	}))
	t.Cleanup(shop.Close)
	courier := deliver.NewCourier(deliver.CourierConfig{Private: true, Now: func() time.Time { return now }})
	got, err := courier.Post(t.Context(), approvals.Delivery{
		ID: "d-1", Endpoint: approvals.Endpoint{URL: shop.URL, Keys: []approvals.EndpointKey{key}},
		Event: approvals.ThinEvent{
			ID: "0190f3c1-0000-7000-8000-000000000001", Type: "action.approved", Action: "a1", Seller: "S-1", State: approvals.Approved,
			Digest: "d1", Sequence: 7, At: now,
		},
	}, now)
	if err != nil || got.Status != http.StatusOK {
		t.Fatalf("post: %+v, %v", got, err)
	}
	return sent
}

func webhookTries(t *testing.T, genuine sentWebhook, key approvals.EndpointKey) []sentWebhook {
	t.Helper()
	name := func(s sentWebhook, n string) sentWebhook { s.Name = n; return s }
	set := func(header, value string) func(*sentWebhook) {
		return func(s *sentWebhook) { s.Headers[header] = value }
	}
	return []sentWebhook{
		name(genuine, "genuine webhook"),
		genuine.but("two signatures", set("webhook-signature", "v1,AAAA "+genuine.Headers["webhook-signature"])),
		genuine.but("altered body", func(s *sentWebhook) { s.Body = strings.Replace(s.Body, "a1", "a2", 1) }),
		genuine.but("other id", set("webhook-id", "0190f3c1-0000-7000-8000-000000000002")),
		genuine.but("other time", set("webhook-timestamp", "1700000000")),
		genuine.but("no signature", func(s *sentWebhook) { delete(s.Headers, "webhook-signature") }),
		genuine.but("signature of zeros", set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(make([]byte, 32)))),
		name(posted(t, approvals.NewEndpointKey(), time.Now()), "another endpoint's"),
		name(posted(t, key, time.Now().Add(-6*time.Minute)), "six minutes old"),
		name(posted(t, key, time.Now().Add(6*time.Minute)), "from the future"),
	}
}

func tokenTries(t *testing.T, keys *keyring.Keyring, a approvals.Action, issuer string) []tokenTry {
	t.Helper()
	signed := func(by *keyring.Keyring, edit func(*approvals.ReleaseClaims)) string {
		claims, err := approvals.ReleaseOf(a, issuer)
		if err != nil {
			t.Fatal(err)
		}
		edit(&claims)
		token, err := by.SignRelease(claims)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	stranger, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	type edit = func(*approvals.ReleaseClaims)
	same := func(*approvals.ReleaseClaims) {}
	genuine := signed(keys, same)
	parts := strings.Split(genuine, ".")
	part := base64.RawURLEncoding.EncodeToString
	tries := []tokenTry{
		{"genuine token", genuine},
		{"another key", signed(stranger, same)},
		{"no algorithm", part([]byte(`{"alg":"none","typ":"release+jwt"}`)) + "." + parts[1] + "."},
		{"payload swapped", parts[0] + "." + part([]byte(`{"action":"a1"}`)) + "." + parts[2]},
		{"signature cut off", parts[0] + "." + parts[1] + "."},
	}
	for name, e := range map[string]edit{
		"other action":        func(c *approvals.ReleaseClaims) { c.Action = "a2" },
		"other seller":        func(c *approvals.ReleaseClaims) { c.Seller = "S-2" },
		"other kind":          func(c *approvals.ReleaseClaims) { c.Kind = "loan.disbursement" },
		"other details":       func(c *approvals.ReleaseClaims) { c.Digest = strings.Repeat("5e", 32) },
		"other audience":      func(c *approvals.ReleaseClaims) { c.Audience = "else" },
		"other marketplace":   func(c *approvals.ReleaseClaims) { c.Marketplace = "else" },
		"other gateway":       func(c *approvals.ReleaseClaims) { c.Issuer = "https://gateway.thief.example" },
		"no release id":       func(c *approvals.ReleaseClaims) { c.ReleaseID = "" },
		"expired":             func(c *approvals.ReleaseClaims) { c.ExpiresAt = c.IssuedAt - 1 },
		"long-lived":          func(c *approvals.ReleaseClaims) { c.IssuedAt -= 3600 },
		"token of the future": func(c *approvals.ReleaseClaims) { c.IssuedAt, c.NotBefore = c.IssuedAt+3600, c.NotBefore+3600 },
	} {
		tries = append(tries, tokenTry{name, signed(keys, e)})
	}
	return tries
}
