package conformance_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"countersign/client"
	"countersign/client/conformance"
)

// shop is a small marketplace with its sandbox hooks. It does everything right
// but for the one mistake it is made with.
type shop struct {
	mistake string

	settings conformance.Settings
	gateway  *client.Client
	hooks    *client.Webhook
	releases *client.ReleaseVerifier
	public   string // its own address
	http     *http.Client

	working     sync.Mutex // one webhook at a time
	mu          sync.Mutex
	changes     map[string]*change
	newest      client.AccountChange // what the seller asked for last
	account     string
	saved       int
	releasedIDs map[string]bool
	session     string
}

// change is what the shop remembers of an action.
type change struct {
	action   client.Action
	details  client.AccountChange
	refusals int
	done     bool
	arrived  int
}

const shopSeller = "S-1"

// newShop serves a marketplace whose gateway is reached over wire.
func newShop(settings conformance.Settings, wire http.RoundTripper, mistake string) (*shop, *httptest.Server, error) {
	s := &shop{mistake: mistake, settings: settings, changes: map[string]*change{}, releasedIDs: map[string]bool{}, account: "DE89370400440532013000"}
	s.http = &http.Client{Transport: wire, Timeout: 10 * time.Second}
	var err1, err2, err3 error
	s.gateway, err1 = client.New(settings.URL, settings.APIKey, client.HTTPClient(s.http), client.Tries(3))
	s.hooks, err2 = client.NewWebhook(settings.WebhookSecret)
	s.releases, err3 = client.NewReleaseVerifier(settings.URL, settings.Marketplace, client.HTTPClient(s.http))
	mux := http.NewServeMux()
	mux.HandleFunc("POST /start", s.start)
	mux.HandleFunc("GET /account", s.showAccount)
	mux.HandleFunc("GET /session", s.showSession)
	mux.HandleFunc("GET /back", s.back)
	mux.HandleFunc("POST /webhook", s.webhook)
	server := httptest.NewServer(mux)
	s.public = server.URL
	return s, server, errors.Join(err1, err2, err3)
}

func (s *shop) sandbox() conformance.Sandbox {
	return conformance.Sandbox{Start: s.public + "/start", Account: s.public + "/account", Webhook: s.public + "/webhook", Session: s.public + "/session"}
}

// start is the form of the one seller.
func (s *shop) start(w http.ResponseWriter, r *http.Request) {
	var in struct{ Account client.Destination }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, "no account", http.StatusBadRequest)
		return
	}
	details := client.AccountChange{To: in.Account}
	s.mu.Lock()
	s.newest = details
	s.session = "open"
	s.mu.Unlock()
	action, err := s.create(r, client.NewAction{
		Kind: client.PayoutAccountChange, Seller: client.Seller{ID: shopSeller, Email: "s1@sellers.example"}, Details: details, ReturnURL: s.public + "/back",
		Supersede: s.mistake == "replaces the open change",
	})
	if err != nil {
		http.Error(w, "refused", http.StatusConflict)
		return
	}
	s.mu.Lock()
	s.changes[action.ID] = &change{action: *action, details: details}
	s.mu.Unlock()
	http.Redirect(w, r, action.Next.URL, http.StatusSeeOther)
}

func (s *shop) create(r *http.Request, a client.NewAction) (*client.Action, error) {
	if s.mistake != "creates again under a new key" {
		return s.gateway.CreateAction(r.Context(), a)
	}
	return again(func() (*client.Action, error) { return s.hasty().CreateAction(r.Context(), a) })
}

// hasty is a client that tries once and leaves the rest to its caller.
func (s *shop) hasty() *client.Client {
	c, err := client.New(s.settings.URL, s.settings.APIKey, client.HTTPClient(s.http), client.Tries(1))
	if err != nil {
		panic(err) // the same arguments were good before
	}
	return c
}

// again calls without a key of its own, so every try has a fresh one.
func again[T any](call func() (T, error)) (out T, err error) {
	for range 3 {
		if out, err = call(); err == nil {
			return out, nil
		}
	}
	return out, err
}

func (s *shop) showAccount(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = json.NewEncoder(w).Encode(map[string]any{"account": s.account, "changes": s.saved})
}

func (s *shop) showSession(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session == "" {
		w.WriteHeader(http.StatusUnauthorized)
	}
}

// back is where the seller comes back to.
func (s *shop) back(_ http.ResponseWriter, r *http.Request) {
	if s.mistake == "believes the address" && r.URL.Query().Get("state") == "approved" {
		s.save(r.URL.Query().Get("action"), "")
	}
}

func (s *shop) webhook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var e client.Event
	if err != nil || json.Unmarshal(body, &e) != nil || !s.genuine(r.Header, body) {
		http.Error(w, "not ours", http.StatusBadRequest)
		return
	}
	if s.mistake == "works in the background" {
		w.WriteHeader(http.StatusAccepted)
		go s.inBackground(r.WithContext(context.WithoutCancel(r.Context())), e)
		return
	}
	if s.mistake != "works on two webhooks at once" {
		s.working.Lock()
		defer s.working.Unlock()
	}
	if err := s.heard(r, e); err != nil {
		http.Error(w, "again, please", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// inBackground works a webhook off after it was answered, until it is done.
func (s *shop) inBackground(r *http.Request, e client.Event) {
	s.working.Lock()
	defer s.working.Unlock()
	for range 20 {
		if s.heard(r, e) == nil {
			return
		}
		<-time.After(100 * time.Millisecond)
	}
}

// save puts a change in place, at most once for each release.
func (s *shop) save(id, releaseID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.changes[id]
	if c == nil || releaseID != "" && s.releasedIDs[releaseID] && s.mistake != "saves a release again" {
		return
	}
	s.releasedIDs[releaseID] = true
	c.done = true
	s.account = c.details.To.IBAN
	s.saved++
}

func (s *shop) change(id string) *change {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changes[id]
}

func mustShop(t *testing.T, settings conformance.Settings, wire http.RoundTripper, mistake string) *shop {
	t.Helper()
	s, server, err := newShop(settings, wire, mistake)
	t.Cleanup(server.Close)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
