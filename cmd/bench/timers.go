package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"countersign/approvals"
)

const (
	timerWait   = 6 * time.Second  // how long the measured actions cool off
	idleWatched = 10 * time.Second // how long an idle node is watched
)

// timers is P7: how late a node makes the moves that time asks for while many
// others wait, and what looking costs it when nothing is due.
func timers(ctx context.Context, b *bench) error {
	for _, kind := range b.kinds() {
		e, err := b.filled(ctx, kind, b.many)
		if err != nil {
			return err
		}
		if err := b.timersOn(ctx, kind, e); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) timersOn(ctx context.Context, kind string, e *engine) (err error) {
	poll, err := b.newPolled(ctx, kind)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, poll.close()) }()
	g, err := b.newGateway(ctx, e.url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.stop()) }()
	_, err = b.compare(ctx, comparison{
		figure: "P7", what: fmt.Sprintf("lateness (p99) of %d timers on %s with %d waiting", b.due, kind, b.many),
		unit: "ms", target: target{atMost: true, ratio: 0.15}, cold: true,
		ours: contender{"cooling-off that ends", func(ctx context.Context, _ time.Duration) (float64, error) { return e.lateness(ctx, b.due) }},
		peer: contender{"a job queue polled every second", func(ctx context.Context, _ time.Duration) (float64, error) { return poll.lateness(ctx, b.due) }},
	})
	if err != nil {
		return err
	}
	return b.idleCost(ctx, kind, e, g)
}

// lateness brings n actions of new sellers to their wait, lets the node end it,
// and returns how many milliseconds after its time the ninety-ninth of a
// hundred was opened.
func (e *engine) lateness(ctx context.Context, n int) (float64, error) {
	waiting, turn := e.waiting(timerWait), newID()
	var mu sync.Mutex
	var open []approvals.ActionKey
	err := each(ctx, n, 8, func(ctx context.Context, i int) error {
		a, _, err := waiting.stepUp(ctx, fmt.Sprintf("timer-%s-%d", turn, i))
		mu.Lock()
		defer mu.Unlock()
		open = append(open, a.Key())
		return err
	})
	if err != nil {
		return 0, err
	}
	if err := sleep(ctx, timerWait); err != nil {
		return 0, err
	}
	late := make([]time.Duration, 0, n)
	err = until(ctx, 2*time.Minute, func(ctx context.Context) (bool, error) {
		if len(open) == 0 {
			return true, nil
		}
		a, err := e.parts.Reader.Action(ctx, open[0])
		if err != nil || a.State != approvals.AwaitingConfirmation {
			return false, err
		}
		open, late = open[1:], append(late, a.MovedAt.Sub(a.NotBefore))
		return false, nil
	})
	return float64(quantile(late, 0.99).Microseconds()) / 1000, err
}

// idleCost watches a node that has nothing to do.
func (b *bench) idleCost(ctx context.Context, kind string, e *engine, g *gateway) error {
	if err := sleep(ctx, settleIdle); err != nil {
		return err
	}
	own := cpuOf(g.pid())
	server := b.databaseCPU(kind)
	if err := sleep(ctx, idleWatched); err != nil {
		return err
	}
	of := func(used time.Duration) string { return short(100*used.Seconds()/idleWatched.Seconds()) + " %" }
	cost := of(cpuOf(g.pid()) - own)
	if kind == postgresKind {
		cost += ", PostgreSQL " + of(b.databaseCPU(kind)-server)
	}
	b.line("idle node, of a core", "%s, target at most 0.5 %%", cost)
	if kind != postgresKind {
		return b.idlePass(ctx, e, "idle pass of the sweeper")
	}
	return b.idleBuffers(ctx, e)
}

// databaseCPU is the processor time of the server, zero on SQLite.
func (b *bench) databaseCPU(kind string) time.Duration {
	if kind != postgresKind {
		return 0
	}
	return b.postgres.cpu()
}
