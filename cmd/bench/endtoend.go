package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// rampUp is how long sellers are busy before a turn is measured: about as long
// as one of them takes for a lifecycle, so that as many are at each step as ever.
const rampUp = 9 * time.Second

// endToEnd is P6.
func endToEnd(ctx context.Context, b *bench) error {
	for _, kind := range b.kinds() {
		peer, done, err := b.peerOf(ctx, kind)
		if err != nil {
			b.say("P6   on %s is left out: %v\n", kind, err)
			continue
		}
		if err := errors.Join(b.endToEndOn(ctx, kind, peer), done()); err != nil {
			return err
		}
	}
	return nil
}

// peerOf is the best that the moves alone can be done with on this database.
func (b *bench) peerOf(ctx context.Context, kind string) (contender, func() error, error) {
	if kind == postgresKind {
		p, err := b.newPgbench(ctx)
		if err != nil {
			return contender{}, nil, err
		}
		return p.contender(p.best), func() error { return nil }, nil
	}
	h, err := b.newHandmade(ctx, "FULL")
	if err != nil {
		return contender{}, nil, err
	}
	return h.contender(callersSQLite), h.close, nil
}

func (b *bench) endToEndOn(ctx context.Context, kind string, peer contender) (err error) {
	url, err := b.newDatabase(ctx, kind)
	if err != nil {
		return err
	}
	g, err := b.newGateway(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.stop()) }()
	s, err := newSellers(ctx, g, b.sellers)
	if err != nil {
		return err
	}
	used := &usage{bench: b, gateway: g, kind: kind}
	_, err = b.compare(ctx, comparison{
		figure: "P6", what: fmt.Sprintf("lifecycles end to end on %s: HTTP, two real proofs, mails, webhook; %d sellers", kind, b.sellers),
		unit: "lifecycles/s", target: target{ratio: 1, note: " (0.5 now)"}, peer: peer, cold: true, // the sellers have warmed it
		ours: contender{"gateway", func(ctx context.Context, d time.Duration) (float64, error) { return s.turn(ctx, 2*d, used) }},
	})
	if err != nil {
		return err
	}
	b.line("CPU per lifecycle", "%s", used)
	if m, err := memoryOf(g.pid()); err == nil {
		b.line("memory of the gateway", "%s MB, %s at the most", short(m.now), short(m.peak))
	}
	b.line("mails and webhooks taken", "%d and %d for %d lifecycles; %d confirmations were asked to wait",
		g.mail.taken.Load(), g.hooks.taken.Load(), s.done.Load(), s.tooEarly.Load())
	s.calls.report(b)
	return nil
}

// turn measures d of busy sellers, after a ramp-up.
func (s *sellers) turn(ctx context.Context, d time.Duration, used *usage) (float64, error) {
	stop := s.busy(ctx, rampUp)
	err := sleep(ctx, rampUp)
	s.calls.record(true)
	before, began := s.done.Load(), time.Now()
	used.begin()
	if err == nil {
		err = sleep(ctx, d)
	}
	done, took := float64(s.done.Load()-before), time.Since(began)
	used.end(done)
	s.calls.record(false)
	return done / took.Seconds(), errors.Join(err, stop())
}

// usage is the processor time that lifecycles cost, by who used it.
type usage struct {
	bench   *bench
	gateway *gateway
	kind    string
	done    float64
	from    [3]time.Duration
	sum     [3]time.Duration // the gateway, PostgreSQL, and this process: browsers, mail server, marketplace
}

func (u *usage) now() [3]time.Duration {
	return [3]time.Duration{cpuOf(u.gateway.pid()), u.bench.databaseCPU(u.kind), ownCPU()}
}

func (u *usage) begin() { u.from = u.now() }

func (u *usage) end(done float64) {
	for i, t := range u.now() {
		u.sum[i] += t - u.from[i]
	}
	u.done += done
}

// String says where the processor time went.
func (u *usage) String() string {
	s := "gateway " + perLifecycle(u.sum[0], u.done)
	if u.sum[1] > 0 {
		s += ", PostgreSQL " + perLifecycle(u.sum[1], u.done)
	}
	return s + ", browsers and strangers " + perLifecycle(u.sum[2], u.done)
}
