// Command market is a small marketplace that puts Countersign in front of its
// payout accounts: create, webhook, claim, verify, carry out once, report. It
// keeps everything in memory and has one seller, so it is a sandbox:
// "countersign conformance" is run against it.
//
//	GATEWAY=… API_KEY=… WEBHOOK_SECRET=… MARKETPLACE=… go run ./client/examples/market
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"sync"

	"countersign/client"
)

func main() {
	m, err := newMarket(os.Getenv("GATEWAY"), os.Getenv("API_KEY"), os.Getenv("WEBHOOK_SECRET"), os.Getenv("MARKETPLACE"))
	if err != nil {
		log.Fatal(err)
	}
	m.returnURL = "http://localhost:8081/bank"
	log.Fatal(http.ListenAndServe("localhost:8081", m.routes())) //nolint:gosec // a sandbox on this machine
}

// market is the marketplace. What mu guards a database would keep; the account
// and the release id that changed it belong in one transaction.
type market struct {
	gateway   *client.Client
	hooks     *client.Webhook
	releases  *client.ReleaseVerifier
	returnURL string // registered with the gateway

	mu       sync.Mutex // also: one action is settled at a time
	account  client.Destination
	changes  map[string]*change // by the action's id
	released map[string]bool    // release ids that were carried out
}

// change is what has to be remembered of an action.
type change struct {
	id, digest string
	details    client.AccountChange
	refusals   int    // claims that were refused for good; part of the next one's key
	release    string // the release id, once carried out
	reported   bool
}

const seller = "S-2201"

func newMarket(gateway, apiKey, webhookSecret, marketplace string) (*market, error) {
	calls, err1 := client.New(gateway, apiKey)
	hooks, err2 := client.NewWebhook(webhookSecret)
	releases, err3 := client.NewReleaseVerifier(gateway, marketplace)
	return &market{
		gateway: calls, hooks: hooks, releases: releases,
		account: client.Destination{IBAN: "DE89370400440532013000", Holder: "Giulia Ferri"},
		changes: map[string]*change{}, released: map[string]bool{},
	}, errors.Join(err1, err2, err3)
}

func (m *market) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /webhooks/countersign", m.webhook)
	mux.HandleFunc("GET /bank", m.bank)             // return_url: it says nothing, so nothing is read from it
	mux.HandleFunc("POST /sandbox/start", m.start)  // the two hooks of the conformance kit
	mux.HandleFunc("GET /sandbox/account", m.count) //
	return mux
}

// start is the form that used to save an account. It asks for an action instead.
func (m *market) start(w http.ResponseWriter, r *http.Request) {
	var form struct{ Account client.Destination }
	if err := json.NewDecoder(r.Body).Decode(&form); err != nil {
		http.Error(w, "no account", http.StatusBadRequest)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	from := m.account
	details := client.AccountChange{From: &from, To: form.Account}
	action, err := m.gateway.CreateAction(r.Context(), client.NewAction{
		Kind: client.PayoutAccountChange, Seller: client.Seller{ID: seller, Email: "giulia@ferri.example"}, Details: details, ReturnURL: m.returnURL,
	})
	if err != nil {
		http.Error(w, "not now", http.StatusConflict)
		return
	}
	m.changes[action.ID] = &change{id: action.ID, digest: action.Digest, details: details}
	if action.Next.URL == "" { // held or denied at once: nothing to prove
		action.Next.URL = "/bank"
	}
	http.Redirect(w, r, action.Next.URL, http.StatusSeeOther)
}

// webhook hears that something happened, and looks. 503 asks for it again.
func (m *market) webhook(w http.ResponseWriter, r *http.Request) {
	event, err := m.hooks.Read(r)
	if err != nil {
		http.Error(w, "not ours", http.StatusBadRequest)
		return
	}
	if strings.HasPrefix(event.Type, "action.") {
		err = m.settle(r.Context(), event.Data.ID)
	}
	if err != nil && !refused(err) {
		http.Error(w, "again, please", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// refused reports whether err is an answer for good, and not one that is missing
// or asks to wait.
func refused(err error) bool {
	p, ok := errors.AsType[*client.Problem](err)
	return ok && p.Status < http.StatusInternalServerError && p.Status != http.StatusTooManyRequests
}

// settle looks where an action stands and does what follows. Called too often,
// too early or after a crash it does no harm.
func (m *market) settle(ctx context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ours := m.changes[id]
	if !ours {
		return nil
	}
	action, err := m.gateway.Action(ctx, id)
	if err != nil {
		return err
	}
	switch action.State {
	case client.Approved, client.Releasing, client.ExecutionFailed:
		if c.release == "" {
			err = m.carryOut(ctx, c)
		}
	}
	if err != nil || c.release == "" || c.reported {
		return err
	}
	_, err = m.gateway.Report(ctx, id, client.Executed("bank-"+c.release), client.IdempotencyKey("executed-"+c.release))
	c.reported = err == nil
	return err
}

// carryOut claims, verifies and saves, at most once for a release. The key stays
// the same until the claim is answered, so that a lost answer comes again; a
// refusal is an answer, and the next claim has another key.
func (m *market) carryOut(ctx context.Context, c *change) error {
	claimed, err := m.gateway.Claim(ctx, c.id, c.details, client.IdempotencyKey(fmt.Sprintf("claim-%s-%d", c.id, c.refusals)))
	if refused(err) {
		c.refusals++
	}
	if err != nil {
		return err
	}
	release, err := m.releases.Verify(ctx, claimed.ReleaseToken, client.Expect{
		Action: c.id, Kind: client.PayoutAccountChange, Seller: seller, Digest: c.digest,
	})
	if err != nil {
		return err
	}
	if !m.released[release.ReleaseID] {
		m.released[release.ReleaseID] = true
		m.account = c.details.To
	}
	c.release = release.ReleaseID
	return nil
}

func (m *market) bank(w http.ResponseWriter, _ *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	fmt.Fprintln(w, "We pay you into", m.account.IBAN)
}

func (m *market) count(w http.ResponseWriter, _ *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_ = json.NewEncoder(w).Encode(map[string]any{"account": m.account.IBAN, "changes": len(m.released)})
}
