package approvals_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"countersign/approvals"
)

// poster answers every webhook alike.
type poster struct {
	posted approvals.Posted
	err    error
	busy   time.Duration // no place for this long; zero: there is one
	inside *int          // places taken, may be nil
}

func (p poster) Enter(approvals.Endpoint) (func(), time.Duration) {
	if p.busy > 0 {
		return nil, p.busy
	}
	if p.inside == nil {
		return func() {}, 0
	}
	*p.inside++
	return func() { *p.inside-- }, 0
}

func (p poster) Post(context.Context, approvals.Delivery, time.Time) (approvals.Posted, error) {
	return p.posted, p.err
}

func answers(status int) poster { return poster{posted: approvals.Posted{Status: status}} }

// within reports whether got is want with at most the jitter on top.
func within(got, want time.Duration) bool {
	return got >= want && got <= want+min(want/20, 3*time.Minute)
}

// TestWH06_WhatAnAnswerMeans: only 2xx is success, 410 disables the endpoint,
// and ten attempts are all there are (WH-07).
func TestWH06_WhatAnAnswerMeans(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		courier        poster
		attempts, base int
		state          approvals.DeliveryState
		next           time.Duration
		disable        bool
	}{
		{"200", answers(200), 0, 0, approvals.DeliveryDelivered, 0, false},
		{"299", answers(299), 9, 0, approvals.DeliveryDelivered, 0, false},
		{"100", answers(100), 0, 0, approvals.DeliveryPending, 5 * time.Second, false},
		{"redirect", answers(302), 0, 0, approvals.DeliveryPending, 5 * time.Second, false},
		{"not modified", answers(304), 0, 0, approvals.DeliveryPending, 5 * time.Second, false},
		{"404", answers(404), 0, 0, approvals.DeliveryPending, 5 * time.Second, false},
		{"500", answers(500), 1, 0, approvals.DeliveryPending, 5 * time.Minute, false},
		{"no answer", poster{err: errors.New("refused")}, 2, 0, approvals.DeliveryPending, 30 * time.Minute, false},
		{"asked to wait longer", poster{posted: approvals.Posted{Status: 429, RetryAfter: time.Hour}}, 0, 0, approvals.DeliveryPending, time.Hour, false},
		{"asked to wait less", poster{posted: approvals.Posted{Status: 429, RetryAfter: time.Second}}, 3, 0, approvals.DeliveryPending, 2 * time.Hour, false},
		{"the ninth", answers(500), 8, 0, approvals.DeliveryPending, 24 * time.Hour, false},
		{"the tenth", answers(500), 9, 0, approvals.DeliveryDead, 0, false},
		{"sent again by hand", answers(500), 10, 10, approvals.DeliveryPending, 5 * time.Second, false},
		{"the tenth of that", answers(500), 19, 10, approvals.DeliveryDead, 0, false},
		{"gone", answers(410), 0, 0, approvals.DeliveryDead, 0, true},
	} {
		g := newGateway()
		g.store.delivery = approvals.Delivery{ID: "d-1", Attempts: c.attempts, Base: c.base}
		if err := g.Deliver(context.Background(), c.courier, "d-1"); err != nil {
			t.Fatal(err)
		}
		got := g.store.settled[0]
		next := time.Duration(0)
		if !got.NextAt.IsZero() {
			next = got.NextAt.Sub(g.now)
		}
		if got.ID != "d-1" || got.State != c.state || !within(next, c.next) || got.Disable != c.disable || got.Attempt.Number != c.attempts+1 {
			t.Errorf("%s: %+v, next after %v, want %s after %v", c.name, got, next, c.state, c.next)
		}
	}
}

// TestWH07_Schedule: the ten attempts span 75 hours and 35 minutes, and less
// than 76 hours whatever chance adds.
func TestWH07_Schedule(t *testing.T) {
	t.Parallel()
	g := newGateway()
	for attempt := range 10 {
		g.store.delivery = approvals.Delivery{ID: "d-1", Attempts: attempt, BegunAt: t0}
		if err := g.Deliver(context.Background(), answers(500), "d-1"); err != nil {
			t.Fatal(err)
		}
		if next := g.store.settled[attempt].NextAt; !next.IsZero() {
			g.pass(next.Sub(g.now))
		}
	}
	if span := g.now.Sub(t0); span < 75*time.Hour+35*time.Minute+5*time.Second || span >= 76*time.Hour {
		t.Errorf("ten attempts span %v", span)
	}
}

// TestWH07_Jitter: what failed together does not come back together.
func TestWH07_Jitter(t *testing.T) {
	t.Parallel()
	g := newGateway()
	seen := map[time.Time]bool{}
	for range 20 {
		g.store.delivery = approvals.Delivery{ID: "d-1", Attempts: 8}
		if err := g.Deliver(context.Background(), answers(500), "d-1"); err != nil {
			t.Fatal(err)
		}
		seen[g.store.settled[len(g.store.settled)-1].NextAt] = true
	}
	if len(seen) < 10 {
		t.Errorf("%d different times of 20", len(seen))
	}
}

// TestDeliver_NoPlace: a worker that finds no place puts the delivery off and
// goes; it takes none and waits for none.
func TestDeliver_NoPlace(t *testing.T) {
	t.Parallel()
	g := newGateway()
	g.store.delivery = approvals.Delivery{ID: "d-1"}
	err := g.Deliver(context.Background(), poster{busy: 700 * time.Millisecond}, "d-1")
	if !errors.Is(err, approvals.ErrNotDue) || len(g.store.settled) != 0 {
		t.Fatalf("%v, %d settled", err, len(g.store.settled))
	}
	if got := g.store.taken[0]; !got.Until.IsZero() || !got.NextAt.Equal(g.now.Add(700*time.Millisecond)) {
		t.Errorf("%+v", got)
	}
	inside := 0
	p := answers(200)
	p.inside = &inside
	if err := g.Deliver(context.Background(), p, "d-1"); err != nil || inside != 0 {
		t.Errorf("%v, %d places kept", err, inside)
	}
}

// TestF37_TroubleIsPaced: after some failures in a row an endpoint is tried
// once a turn, whatever waits for it, and each that waits has a turn of its own.
func TestF37_TroubleIsPaced(t *testing.T) {
	t.Parallel()
	g := newGateway()
	d := approvals.Delivery{ID: "d-1", BegunAt: g.now}
	d.Endpoint.Health.Failures = 40 // five minutes a turn
	g.store.delivery = d
	if err := g.Deliver(context.Background(), answers(500), "d-1"); err != nil {
		t.Fatalf("the first turn: %v", err)
	}
	var turns []time.Time
	for range 50 { // others that are due
		if err := g.Deliver(context.Background(), answers(500), "d-1"); !errors.Is(err, approvals.ErrNotDue) {
			t.Fatalf("tried out of turn: %v", err)
		}
		last := g.store.taken[len(g.store.taken)-1]
		if !last.Paced {
			t.Fatalf("%+v has no turn", last)
		}
		turns = append(turns, last.NextAt)
	}
	if !slices.IsSortedFunc(turns, time.Time.Compare) || turns[1].Sub(turns[0]) != 5*time.Minute || turns[49].Sub(g.now) < 4*time.Hour {
		t.Errorf("turns %v", turns)
	}
	g.store.delivery.Paced = true // the turn has come
	g.pass(turns[0].Sub(g.now))
	if err := g.Deliver(context.Background(), answers(204), "d-1"); err != nil {
		t.Fatal(err)
	}
	settled := g.store.settled[len(g.store.settled)-1]
	if !settled.Recovered || settled.Health(d.Endpoint.Health) != (approvals.Health{}) {
		t.Errorf("%+v", settled)
	}
}

// TestWH06_Throttled: 429, 502 and 504 leave the whole endpoint alone for as
// long as it asks, five seconds at least; other failures do not.
func TestWH06_Throttled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		posted approvals.Posted
		pause  time.Duration
	}{
		{approvals.Posted{Status: 429}, 5 * time.Second}, {approvals.Posted{Status: 502}, 5 * time.Second}, {approvals.Posted{Status: 504}, 5 * time.Second},
		{approvals.Posted{Status: 429, RetryAfter: time.Hour}, time.Hour}, {approvals.Posted{Status: 503, RetryAfter: time.Minute}, time.Minute},
		{approvals.Posted{Status: 500}, 0}, {approvals.Posted{Status: 404}, 0}, {approvals.Posted{}, 0},
	} {
		g := newGateway()
		g.store.delivery = approvals.Delivery{ID: "d-1", BegunAt: g.now}
		if err := g.Deliver(context.Background(), poster{posted: c.posted}, "d-1"); err != nil {
			t.Fatal(err)
		}
		h := g.store.settled[0].Health(approvals.Health{})
		if c.pause == 0 && !h.OpensAt.IsZero() || c.pause > 0 && !h.OpensAt.Equal(g.now.Add(c.pause)) {
			t.Errorf("%+v: closed until %v, want a pause of %v", c.posted, h.OpensAt, c.pause)
		}
		g.store.delivery.Endpoint.Health = h
		err := g.Deliver(context.Background(), answers(200), "d-1")
		if c.pause > 0 != errors.Is(err, approvals.ErrNotDue) {
			t.Errorf("%+v: the next delivery: %v", c.posted, err)
		}
	}
}

// TestDeliver_TooOld: what an endpoint in trouble kept waiting is given up when
// its ten attempts would have been over; a gateway that slept gives up nothing.
func TestDeliver_TooOld(t *testing.T) {
	t.Parallel()
	for _, failures := range []int{0, 9} {
		g := newGateway()
		g.store.delivery = approvals.Delivery{ID: "d-1", BegunAt: g.now.Add(-81 * time.Hour)}
		g.store.delivery.Endpoint.Health.Failures = failures
		err := g.Deliver(context.Background(), answers(200), "d-1")
		if dead := g.store.taken[0].Dead != ""; dead != (failures > 0) || dead != errors.Is(err, approvals.ErrNotDue) {
			t.Errorf("%d failures: dead %v, %v", failures, dead, err)
		}
	}
}
