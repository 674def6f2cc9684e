package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// size is P11: what a node holds in memory, and what a lifecycle leaves on disk.
func size(ctx context.Context, b *bench) error {
	for _, kind := range b.kinds() {
		b.say("P11  memory and disk on %s\n", kind)
		url, err := b.newDatabase(ctx, kind)
		if err != nil {
			return err
		}
		if err := b.lightLoad(ctx, kind, url); err != nil {
			return err
		}
		e, err := b.filled(ctx, kind, b.many)
		if err != nil {
			return err
		}
		if err := b.crowdMemory(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// settleIdle is how long a node is left alone before its memory is read: some
// sweeps, and the first collections of garbage.
const settleIdle = 5 * time.Second

// lightLoad measures a node before and after it worked.
func (b *bench) lightLoad(ctx context.Context, kind, url string) (err error) {
	g, err := b.newGateway(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.stop()) }()
	if err := b.idleMemory(ctx, g, "memory idle, empty database", ", target at most 60"); err != nil {
		return err
	}
	s, err := newSellers(ctx, g, min(b.sellers, 64))
	if err != nil {
		return err
	}
	perLifecycle, err := b.diskOf(ctx, kind, url, s)
	if err != nil {
		return err
	}
	b.line("disk per lifecycle", "%s, target at most 2.5 KB", perLifecycle)
	m, err := memoryOf(g.pid())
	b.line("memory after work", "%s MB, %s at the most, %d sellers", short(m.now), short(m.peak), len(s.all))
	return err
}

func (b *bench) idleMemory(ctx context.Context, g *gateway, name, note string) error {
	if err := sleep(ctx, settleIdle); err != nil {
		return err
	}
	m, err := memoryOf(g.pid())
	b.line(name, "%s MB, %s at the most%s", short(m.now), short(m.peak), note)
	return err
}

func (b *bench) crowdMemory(ctx context.Context, e *engine) (err error) {
	g, err := b.newGateway(ctx, e.url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.stop()) }()
	return b.idleMemory(ctx, g, fmt.Sprintf("memory with %d waiting", b.many), ", target at most 64 with 1000000")
}

// diskOf lets sellers work and says what each lifecycle added to the database,
// as it grew and packed.
func (b *bench) diskOf(ctx context.Context, kind, url string, s *sellers) (string, error) {
	before, err := b.measure(ctx, kind, url)
	if err != nil {
		return "", err
	}
	from := s.done.Load()
	stop := s.busy(ctx, 0)
	if err := errors.Join(sleep(ctx, 6*b.turn), stop(), sleep(ctx, time.Second)); err != nil {
		return "", err
	}
	after, err := b.measure(ctx, kind, url)
	if err != nil {
		return "", err
	}
	done := float64(s.done.Load() - from)
	if done == 0 {
		return "", errors.New("no lifecycle ended; give it a longer -turn")
	}
	return fmt.Sprintf("%s KB as it grew, %s KB packed, over %.0f lifecycles",
		short(float64(after.grown-before.grown)/done/1000), short(float64(after.packed-before.packed)/done/1000), done), nil
}
