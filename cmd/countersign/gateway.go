package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/audit"
	"countersign/approvals/deliver"
	"countersign/approvals/desk"
	"countersign/approvals/jobs"
	"countersign/approvals/keyring"
	"countersign/auth"
	"countersign/auth/authdb"
	"countersign/web"
	"countersign/web/problem"
	"countersign/web/proxy"
	"countersign/web/seller"
)

// Gateway is one running node: every part built once, started and stopped in
// order.
type Gateway struct {
	Config Config
	Keys   *keyring.Keyring
	Log    *slog.Logger
	Clock  *Clock

	db         *approvaldb.DB
	parts      *approvaldb.Parts
	service    *approvals.Service
	mailer     *deliver.Mailer
	courier    *deliver.Courier
	queue      *jobs.Queue
	sweeper    *jobs.Sweeper
	sender     *approvals.Sender // of pushes; nil without routes
	public     *http.Server
	doors      []*door
	proxy      *proxy.Proxy // nil without routes
	sessions   auth.Sessions
	proofs     *auth.Service
	people     *auth.People
	presences  auth.Sessions // of people
	uses       *approvals.KeyUses
	policies   *desk.Policies
	inForce    *desk.InForce
	unsent     unsent
	unresolved unresolved
	pace       pace
	metrics    *web.Metrics
	refusals   problem.Recent
	skewed     atomic.Bool // not ready at the last look
	stopping   atomic.Bool // no push is begun any more
}

// settings are what differs between a node and a demo.
type settings struct {
	HumanDelay time.Duration
	Dwell      time.Duration
	DemoWait   time.Duration // zero: no demo
	SweepEvery time.Duration
}

// nodeSettings are those of "countersign serve".
func nodeSettings() settings {
	return settings{HumanDelay: approvals.DefaultHumanDelay, Dwell: seller.DefaultDwell, SweepEvery: 2 * time.Second}
}

// open connects to the database, checks its schema and builds every part.
func open(ctx context.Context, cfg Config, keys *keyring.Keyring, log *slog.Logger, s settings) (*Gateway, error) {
	g := &Gateway{Config: cfg, Keys: keys, Log: log, Clock: &Clock{}, uses: &approvals.KeyUses{}}
	var err error
	if g.db, err = openDatabase(ctx, cfg.Database, forNode); err != nil {
		return nil, err
	}
	if err := g.build(ctx, s); err != nil {
		return nil, errors.Join(err, g.db.Close())
	}
	return g, nil
}

func (g *Gateway) build(ctx context.Context, s settings) error {
	if err := checkSchema(ctx, g.db); err != nil {
		return err
	}
	work := &work{}
	if err := g.buildQueue(work); err != nil {
		return err
	}
	g.parts = approvaldb.New(g.db, approvaldb.Config{Sealer: g.Keys, Enqueuer: g.queue, NewID: newID, Links: g.Keys.Links(), Effect: authdb.Effect, RingsAcross: g.Config.Rings.across()})
	if err := g.startClock(ctx); err != nil {
		return err
	}
	numbers, err := g.Config.modulusTable()
	if err != nil {
		return err
	}
	g.buildPolicy(ctx, s)
	g.service = &approvals.Service{
		Store: g.parts.Store, Reader: g.parts.Reader, Outbox: g.parts.Outbox, Notices: g.parts.Notices, Handoffs: g.parts.Store, Signals: g.parts.Reader,
		Recoveries: g.parts.Recoveries, Rings: g.parts.Rings, Policy: g.inForce, Numbers: numbers,
		Links: g.Keys.Links(), FingerprintKey: g.Keys.Fingerprints(), HumanDelay: s.HumanDelay, InstantAge: 7 * s.DemoWait,
		NewID: newID, Now: g.Clock.Now, Sure: g.sure, Ruled: g.inForce.Known, Broken: g.broken,
	}
	if err := g.buildDelivery(s); err != nil {
		return err
	}
	work.service, work.mailer, work.courier, work.push = g.service, g.mailer, g.courier, g.push
	g.sweeper = &jobs.Sweeper{Service: g.service, Waker: g.parts.Waker, Every: s.SweepEvery, Log: g.Log}
	if err := g.buildWeb(ctx, s); err != nil {
		return err
	}
	if err := g.buildProxy(ctx); err != nil {
		return err
	}
	g.sweeper.Announce = g.announce
	g.sweeper.Lapse = g.deskCases().Advance
	return nil
}

// announce tells of authenticators that count by now, by a clock that is sure.
func (g *Gateway) announce(ctx context.Context, limit int) (int, error) {
	if err := g.sure(); err != nil {
		return 0, err
	}
	return g.proofs.AnnounceUsable(ctx, limit)
}

// broken halts all releases on all nodes: stored data contradicts itself.
func (g *Gateway) broken(ctx context.Context, where string) {
	g.Log.Error("broken assertion: releases are halted", "where", where)
	err := g.parts.Governor.Halt(context.WithoutCancel(ctx), approvals.Halt{
		By: audit.Actor{Type: audit.System}, Reason: "broken assertion: " + where, At: g.Clock.Now(),
	})
	if err != nil {
		g.Log.Error("halt", "error", err)
	}
}

// Run serves on the public listener, and on the doors that are open, until ctx
// ends, then stops taking requests, finishes those it has, and stops the workers.
func (g *Gateway) Run(ctx context.Context, public net.Listener) error {
	g.look(ctx) // before anything is decided here
	if err := g.queue.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	sweeping, rest := context.WithCancel(context.WithoutCancel(ctx))
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { g.sweeper.Run(sweeping) })
	running.Go(func() { g.watch(watching) })
	failed := make(chan error, 1+len(g.doors))
	running.Go(func() { failed <- serveOn(g.public, public) })
	for _, d := range g.doors {
		if d.listener != nil {
			running.Go(func() { failed <- serveOn(d.server, d.listener) })
		}
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	rest() // nothing more is taken up: other nodes see to it
	err = errors.Join(err, g.shutdown())
	stop()
	running.Wait()
	return err
}

// Close gives up the database. Call it after Run.
func (g *Gateway) Close() error { return g.db.Close() }

func serveOn(s *http.Server, l net.Listener) error {
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	}
	return nil
}

// Ready implements web.Readiness: the database answers and its clock agrees
// with this machine's.
func (g *Gateway) Ready(ctx context.Context) error { return ready(ctx, g.db, g.Clock) }

var _ web.Readiness = (*Gateway)(nil)
