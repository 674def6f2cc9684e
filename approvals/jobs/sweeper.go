package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"countersign/approvals"
)

// batch is how many actions, and how many outgoing rows, one pass takes up.
const batch = 100

// Sweeper runs on every node, outside River. Each pass makes the moves that
// are due and wakes workers for outgoing rows that are due, so that nothing
// depends on a leader or on a job that was lost (RELIABILITY §6.5).
type Sweeper struct {
	Service *approvals.Service
	Waker   approvals.Waker
	// Announce tells of first authenticators whose wait is over, this many at
	// most, and returns how many it dealt with; nil tells of none.
	Announce func(ctx context.Context, limit int) (int, error)
	// Lapse ends proposals of the desk that nobody answered in time; nil ends none.
	Lapse func(ctx context.Context) (int, error)
	Every time.Duration
	Log   *slog.Logger
}

// Run sweeps until ctx ends.
func (s *Sweeper) Run(ctx context.Context) {
	tick := time.NewTicker(s.Every)
	defer tick.Stop()
	for {
		if err := s.Pass(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("sweep", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Pass takes up everything that is due now, batch by batch. An action that
// cannot be moved keeps no mail or webhook from going out.
func (s *Sweeper) Pass(ctx context.Context) error {
	var announced error
	if s.Announce != nil {
		announced = untilFew(func() (int, error) { return s.Announce(ctx, batch) })
	}
	if s.Lapse != nil {
		announced = errors.Join(announced, untilFew(func() (int, error) { return s.Lapse(ctx) }))
	}
	swept := untilFew(func() (int, error) { return s.Service.Sweep(ctx, s.Waker, batch) })
	spread := untilFew(func() (int, error) { return s.Service.SpreadRings(ctx, batch) })
	recovered := untilFew(func() (int, error) { return s.Service.AdvanceRecoveries(ctx, batch) })
	told := untilFew(func() (int, error) { return s.Service.Tell(ctx, batch) })
	woken := untilFew(func() (int, error) { return s.Waker.Wake(ctx, s.Service.Now(), batch) })
	return errors.Join(swept, announced, spread, recovered, told, woken)
}

// untilFew repeats do until it finds less than a batch or an error.
func untilFew(do func() (int, error)) error {
	for {
		if n, err := do(); err != nil || n < batch {
			return err
		}
	}
}
