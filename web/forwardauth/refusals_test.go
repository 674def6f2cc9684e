package forwardauth_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/web/forwardauth"
	"countersign/web/problem"
)

func (d *door) events() (n int) {
	d.t.Helper()
	if err := d.DB.SQL().QueryRowContext(d.t.Context(), "SELECT count(*) FROM events").Scan(&n); err != nil {
		d.t.Fatal(err)
	}
	return n
}

// Whoever knows the id of an action that is over gets no for it, without an event
// for each time; another action is claimed meanwhile.
func TestRefusal_keptOnce(t *testing.T) {
	t.Parallel()
	d := openSQLite(t)
	a := d.in(approvals.Cancelled)
	before := d.events()
	for range 20 {
		if s := d.ask(of(a)); s.status != 403 {
			t.Fatal(s.status)
		}
	}
	if n := d.events() - before; n != 1 {
		t.Errorf("%d events for 20 times the same question, want 1", n)
	}
	d.Clock.Advance(time.Minute)
	if d.ask(of(a)); d.events()-before != 2 {
		t.Errorf("%d events a minute later, want 2", d.events()-before)
	}

	if s := d.ask(of(d.in(approvals.Approved))); s.status != 200 {
		t.Errorf("another action, approved: %d", s.status)
	}
}

// Questions that differ are counted: too many get no, and no event.
func TestRefusal_tooMany(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	var from atomic.Value
	d := openSQLite(t, func(c *forwardauth.Config) {
		c.Limit = func(_ context.Context, _ approvals.ActionID, proxy string) error {
			if from.Store(proxy); asked.Add(1) <= 3 {
				return nil
			}
			return approvals.Refuse(problem.RateLimited)
		}
	})
	d.ask(of(d.in(approvals.CoolingOff)))
	if asked.Load() != 0 {
		t.Error("a question about an action that waits is counted")
	}
	a := d.in(approvals.Cancelled)
	before := d.events()
	for i := range 20 {
		if s := d.ask(of(a).with("Idempotency-Key", "k"+string(rune('a'+i)))); s.status != 403 {
			t.Fatal(s.status)
		}
	}
	if n := d.events() - before; n != 3 || asked.Load() != 20 || from.Load() == "" {
		t.Errorf("%d events, asked %d times, from %v", n, asked.Load(), from.Load())
	}
}
