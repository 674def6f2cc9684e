package approvalstest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"countersign/approvals"
)

// pushRounds of each race about pushes.
const pushRounds = 60

// racePush: many workers on several nodes are woken for one push; it is sent once
// and by one of them (I5, M11).
func racePush(t *testing.T, w *World) {
	for range 5 {
		a, p := w.ApprovedPush(t, false), &Pusher{}
		together(16, func(int) {
			err := patiently(func() error { return w.Sender(p).Push(ctx, string(a.ID)) })
			if err != nil && !errors.Is(err, approvals.ErrNotDue) {
				t.Errorf("a worker: %v", err)
			}
		})
		if a = w.Read(t, a); len(p.Orders()) != 1 || a.State != approvals.Executed || a.Claims != 1 || len(a.Push.Attempts) != 1 {
			t.Errorf("sent %d times, it is %s with %d attempts", len(p.Orders()), a.State, len(a.Push.Attempts))
		}
	}
}

// raceTakeover: the leases of an idempotent push end while many look; the next
// attempt is one.
func raceTakeover(t *testing.T, w *World) {
	a, p := w.Abandoned(t, w.ApprovedPush(t, true)), &Pusher{}
	w.Clock.Advance(approvals.PushLease)
	together(16, func(int) {
		err := patiently(func() error { return w.Sender(p).Push(ctx, string(a.ID)) })
		if err != nil && !errors.Is(err, approvals.ErrNotDue) {
			t.Errorf("a worker: %v", err)
		}
	})
	if a = w.Read(t, a); len(p.Orders()) != 1 || a.State != approvals.Executed || len(a.Push.Attempts) != 2 {
		t.Errorf("sent %d times, it is %s with %d attempts", len(p.Orders()), a.State, len(a.Push.Attempts))
	}
}

// raceCancelPush: of a cancel and the push's claim the one that commits first wins
// (I3): what was cancelled was never sent, what was sent is never cancelled.
func raceCancelPush(t *testing.T, w *World) {
	sent := 0
	for range pushRounds {
		a, p := w.ApprovedPush(t, false), &Pusher{}
		race(
			func() {
				_ = patiently(func() error {
					_, err := w.Service.Cancel(ctx, a.Key(), approvals.ChangedMind, a.SellerActor())
					return err
				})
			},
			func() { _ = patiently(func() error { return w.Sender(p).Push(ctx, string(a.ID)) }) },
		)
		a = w.Read(t, a)
		if cancelled := a.State == approvals.Cancelled; cancelled != (len(p.Orders()) == 0) || !cancelled && a.State != approvals.Executed {
			t.Fatalf("it is %s, and was sent %d times", a.State, len(p.Orders()))
		}
		sent += len(p.Orders())
	}
	t.Logf("%d of %d were sent", sent, pushRounds)
}

// raceLockPush: a push that was claimed before a lock may be sent inside its
// lease; after the lock none is claimed, and no attempt is begun (I7, I7b).
func raceLockPush(t *testing.T, w *World) {
	for i := range pushRounds {
		a := w.ApprovedPush(t, true)
		if i%2 == 1 {
			a = w.Push(t, a, approvals.PushOutcome{Result: approvals.PushNotSent})
			w.Clock.Set(later(w.Clock.Now(), a.Push.NextAt))
		}
		p := &Pusher{}
		race(
			func() {
				_ = patiently(func() error {
					_, err := w.Service.Lock(ctx, a.SellerKey(), approvals.LockMarketplace, "", Agent)
					return err
				})
			},
			func() { _ = patiently(func() error { return w.Sender(p).Push(ctx, string(a.ID)) }) },
		)
		a = w.Read(t, a)
		sent, was := len(p.Orders()), a.State
		switch {
		case sent == 1 && was == approvals.Executed:
		case sent == 0 && i%2 == 0 && was == approvals.Held:
		case sent == 0 && i%2 == 1 && was == approvals.ExecutionFailed:
		default:
			t.Fatalf("round %d: it is %s, and was sent %d times", i, was, sent)
		}
		if _ = w.Sender(p).Push(ctx, string(a.ID)); len(p.Orders()) != sent {
			t.Fatal("sent after the lock")
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// race runs two functions at the same moment.
func race(a, b func()) {
	var done sync.WaitGroup
	start := make(chan struct{})
	for _, f := range []func(){a, b} {
		done.Go(func() { <-start; f() })
	}
	close(start)
	done.Wait()
}
