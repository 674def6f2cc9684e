package jobs

import (
	"context"
	"fmt"
	"sync"
	"time"

	"countersign/approvals"
)

// settleTime bounds how long one stop of an advance waits for mails,
// webhooks and pushes that other workers have in hand. What a dead worker had in hand is
// taken up at the end of its lease, which is a stop of its own.
const settleTime = 2 * time.Second

// MovableClock is a test gateway's clock.
type MovableClock interface {
	Now() time.Time
	Machine() time.Time
	Raise(offset time.Duration)
}

// Advancer moves a test gateway's time. It stops at every deadline on the way,
// so that everything due happens, in order, as if the time had passed.
type Advancer struct {
	Sweeper  *Sweeper
	Mailer   approvals.Mailer
	Courier  approvals.Courier
	Governor approvals.Governor
	Clock    MovableClock
	// Push makes the next attempt of an action's push; nil leaves pushes to others.
	Push func(ctx context.Context, id string) error

	mu sync.Mutex
}

// Advance moves the clock ahead by this much and returns the new time.
func (a *Advancer) Advance(ctx context.Context, by time.Duration) (time.Time, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	stored, err := a.Governor.ClockOffset(ctx) // another node may have moved the time since
	if err != nil {
		return time.Time{}, fmt.Errorf("advance clock: %w", err)
	}
	a.Clock.Raise(stored)
	target := a.Clock.Now().Add(by)
	for {
		if err := a.settle(ctx); err != nil {
			return time.Time{}, err
		}
		next, err := a.Sweeper.Waker.NextDue(ctx, a.Clock.Now())
		if err != nil {
			return time.Time{}, fmt.Errorf("advance clock: %w", err)
		}
		if next.IsZero() || next.After(target) {
			break
		}
		if err := a.set(ctx, next); err != nil {
			return time.Time{}, err
		}
	}
	if err := a.set(ctx, target); err != nil {
		return time.Time{}, err
	}
	return a.Clock.Now(), a.settle(ctx)
}

func (a *Advancer) set(ctx context.Context, t time.Time) error {
	offset := t.Sub(a.Clock.Machine())
	if err := a.Governor.AdvanceClock(ctx, offset, t); err != nil {
		return fmt.Errorf("advance clock: %w", err)
	}
	a.Clock.Raise(offset)
	return nil
}

// settle makes the moves that are due, and sends what they sent out, until
// nothing is left.
func (a *Advancer) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	for {
		if err := a.Sweeper.Pass(ctx); err != nil {
			return err
		}
		rows, err := a.Sweeper.Waker.Outgoing(ctx, a.Clock.Now(), batch)
		if err != nil {
			return fmt.Errorf("advance clock: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		if a.send(ctx, rows) > 0 {
			continue
		}
		select { // all in the hands of other workers
		case <-ctx.Done():
			return nil
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// send works on each row itself and returns how many it had something to do for.
func (a *Advancer) send(ctx context.Context, rows []approvals.Outgoing) int {
	worked := 0
	for _, row := range rows {
		var err error
		switch row.Kind {
		case approvals.OutgoingMail:
			err = a.Sweeper.Service.SendMail(ctx, a.Mailer, row.ID)
		case approvals.OutgoingDelivery:
			err = a.Sweeper.Service.Deliver(ctx, a.Courier, row.ID)
		case approvals.OutgoingPush:
			if err = approvals.ErrNotDue; a.Push != nil {
				err = a.Push(ctx, row.ID)
			}
		}
		switch {
		case nothingToDo(err):
		case err != nil:
			a.Sweeper.Log.Error("send", "kind", string(row.Kind), "id", row.ID, "error", err)
		default:
			worked++
		}
	}
	return worked
}
