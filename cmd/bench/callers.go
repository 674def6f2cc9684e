package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// drive lets callers do one thing again and again for d, each finishing what it
// has begun, and returns how often a second it was done.
func drive(ctx context.Context, callers int, d time.Duration, once func(ctx context.Context, caller int) error) (float64, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var done atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for caller := range callers {
		all.Go(func() {
			for time.Since(began) < d && ctx.Err() == nil {
				if err := once(ctx, caller); err != nil {
					stop(err)
					return
				}
				done.Add(1)
			}
		})
	}
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	return float64(done.Load()) / time.Since(began).Seconds(), nil
}

// each does f for 0 to n-1, some at a time, until one fails.
func each(ctx context.Context, n, atOnce int, f func(ctx context.Context, i int) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(n, atOnce) {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(n) && ctx.Err() == nil; i = next.Add(1) - 1 {
				if err := f(ctx, int(i)); err != nil {
					stop(err)
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// until asks again every few milliseconds, for at most d.
func until(ctx context.Context, d time.Duration, done func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, d, errors.New("it took longer than "+d.String()))
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := done(ctx)
		if ok || err != nil {
			return err
		}
		if err := pause(ctx, tick.C); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, c <-chan time.Time) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-c:
		return nil
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	return pause(ctx, timer.C)
}
