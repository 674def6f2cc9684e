package api_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/web/api"
	"countersign/web/rate"
)

// limitedGateway has limits of so many calls and failures a minute.
func limitedGateway(t *testing.T, calls, failures int) *gateway {
	t.Helper()
	return gatewayWith(t, func(g *gateway, c *api.Config) {
		store, err := rate.Memory(g.clock.Now)
		if err != nil {
			t.Fatal(err)
		}
		if c.Limits.Calls, err = rate.New(store, "calls", calls, g.clock.Now); err != nil {
			t.Fatal(err)
		}
		if c.Limits.Failures, err = rate.New(store, "failures", failures, g.clock.Now); err != nil {
			t.Fatal(err)
		}
	})
}

// PA-01: too many is 429 with the time to come back; it is never kept under
// the key, so that the same request works then.
func TestLimits_calls(t *testing.T) {
	t.Parallel()
	g := limitedGateway(t, 2, 60)
	first := g.send(request{method: "GET", path: "/v1/actions"})
	if first.status != 200 || first.header.Get("RateLimit-Policy") != `"calls";q=2;w=60` || first.header.Get("RateLimit") != `"calls";r=1;t=30` {
		t.Fatalf("%d %v", first.status, first.header)
	}
	made := g.create("S-1")
	again := request{method: "POST", path: "/v1/actions", body: body("S-2"), key: "kept"}
	late := g.send(again)
	if late.status != 429 || late.code() != "rate_limited" || late.header.Get("Retry-After") != "30" || late.json["retry_after"] != 30.0 ||
		late.header.Get("RateLimit") != `"calls";r=0;t=60` {
		t.Fatalf("%d %s %v", late.status, late.body, late.header)
	}
	other := g.raw(request{method: "GET", path: "/v1/actions", change: func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+otherKey) }})
	if other.status != 200 {
		t.Errorf("another marketplace: %d", other.status)
	}
	for path, b := range map[string]string{"/v1/actions/" + made.id() + "/cancel": `{"reason":"not_me"}`, "/v1/sellers/S-1/lock": `{"reason":"called"}`} {
		if a := g.send(request{method: "POST", path: path, body: b, key: fresh("stop")}); a.status != 200 || a.header.Get("RateLimit") != "" {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	g.clock.Advance(30 * time.Second)
	if a := g.send(again); a.status != 201 || a.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("30 seconds later: %d %s", a.status, a.body)
	}
}

// A good key on a call that it may not make is counted as its marketplace's.
func TestLimits_scope(t *testing.T) {
	t.Parallel()
	g := limitedGateway(t, 2, 60)
	reader := keyed(g.keyWith(approvals.KeyWish{Scopes: []approvals.Scope{approvals.ScopeActionsRead}}))
	for i, want := range []int{403, 403, 429} {
		if got := g.send(request{method: "GET", path: "/v1/events", change: reader}).status; got != want {
			t.Errorf("call %d: %d, want %d", i+1, got, want)
		}
	}
	if got := g.send(request{method: "POST", path: "/v1/sellers/S-1/lock", body: `{"reason":"called"}`, key: fresh("stop"), change: reader}).status; got != 403 {
		t.Errorf("a call that stops: %d, want 403", got)
	}
}

// Bad keys are counted for the address they come from, on calls that stop too;
// a good key works from that address, and an address that cannot be told apart
// is not counted.
func TestLimits_failures(t *testing.T) {
	t.Parallel()
	g := limitedGateway(t, 100, 2)
	from := func(addr, key string) func(*http.Request) {
		return func(r *http.Request) { r.RemoteAddr = addr; r.Header.Set("Authorization", "Bearer "+key) }
	}
	const guesser, neighbour = "203.0.113.9:1", "203.0.113.10:1"
	try := func(addr, key string) int {
		return g.raw(request{method: "GET", path: "/v1/actions", change: from(addr, key)}).status
	}
	for i, want := range []int{401, 401, 429} {
		if got := try(guesser, "cs_test_guess"); got != want {
			t.Errorf("guess %d: %d, want %d", i+1, got, want)
		}
	}
	stop := request{method: "POST", path: "/v1/actions/x/cancel", body: `{"reason":"not_me"}`, key: "k", change: from(guesser, "cs_test_guess")}
	if a := g.raw(stop); a.status != 429 {
		t.Errorf("a guess at cancelling: %d", a.status)
	}
	if got := try(guesser, ourKey); got != 200 {
		t.Errorf("a good key from there: %d", got)
	}
	if got := try(neighbour, "cs_test_guess"); got != 401 {
		t.Errorf("another address: %d", got)
	}
	for range 4 {
		if got := try("127.0.0.1:1", "cs_test_guess"); got != 401 {
			t.Errorf("this machine: %d", got)
		}
	}
}

// Two nodes on one PostgreSQL count one marketplace together, however its calls
// fall on them; and cancelling passes on both when nothing else does.
func TestLimits_twoNodes(t *testing.T) {
	t.Parallel()
	const calls, tried = 12, 60
	db := approvalstest.OpenPostgres(t)
	var config api.Config
	limits := func(g *gateway, c *api.Config) {
		l, err := rate.New(approvaldb.NewLimits(db, g.clock.Now), "calls", calls, g.clock.Now)
		if err != nil {
			t.Fatal(err)
		}
		c.Limits.Calls = l
		config = *c
	}
	g := buildGateway(t, db, limits)
	id := g.create("S-1").id()
	limits(g, &config)
	nodes := []*front{g.front, newFront(t, config)}
	var through, refused atomic.Int64
	var all sync.WaitGroup
	for worker := range 6 {
		all.Go(func() {
			for range tried / 6 {
				switch a := nodes[worker%2].raw(request{method: "GET", path: "/v1/actions/" + id}); a.status {
				case 200:
					through.Add(1)
				case 429:
					refused.Add(1)
				default:
					t.Errorf("%d %s", a.status, a.body)
				}
			}
		})
	}
	all.Wait()
	if through.Load() != calls-1 || refused.Load() != tried-calls+1 { // creating was a call
		t.Errorf("%d through, %d refused of %d", through.Load(), refused.Load(), tried)
	}
	for i, n := range nodes {
		stop := request{method: "POST", path: "/v1/actions/" + id + "/cancel", body: `{"reason":"not_me"}`, key: fresh("stop")}
		if a := n.raw(stop); a.status != 200 {
			t.Errorf("node %d: cancelling: %d %s", i, a.status, a.body)
		}
	}
}
