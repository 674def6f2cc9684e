package demo

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"countersign/client"
)

// fakeGateway stands in for the outside world: it answers the calls that the
// shop makes, as the gateway does, and lets a test say what the seller did.
type fakeGateway struct {
	*httptest.Server
	t   *testing.T
	key ed25519.PrivateKey

	mu       sync.Mutex
	now      time.Time
	actions  map[string]*fakeAction
	answers  map[string]answer // by idempotency key
	locked   map[string]bool
	claims   int // claims that were carried out, not replayed
	results  []string
	advanced time.Duration
	faults   map[string]func(http.ResponseWriter) bool // by the verb of a path; true: answered
	token    func(map[string]any)                      // edits the claims of tokens
}

type fakeAction struct {
	client.Action
	request client.NewAction
}

type answer struct {
	status int
	body   []byte
}

func newGateway(t *testing.T) *fakeGateway {
	t.Helper()
	g := &fakeGateway{
		t: t, key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), now: time.Date(2026, 11, 22, 16, 21, 0, 0, time.UTC),
		actions: map[string]*fakeAction{}, answers: map[string]answer{}, locked: map[string]bool{}, faults: map[string]func(http.ResponseWriter) bool{},
	}
	g.Server = httptest.NewServer(g)
	t.Cleanup(g.Close)
	return g
}

func (g *fakeGateway) Now() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.now
}

// set changes what the gateway believes, under its lock.
func (g *fakeGateway) set(f func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f()
}

// become moves an action as if the seller or time had done it.
func (g *fakeGateway) become(id string, s client.State) {
	g.set(func() { g.actions[id].State = s })
}

func (g *fakeGateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	verb := path[len(path)-1]
	if hook := g.faults[verb]; hook != nil && hook(w) {
		return
	}
	if r.Method == http.MethodGet {
		g.write(w, g.show(path))
		return
	}
	key := r.Header.Get("Idempotency-Key")
	if key == "" || r.Header.Get("Authorization") != "Bearer cs_test_key" {
		g.t.Errorf("POST %s without a key", r.URL.Path)
	}
	a, replay := g.answers[key]
	if !replay {
		a = g.act(path, r)
		g.answers[key] = a
	}
	if hook := g.faults[verb+" answer"]; hook != nil && hook(w) {
		return
	}
	g.write(w, a)
}

func (g *fakeGateway) write(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", "application/json")
	if a.status >= 400 {
		w.Header().Set("Content-Type", "application/problem+json")
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

func ok(status int, v any) answer {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return answer{status, b}
}

func refuse(status int, code string) answer {
	return ok(status, map[string]any{"code": code, "title": "Refused <b>", "status": status})
}

func (g *fakeGateway) show(path []string) answer {
	switch {
	case path[0] == ".well-known":
		return ok(200, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: g.key.Public(), KeyID: "k1", Algorithm: "EdDSA", Use: "sig"}}})
	case path[1] == "sellers":
		return ok(200, map[string]any{"id": path[2], "locked": g.locked[path[2]]})
	case g.actions[path[2]] != nil:
		return ok(200, g.actions[path[2]].Action)
	}
	return refuse(404, "not_found")
}

func (g *fakeGateway) act(path []string, r *http.Request) answer {
	if path[1] == "test" {
		var in struct{ By string }
		_ = json.NewDecoder(r.Body).Decode(&in)
		by, _ := time.ParseDuration(in.By)
		g.advanced, g.now = g.advanced+by, g.now.Add(by)
		return ok(200, map[string]any{"now": g.now})
	}
	if len(path) == 2 {
		return g.create(r)
	}
	if path[1] == "destinations" {
		return ok(200, client.Assessment{Outcome: "allow", Policy: client.Policy{Rules: []client.Rule{{ID: "LOAN-WAITS", Text: "Every loan is approved twice."}}}})
	}
	if path[1] == "sellers" {
		var in struct{ Purpose string }
		_ = json.NewDecoder(r.Body).Decode(&in)
		if in.Purpose != client.ForSecurity && in.Purpose != client.ForHistory {
			return refuse(400, "invalid_request")
		}
		return ok(200, client.Next{Type: "redirect", URL: g.URL + "/h/seller/" + in.Purpose})
	}
	a := g.actions[path[2]]
	if a == nil {
		return refuse(404, "not_found")
	}
	switch path[3] {
	case "handoff":
		return ok(200, client.Next{Type: "redirect", URL: g.URL + "/h/again"})
	case "cancel":
		a.State, a.CancelReason = client.Cancelled, "changed_mind"
	case "claim":
		return g.claim(a, r)
	case "result":
		var in client.Result
		_ = json.NewDecoder(r.Body).Decode(&in)
		g.results = append(g.results, in.Outcome+" "+in.Reference)
		a.State = map[string]client.State{"executed": client.ExecutedState, "failed": client.ExecutionFailed}[in.Outcome]
	}
	return ok(200, a.Action)
}

func (g *fakeGateway) create(r *http.Request) answer {
	var in client.NewAction
	var raw struct{ Details json.RawMessage }
	b := make([]byte, r.ContentLength)
	if _, err := r.Body.Read(b); err != nil && len(b) == 0 {
		return refuse(400, "invalid_request")
	}
	if json.Unmarshal(b, &in) != nil || json.Unmarshal(b, &raw) != nil {
		return refuse(400, "invalid_request")
	}
	var details client.AccountChange
	_ = json.Unmarshal(raw.Details, &details)
	if in.Kind == client.PayoutAccountChange && (!strings.HasPrefix(details.To.IBAN, details.To.Country) || len(details.To.IBAN) < 15) {
		return ok(400, map[string]any{"code": "invalid_request", "errors": []map[string]string{{"field": "details.to.iban", "message": "is not an IBAN"}}})
	}
	for _, other := range g.actions {
		if other.Seller.ID == in.Seller.ID && other.Kind == in.Kind && !over(other.State) {
			if !in.Supersede {
				return refuse(409, client.CodeActionAlreadyOpen)
			}
			other.State, other.CancelReason = client.Cancelled, "superseded"
		}
	}
	id := fmt.Sprintf("a%d", len(g.actions)+1)
	digest, _ := client.Digest(client.Digested{ID: id, Kind: in.Kind, Marketplace: "bottega", Seller: in.Seller.ID, Details: raw.Details, CreatedAt: g.now})
	g.actions[id] = &fakeAction{client.Action{
		ID: id, Reference: "BD-" + id, Kind: in.Kind, State: client.AwaitingStepUp, Digest: digest, Seller: client.SellerRef{ID: in.Seller.ID},
		Details: raw.Details, CreatedAt: g.now, Next: client.Next{Type: "redirect", URL: g.URL + "/h/" + id},
	}, in}
	return ok(201, g.actions[id].Action)
}

func (g *fakeGateway) claim(a *fakeAction, r *http.Request) answer {
	var in struct{ Details json.RawMessage }
	_ = json.NewDecoder(r.Body).Decode(&in)
	switch {
	case g.locked[a.Seller.ID]:
		return refuse(409, client.CodeSellerLocked)
	case string(in.Details) != string(a.Details):
		a.State = client.Held
		return refuse(409, client.CodePayloadMismatch)
	case a.State == client.Releasing:
		return refuse(409, client.CodeAlreadyClaimed)
	case a.State != client.Approved && a.State != client.ExecutionFailed:
		return refuse(409, client.CodeNotApproved)
	}
	g.claims++
	a.State = client.Releasing
	claims := map[string]any{
		"iss": g.URL, "aud": "bottega", "iat": g.now.Unix(), "nbf": g.now.Unix(), "exp": g.now.Add(5 * time.Minute).Unix(),
		"action": a.ID, "release_id": "rel-" + a.ID, "digest": a.Digest, "kind": a.Kind, "seller": a.Seller.ID, "marketplace": "bottega",
	}
	if g.token != nil {
		g.token(claims)
	}
	return ok(200, map[string]any{"release_token": g.sign(claims), "action": a.Action})
}

func (g *fakeGateway) sign(claims map[string]any) string {
	options := (&jose.SignerOptions{}).WithType("release+jwt").WithHeader("kid", "k1")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: g.key}, options)
	if err != nil {
		panic(err)
	}
	payload, _ := json.Marshal(maps.Clone(claims))
	jws, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	token, _ := jws.CompactSerialize()
	return token
}
