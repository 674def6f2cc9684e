package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"countersign/approvals/approvalstest"
	"countersign/client"
	"countersign/cmd/countersign/demo"
	"countersign/web/webtest"
)

// pair is two nodes on one PostgreSQL, behind one public URL.
type pair struct {
	t       *testing.T
	a, b    *node
	shopA   *client.Client
	shopB   *client.Client
	mailbox *demo.Mailbox
	sink    *httptest.Server
}

func newPair(t *testing.T) *pair {
	t.Helper()
	smtp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &pair{t: t}
	if p.mailbox, err = demo.OpenMailbox(demo.MailboxConfig{Listener: smtp, Dir: t.TempDir(), Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	go func() { _ = p.mailbox.Serve() }()
	t.Cleanup(func() { _ = p.mailbox.Shutdown(context.Background()) })
	p.sink = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	t.Cleanup(p.sink.Close)

	p.a = newNode(t, buildWithCrashpoints(t), approvalstest.MigratedPostgres(t), smtp.Addr().String())
	market := p.a.prepare(p.sink.URL)
	p.b = p.a.sibling()
	p.a.start()
	p.b.start()
	p.shopA, p.shopB = p.shop(p.a, market), p.shop(p.b, market)
	return p
}

func (p *pair) shop(n *node, m madeMarketplace) *client.Client {
	p.t.Helper()
	c, err := client.New(n.url, m.APIKey, client.Tries(1), described(p.t, n.transport()))
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

// life is one whose gateway is the pair.
func (p *pair) life() *life {
	return &life{t: p.t, receiver: p.sink, mailbox: p.mailbox, node: p.a}
}

// approved takes an action through both proofs, changing nodes at each step.
func (p *pair) approved(l *life) *client.Action {
	p.t.Helper()
	return p.approve(l, l.change())
}

func (p *pair) approve(l *life, asked client.NewAction) *client.Action {
	p.t.Helper()
	ctx := p.t.Context()
	action, err := p.shopA.CreateAction(ctx, asked)
	if err != nil {
		p.t.Fatal(err)
	}
	seller, err := webtest.NewSeller(p.b.url, p.b.transport())
	if err != nil {
		p.t.Fatal(err)
	}
	if err := seller.Approve(ctx, action.Next.URL); err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.shopA.AdvanceTestClock(ctx, 24*time.Hour+time.Minute); err != nil {
		p.t.Fatal(err)
	}
	p.eventually("node b sees the time that node a moved", func() bool {
		return seller.Confirm(ctx, l.link("/confirm/")) == nil
	})
	return action
}

// eventually tries for a minute: a dead node's work goes on within 45 seconds
// (RELIABILITY L2).
func (p *pair) eventually(what string, ok func() bool) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	for !ok() {
		select {
		case <-ctx.Done():
			p.t.Fatalf("not within a minute: %s\n%s\n%s", what, p.a.log(), p.b.log())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// F-45: many claims of one action over two nodes have one winner.
func TestTwoNodes_OneClaimWins(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	l := p.life()
	action := p.approved(l)
	var mu sync.Mutex
	tokens, refused := map[string]int{}, map[string]int{}
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			shop := p.shopA
			if i%2 == 1 {
				shop = p.shopB
			}
			claimed, err := shop.Claim(t.Context(), action.ID, l.change().Details)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				tokens[claimed.ReleaseToken]++
			} else if client.HasCode(err, "already_claimed") {
				refused["already_claimed"]++
			} else {
				refused[err.Error()]++
			}
		})
	}
	all.Wait()
	if len(tokens) != 1 || refused["already_claimed"] != 49 {
		t.Fatalf("tokens %d, refused %v", len(tokens), refused)
	}
	done, err := p.shopB.Report(t.Context(), action.ID, client.Executed("bank-1"))
	if err != nil || done.State != "executed" {
		t.Fatalf("%+v, %v", done, err)
	}
}

// Rule 17: a halt by one operator stops releases on all nodes, and a resume
// lets them go on.
func TestRule17_HaltStopsAllNodes(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	l := p.life()
	action := p.approved(l)
	if err := (&HaltCmd{configFlag{p.a.config}, "drill"}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, shop := range []*client.Client{p.shopA, p.shopB} {
		if _, err := shop.Claim(t.Context(), action.ID, l.change().Details); !client.HasCode(err, "releases_halted") {
			t.Fatalf("claim while halted: %v", err)
		}
	}
	if err := (&ResumeCmd{configFlag{p.a.config}, "drill over"}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.shopB.Claim(t.Context(), action.ID, l.change().Details); err != nil {
		t.Fatalf("claim after resume: %v", err)
	}
}

// L2: the work of a killed node is done by the one that is left.
func TestTwoNodes_OneDies(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	l := p.life()
	action, err := p.shopA.CreateAction(t.Context(), l.change())
	if err != nil {
		t.Fatal(err)
	}
	seller, err := webtest.NewSeller(p.a.url, p.a.transport())
	if err != nil {
		t.Fatal(err)
	}
	if err := seller.Approve(t.Context(), action.Next.URL); err != nil {
		t.Fatal(err)
	}
	if err := p.a.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.a.ended
	p.eventually("the notice is accepted and the clock started", func() bool {
		now, err := p.shopB.Action(t.Context(), action.ID)
		return err == nil && now.State == "cooling_off"
	})
}
