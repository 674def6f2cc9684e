package api_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/egress"
	"countersign/approvals/keyring"
	"countersign/web/api"
)

// gateway is the API over a real database, with two marketplaces.
type gateway struct {
	*front
	db    *approvaldb.DB
	parts *approvaldb.Parts
	svc   *approvals.Service
	keys  *keyring.Keyring
	clock *approvalstest.Clock
}

func newUUID() string { return uuid.Must(uuid.NewV7()).String() }

func newGateway(t testing.TB, db *approvaldb.DB) *gateway {
	t.Helper()
	return buildGateway(t, db, func(*gateway, *api.Config) {})
}

// gatewayWith is a gateway on SQLite whose API stands on something else.
func gatewayWith(t testing.TB, change func(*gateway, *api.Config)) *gateway {
	t.Helper()
	return buildGateway(t, approvalstest.OpenSQLite(t), change)
}

func buildGateway(t testing.TB, db *approvaldb.DB, change func(*gateway, *api.Config)) *gateway {
	t.Helper()
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{db: db, keys: keys, clock: approvalstest.NewClock()}
	g.parts = approvaldb.New(db, approvaldb.Config{Sealer: keys, NewID: newUUID, Links: keys.Links()})
	g.svc = &approvals.Service{
		Store: g.parts.Store, Reader: g.parts.Reader, Outbox: g.parts.Outbox, Policy: approvalstest.DefaultWaits,
		Links: keys.Links(), FingerprintKey: keys.Fingerprints(), NewID: newUUID, Now: g.clock.Now,
	}
	g.svc.Handoffs = g.parts.Store
	for id, key := range map[approvals.MarketplaceID]string{"market": ourKey, "other": otherKey} {
		err := g.parts.Registry.AddMarketplace(t.Context(), approvals.NewMarketplace{
			Marketplace: approvals.Marketplace{ID: id, Name: string(id), ReturnURLs: []string{returnURL}, CreatedAt: g.clock.Now()},
			KeyHash:     keyHash(key), KeyHint: "cs_test_…",
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	c := api.Config{
		Webhooks: &approvals.Webhooks{
			Endpoints: g.parts.Endpoints, Deliveries: g.parts.Deliveries, CheckURL: egress.Rules{}.Check, NewID: newUUID, Now: g.clock.Now,
		},
		Service: g.svc, Reader: g.parts.Reader, Records: g.parts.Reader, Registry: g.parts.Registry, Answers: g.parts.Answers,
		Releases: keys, Clock: testClock{g}, Test: true, Now: g.clock.Now,
	}
	change(g, &c)
	g.front = newFront(t, c)
	return g
}

func sqliteGateway(t testing.TB) *gateway {
	t.Helper()
	return newGateway(t, approvalstest.OpenSQLite(t))
}

// testClock is what cmd gives a test gateway, without its workers.
type testClock struct{ g *gateway }

func (c testClock) Advance(ctx context.Context, by time.Duration) (time.Time, error) {
	c.g.clock.Advance(by)
	_, err := c.g.svc.Sweep(ctx, c.g.parts.Waker, 100)
	return c.g.clock.Now(), err
}

// fresh makes idempotency keys and sellers that are all different.
func fresh(prefix string) string { return prefix + "-" + uuid.NewString()[:8] }

// body is createBody for another seller.
func body(seller string) string {
	return fmt.Sprintf(`{"kind":"payout_account.change","seller":{"id":%q,"email":"giulia@ferri.example"},"details":%s,"return_url":%q}`,
		seller, detailsBody, returnURL)
}

// create starts an action over the API.
func (g *gateway) create(seller string) answer {
	g.t.Helper()
	a := g.send(request{method: "POST", path: "/v1/actions", body: body(seller), key: fresh("create")})
	if a.status != 201 {
		g.t.Fatalf("create: %d %s", a.status, a.body)
	}
	return a
}

func (a answer) id() string {
	id, _ := a.json["id"].(string)
	return id
}

func (a answer) state() string {
	state, _ := a.json["state"].(string)
	return state
}

// load reads an action past the API.
func (g *gateway) load(id string) approvals.Action {
	g.t.Helper()
	x, err := g.parts.Reader.Action(g.t.Context(), approvals.ActionKey{Marketplace: "market", ID: approvals.ActionID(id)})
	if err != nil {
		g.t.Fatal(err)
	}
	return x
}

func (g *gateway) proof(x approvals.Action, stage approvals.Stage) approvals.Proof {
	return approvals.Proof{
		ID: newUUID(), Action: x.ID, Generation: x.Generation, Stage: stage, Method: approvals.Passkey, Authenticator: newUUID(),
		Digest: x.Digest, UV: true, Spent: newUUID(), Evidence: []byte(`{}`), At: g.clock.Now(),
	}
}

// accepting is a mail server that takes everything.
type accepting struct{}

func (accepting) Send(context.Context, approvals.OutMail) (approvals.Verdict, string, error) {
	return approvals.VerdictAccepted, "250 OK", nil
}

// mail sends what is due.
func (g *gateway) mail() {
	g.t.Helper()
	rows, err := g.parts.Waker.Outgoing(g.t.Context(), g.clock.Now(), 100)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, r := range rows {
		if r.Kind == approvals.OutgoingMail {
			if err := g.svc.SendMail(g.t.Context(), accepting{}, r.ID); err != nil {
				g.t.Fatal(err)
			}
		}
	}
}

// drive takes a new action up to one of the states on the way to approved, as
// the seller, the mail server and time do.
func (g *gateway) drive(id string, to approvals.State) {
	g.t.Helper()
	must := func(x approvals.Action, err error) approvals.Action {
		g.t.Helper()
		if err != nil {
			g.t.Fatal(err)
		}
		return x
	}
	for x := g.load(id); x.State != to; x = g.load(id) {
		switch x.State {
		case approvals.AwaitingStepUp:
			must(g.svc.StepUp(g.t.Context(), x.Key(), g.proof(x, approvals.StageStepUp)))
		case approvals.Notifying:
			g.mail()
		case approvals.CoolingOff:
			g.clock.Set(x.NotBefore)
			if _, err := g.svc.Sweep(g.t.Context(), g.parts.Waker, 100); err != nil {
				g.t.Fatal(err)
			}
		case approvals.AwaitingConfirmation:
			hash := approvals.HashToken(g.svc.Links.Token(approvals.ConfirmLink, x.ID, x.ConfirmSerial))
			must(g.svc.Confirm(g.t.Context(), x.Key(), hash, g.proof(x, approvals.StageConfirmation)))
		default:
			g.t.Fatalf("cannot drive from %s to %s", x.State, to)
		}
	}
}

// count returns how many actions there are in all.
func (g *gateway) count() int {
	g.t.Helper()
	n := 0
	for _, m := range []approvals.MarketplaceID{"market", "other"} {
		found, err := g.parts.Reader.Actions(g.t.Context(), approvals.Query{Marketplace: m, Limit: 100})
		if err != nil {
			g.t.Fatal(err)
		}
		n += len(found)
	}
	return n
}

// member returns a member of an object inside an answer.
func member(t testing.TB, v map[string]any, path ...string) any {
	t.Helper()
	for _, name := range path[:len(path)-1] {
		inner, ok := v[name].(map[string]any)
		if !ok {
			t.Fatalf("no %s in %v", name, v)
		}
		v = inner
	}
	return v[path[len(path)-1]]
}
