package approvalstest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// attempt settles a taken delivery the way a worker does.
func (w *World) attempt(t *testing.T, d approvals.Delivery, status int) {
	t.Helper()
	s := approvals.DeliverySettled{
		ID: d.ID, State: approvals.DeliveryDead,
		Attempt: approvals.DeliveryAttempt{Number: d.Attempts + 1, At: w.Clock.Now(), Status: status, Latency: 3 * time.Millisecond, Answer: "words"},
	}
	if status < 300 {
		s.State, s.Recovered = approvals.DeliveryDelivered, true
		s.Health = func(approvals.Health) approvals.Health { return approvals.Health{} }
	} else {
		s.Health = func(h approvals.Health) approvals.Health { h.Failures++; return h }
	}
	ok(t, w.Parts.Outbox.SettleDelivery(ctx, s))
}

func (w *World) endpointOf(t *testing.T) approvals.Endpoint {
	t.Helper()
	all, err := w.Parts.Endpoints.EndpointsOf(ctx, w.Marketplace.ID)
	ok(t, err)
	return all[0]
}

// deliveryAttempts: each attempt is kept, and a delivery begins a new round
// under the same webhook-id when it is sent again.
func deliveryAttempts(t *testing.T, w *World) {
	w.Create(t)
	id, now := w.pending(t, approvals.OutgoingDelivery)[0], w.Clock.Now()
	key := approvals.DeliveryKey{Marketplace: w.Marketplace.ID, ID: id}
	take := func() approvals.Delivery {
		t.Helper()
		d, err := w.Parts.Outbox.TakeDelivery(ctx, id, w.Clock.Now(), leased(w.Clock.Now().Add(time.Minute)))
		ok(t, err)
		return d
	}
	resend := func(want error) {
		t.Helper()
		e := audit.Event{Marketplace: string(w.Marketplace.ID), Verb: "resend_webhook", Actor: audit.Actor{Type: audit.Marketplace}, At: now}
		err := w.Parts.Deliveries.Resend(ctx, key, w.Clock.Now(), e, func(approvals.Sent) (*approvals.Answer, error) { return nil, nil })
		if !errors.Is(err, want) {
			t.Fatalf("resend: %v, want %v", err, want)
		}
	}
	first := take()
	resend(nil) // in a worker's hands: it stays there
	w.attempt(t, first, 500)
	sent, err := w.Parts.Deliveries.Delivery(ctx, key)
	ok(t, err)
	if sent.State != approvals.DeliveryDead || len(sent.Attempts) != 1 || sent.Attempts[0].Latency != 3*time.Millisecond || sent.SettledAt.IsZero() {
		t.Errorf("%+v", sent)
	}
	resend(nil)
	second := take()
	if second.Event.ID != first.Event.ID || second.Attempts != 1 || second.Base != 1 {
		t.Errorf("sent again: %+v", second)
	}
	w.attempt(t, second, 204)
	w.attempt(t, second, 500) // the worker that was given up comes back
	sent, err = w.Parts.Deliveries.Delivery(ctx, key)
	ok(t, err)
	if sent.State != approvals.DeliveryDelivered || len(sent.Attempts) != 2 || sent.Attempts[1].Status != 204 {
		t.Errorf("%+v", sent)
	}
	w.AddMarketplace(t, "globex")
	key.Marketplace = "globex"
	resend(approvals.Refuse(approvals.CodeNotFound))
	_, err = w.Parts.Deliveries.Delivery(ctx, key)
	refused(t, err, approvals.CodeNotFound)
}

// deliveryPaced: what was put off to its turn comes forward when the endpoint
// works again, and what is made for one that wants to be left alone waits.
func deliveryPaced(t *testing.T, w *World) {
	for range 4 {
		w.Create(t)
	}
	rows, now := w.pending(t, approvals.OutgoingDelivery), w.Clock.Now()
	d, err := w.Parts.Outbox.TakeDelivery(ctx, rows[0], now, leased(now.Add(time.Minute)))
	ok(t, err)
	for i, id := range rows[1:] {
		turn := approvals.Health{Failures: 9, TurnAt: now.Add(time.Hour)}
		_, err := w.Parts.Outbox.TakeDelivery(ctx, id, now, func(d approvals.Delivery) approvals.Taken {
			if i > 0 && d.Endpoint.Health != turn {
				t.Errorf("health %+v, want %+v", d.Endpoint.Health, turn)
			}
			return approvals.Taken{NextAt: now.Add(time.Hour), Paced: true, Health: &turn}
		})
		if !errors.Is(err, approvals.ErrNotDue) {
			t.Fatalf("put off: %v", err)
		}
	}
	if left := w.pending(t, approvals.OutgoingDelivery); len(left) != 1 {
		t.Errorf("%d are due, want the one that is leased", len(left))
	}
	w.attempt(t, d, 200)
	if back := w.pending(t, approvals.OutgoingDelivery); len(back) != 3 {
		t.Errorf("%d came forward, want 3", len(back))
	}
	if h := w.endpointOf(t).Health; h != (approvals.Health{}) {
		t.Errorf("health %+v", h)
	}
	pause := approvals.Health{Failures: 1, OpensAt: now.Add(time.Minute)}
	_, err = w.Parts.Outbox.TakeDelivery(ctx, rows[1], now, func(approvals.Delivery) approvals.Taken {
		return approvals.Taken{NextAt: now.Add(time.Hour), Health: &pause}
	})
	if !errors.Is(err, approvals.ErrNotDue) {
		t.Fatal(err)
	}
	w.Jobs.Clear(t)
	before := len(w.pending(t, approvals.OutgoingDelivery))
	w.Create(t)
	if n := len(w.pending(t, approvals.OutgoingDelivery)); n != before {
		t.Errorf("%d more are due at an endpoint that asked to be left alone", n-before)
	}
	for _, job := range w.Jobs.All(t) {
		if job.Kind == approvals.OutgoingDelivery {
			t.Error("a worker was woken for it")
		}
	}
}

// endpointRolls: the keys of an endpoint are rolled, and every change of it is
// audited.
func endpointRolls(t *testing.T, w *World) {
	old := w.endpointOf(t)
	id := approvals.EndpointID{Marketplace: w.Marketplace.ID, ID: old.ID}
	hooks := &approvals.Webhooks{
		Endpoints: w.Parts.Endpoints, Deliveries: w.Parts.Deliveries, CheckURL: func(string) string { return "" }, NewID: NewID, Now: w.Clock.Now,
	}
	none := func(approvals.Endpoint) (*approvals.Answer, error) { return nil, nil }
	ok(t, hooks.Roll(ctx, id, time.Hour, audit.Actor{Type: audit.Marketplace}, none))
	now := w.Clock.Now()
	e := w.endpointOf(t)
	live := e.LiveKeys(now)
	if len(live) != 2 || string(live[1].Secret) != string(old.Keys[0].Secret) || !live[1].Until.Equal(now.Add(time.Hour)) {
		t.Errorf("live keys %d, the old one until %v", len(live), live[1].Until)
	}
	if len(e.LiveKeys(now.Add(time.Hour))) != 1 {
		t.Error("the old key outlives its time")
	}
	ok(t, hooks.Disable(ctx, id, audit.Actor{Type: audit.Marketplace}, none))
	ok(t, hooks.Disable(ctx, id, audit.Actor{Type: audit.Marketplace}, none)) // nothing left to do
	if e = w.endpointOf(t); e.DisabledWhy != approvals.DisabledAsked {
		t.Errorf("%+v", e)
	}
	ok(t, hooks.Enable(ctx, id, audit.Actor{Type: audit.Marketplace}, none))
	verbs := map[string]int{}
	rows, err := w.DB.SQL().QueryContext(ctx, "SELECT verb FROM events WHERE verb LIKE '%_endpoint'")
	ok(t, err)
	defer rows.Close()
	for rows.Next() {
		var v string
		ok(t, rows.Scan(&v))
		verbs[v]++
	}
	ok(t, rows.Err())
	same(t, "audited", verbs, map[string]int{"roll_endpoint": 1, "disable_endpoint": 1, "enable_endpoint": 1})
	w.AddMarketplace(t, "globex")
	id.Marketplace = "globex"
	refused(t, hooks.Roll(ctx, id, 0, audit.Actor{}, none), approvals.CodeNotFound)
	_, err = w.Parts.Endpoints.Endpoint(ctx, id)
	refused(t, err, approvals.CodeNotFound)
}

// endpointLimit: enabling counts as adding does, and however many were disabled,
// the list has them all.
func endpointLimit(t *testing.T, w *World) {
	by := audit.Actor{Type: audit.Marketplace}
	hooks := &approvals.Webhooks{Endpoints: w.Parts.Endpoints, CheckURL: func(string) string { return "" }, NewID: NewID, Now: w.Clock.Now}
	id := approvals.EndpointID{Marketplace: w.Marketplace.ID}
	add := func() error {
		return hooks.Add(ctx, approvals.NewEndpoint{Marketplace: id.Marketplace, URL: "https://market.example/more", By: by,
			Answer: func(e approvals.Endpoint) (*approvals.Answer, error) { id.ID = e.ID; return nil, nil }})
	}
	const gone = 100
	for range gone {
		ok(t, add())
		ok(t, hooks.Disable(ctx, id, by, nil))
	}
	off := id
	for range approvals.MaxEndpoints - 1 { // one is there
		ok(t, add())
	}
	on := id
	refused(t, add(), approvals.CodeEndpointLimit)
	id = on // the refused one was not made
	refused(t, hooks.Enable(ctx, off, by, nil), approvals.CodeEndpointLimit)
	ok(t, hooks.Enable(ctx, on, by, nil)) // it is enabled
	ok(t, hooks.Disable(ctx, on, by, nil))
	ok(t, hooks.Enable(ctx, off, by, nil))
	all, err := w.Parts.Endpoints.EndpointsOf(ctx, id.Marketplace)
	ok(t, err)
	same(t, "endpoints in the list", len(all), gone+approvals.MaxEndpoints)
}

// feedMissesNothing: a reader that polls while others write sees every event
// once, whatever order they commit in (CI-07).
func feedMissesNothing(t *testing.T, w *World) {
	const writers, each = 6, 8
	var writing sync.WaitGroup
	done := make(chan struct{})
	for i := range writers {
		writing.Go(func() {
			for n := range each {
				r := w.Request(approvals.SellerKey{Marketplace: w.Marketplace.ID, Seller: approvals.SellerID(fmt.Sprintf("w-%d-%d", i, n))})
				if _, err := w.Service.Create(ctx, r); err != nil {
					t.Error(err)
				}
			}
		})
	}
	go func() { writing.Wait(); close(done) }()
	seen, after := map[string]int{}, ""
	poll := func() int {
		t.Helper()
		page, err := w.Parts.Deliveries.Events(ctx, approvals.FeedQuery{Marketplace: w.Marketplace.ID, After: after, Limit: 5})
		ok(t, err)
		for _, e := range page {
			seen[e.ID]++
			after = e.ID
		}
		return len(page)
	}
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		poll()
	}
	// What others do on the same server may hold the list back a little.
	for end := time.Now().Add(20 * time.Second); len(seen) < writers*each && time.Now().Before(end); {
		poll()
	}
	if n := w.count(t, "announcements"); len(seen) != writers*each || n != writers*each {
		t.Errorf("saw %d of %d events", len(seen), n)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was seen %d times", id, n)
		}
	}
}
