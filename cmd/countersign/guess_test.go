package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/client"
	"countersign/web/webtest"
)

// spread sends each request to the next node.
type spread struct {
	nodes []http.RoundTripper
	next  atomic.Int64
}

func (s *spread) RoundTrip(r *http.Request) (*http.Response, error) {
	return s.nodes[int(s.next.Add(1))%len(s.nodes)].RoundTrip(r)
}

// guesser is a browser in a seller's session whose requests go to three nodes.
type guesser struct {
	*pair
	seller *webtest.Seller
	ahead  atomic.Int64 // of this machine's clock, what the gateway's is
	shift  time.Duration
}

func (g *guesser) now() time.Time {
	return time.Now().Add(time.Duration(g.ahead.Load())).Add(g.shift)
}

// advance moves the time of all nodes.
func (g *guesser) advance(by time.Duration) {
	g.t.Helper()
	now, err := g.shopA.AdvanceTestClock(g.t.Context(), by)
	if err != nil {
		g.t.Fatal(err)
	}
	g.ahead.Store(int64(time.Until(now)))
}

// wrong is a code that the app shows at no time near to now.
func (g *guesser) wrong() string {
	near := map[string]bool{}
	for step := -10; step <= 10; step++ {
		g.shift = time.Duration(step) * 30 * time.Second
		near[g.seller.Code()] = true
	}
	g.shift = 0
	for n := 0; ; n++ {
		if code := fmt.Sprintf("%06d", n); !near[code] {
			return code
		}
	}
}

// atOnce posts a code many times, all at once.
func (g *guesser) atOnce(times int, page *webtest.Page, code string) {
	var all sync.WaitGroup
	for range times {
		all.Go(func() {
			form := url.Values{"csrf": {page.Fields["csrf"]}, "totp": {code}}
			if _, err := g.seller.Post(context.WithoutCancel(g.t.Context()), page.Code, form); err != nil {
				g.t.Error(err)
			}
		})
	}
	all.Wait()
}

func (g *guesser) count(query string) int {
	g.t.Helper()
	n, err := g.a.rows(query)
	if err != nil {
		g.t.Fatal(err)
	}
	return n
}

// TestThreeNodes_FiveGuesses (RELIABILITY I16, STANDARDS PS-05, OT-06): of 500
// wrong codes sent to three processes on one PostgreSQL exactly five are looked
// at, then the action has failed and proving is blocked. They come in five waves
// of a hundred at once, so that the pauses between them are over.
func TestThreeNodes_FiveGuesses(t *testing.T) {
	t.Parallel()
	g := &guesser{pair: newPair(t)}
	third := g.a.sibling()
	third.start()
	var err error
	nodes := &spread{nodes: []http.RoundTripper{g.a.transport(), g.b.transport(), third.transport()}}
	if g.seller, err = webtest.NewSeller(g.a.url, nodes); err != nil {
		t.Fatal(err)
	}
	g.seller.UseApp(g.now)
	g.advance(time.Second)

	l, ctx := g.life(), t.Context()
	first, err := g.shopA.CreateAction(ctx, l.change())
	if err != nil {
		t.Fatal(err)
	}
	if err := g.seller.Approve(ctx, first.Next.URL); err != nil {
		t.Fatal(err)
	}
	if _, err := g.shopA.CancelAction(ctx, first.ID, "changed_mind"); err != nil {
		t.Fatal(err)
	}
	action, err := g.shopA.CreateAction(ctx, l.change())
	if err != nil {
		t.Fatal(err)
	}
	page, err := g.seller.Get(ctx, action.Next.URL)
	if err != nil {
		t.Fatal(err)
	}
	if page, err = g.seller.Get(ctx, page.Path+"/code"); err != nil || page.Code == "" {
		t.Fatalf("no page for a code: %+v, %v", page, err)
	}
	for range 5 {
		g.atOnce(100, page, g.wrong())
		g.advance(30 * time.Second)
	}
	if n := g.count("SELECT count(*) FROM events WHERE verb = 'proof_refused'"); n != 5 {
		t.Errorf("%d codes were looked at, want 5\n%s", n, g.a.log())
	}
	if n := g.count("SELECT count(*) FROM events WHERE verb = 'proving_blocked'"); n != 1 {
		t.Errorf("%d blocks began, want 1", n)
	}
	if n := g.count("SELECT failures FROM authenticators"); n != 5 {
		t.Errorf("%d failures of the app, want 5", n)
	}
	if now, err := g.shopB.Action(ctx, action.ID); err != nil || now.State != client.FailedState {
		t.Errorf("the action is %+v, %v", now, err)
	}
}
