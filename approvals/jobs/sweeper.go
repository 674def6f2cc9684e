package jobs

import (
	"context"
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
	Every   time.Duration
	Log     *slog.Logger
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

// Pass takes up everything that is due now, batch by batch.
func (s *Sweeper) Pass(ctx context.Context) error {
	for {
		moved, err := s.Service.Sweep(ctx, s.Waker, batch)
		if err != nil {
			return err
		}
		if moved < batch {
			break
		}
	}
	for {
		woken, err := s.Waker.Wake(ctx, s.Service.Now(), batch)
		if err != nil {
			return err
		}
		if woken < batch {
			return nil
		}
	}
}
