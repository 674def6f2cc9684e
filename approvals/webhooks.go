package approvals

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/approvals/audit"
)

// Webhooks is everything a marketplace can ask of its endpoints. Every change
// is audited in its own transaction.
type Webhooks struct {
	Endpoints  Endpoints
	Deliveries Deliveries
	// CheckURL says in words for an engineer why a URL cannot be an endpoint;
	// empty: it can.
	CheckURL func(raw string) (problem string)
	NewID    func() string
	Now      func() time.Time
}

// NewEndpoint asks for an endpoint.
type NewEndpoint struct {
	Marketplace MarketplaceID
	URL         string
	Events      []string
	By          audit.Actor
	Answer      func(Endpoint) (*Answer, error) // may be nil
}

// Add makes an endpoint with keys of its own.
func (w *Webhooks) Add(ctx context.Context, n NewEndpoint) error {
	if err := w.Check(n); err != nil {
		return err
	}
	now := w.Now()
	e := Endpoint{ID: w.NewID(), Marketplace: n.Marketplace, URL: n.URL, Keys: []EndpointKey{NewEndpointKey()}, Events: n.Events, CreatedAt: now}
	c := EndpointChange{Endpoint: e, Event: w.event(e, "add_endpoint", n.By, now, "url_host", host(n.URL))}
	if n.Answer != nil {
		var err error
		if c.Answer, err = n.Answer(e); err != nil {
			return err
		}
	}
	return w.Endpoints.AddEndpoint(ctx, c)
}

// Check refuses, by field, what Add would refuse of n itself.
func (w *Webhooks) Check(n NewEndpoint) error {
	var wrong []FieldError
	if problem := w.CheckURL(n.URL); problem != "" {
		wrong = append(wrong, FieldError{"url", problem})
	} else if len(n.URL) > maxURLLength {
		wrong = append(wrong, FieldError{"url", "must be at most 2048 bytes long"})
	}
	if len(n.Events) > maxEventTypes {
		wrong = append(wrong, FieldError{"events", "must be at most 64; leave it out for all"})
	}
	for i, t := range n.Events {
		if !slices.Contains(EventTypes(), t) || slices.Contains(n.Events[:i], t) {
			wrong = append(wrong, FieldError{fmt.Sprintf("events[%d]", i), "must be an event type, once; /v1/openapi.yaml lists them"})
			break
		}
	}
	if len(wrong) > 0 {
		return Invalid(wrong...)
	}
	return nil
}

// EventTypes are the types that an endpoint can ask for.
func EventTypes() []string {
	types := []string{
		"seller.locked", "seller.unlocked", "authenticator.added", "authenticator.removed", "authenticator.usable", "contact.changed",
		"approver.added", "approver.joined", "approver.removed",
		"ring.detected", "case.opened", "case.closed", "policy.scheduled", "policy.effective", EventEndpointDisabled,
	}
	for _, s := range States {
		types = append(types, "action."+string(s))
	}
	return types
}

// Roll gives the endpoint fresh keys; the old ones sign besides them for this
// long (WH-04), 0 for not at all.
func (w *Webhooks) Roll(ctx context.Context, id EndpointID, overlap time.Duration, by audit.Actor, answer func(Endpoint) (*Answer, error)) error {
	if overlap < 0 || overlap > MaxRoll {
		return Invalid(FieldError{"overlap_hours", "must be 0 to 168"})
	}
	fresh := NewEndpointKey()
	return w.change(ctx, id, answer, func(e Endpoint, now time.Time) (EndpointChange, error) {
		e = e.roll(fresh, now, now.Add(overlap))
		return EndpointChange{Endpoint: e, Event: w.event(e, "roll_endpoint", by, now, "overlap_hours", strconv.Itoa(int(overlap/time.Hour)))}, nil
	})
}

// Disable stops webhooks to the endpoint. What waits for it is given up when
// its time comes and can be sent again after Enable.
func (w *Webhooks) Disable(ctx context.Context, id EndpointID, by audit.Actor, answer func(Endpoint) (*Answer, error)) error {
	return w.change(ctx, id, answer, func(e Endpoint, now time.Time) (EndpointChange, error) {
		if !e.DisabledAt.IsZero() {
			return EndpointChange{Endpoint: e}, nil
		}
		return e.disable(DisabledAsked, by, now, w.NewID()), nil
	})
}

// disable is also what a 410 does.
func (e Endpoint) disable(why string, by audit.Actor, now time.Time, id string) EndpointChange {
	e.DisabledAt, e.DisabledWhy, e.Health = now, why, Health{}
	return EndpointChange{
		Endpoint: e,
		Event: audit.Event{
			Marketplace: string(e.Marketplace), Verb: "disable_endpoint", Actor: by, At: now, Data: map[string]string{"endpoint": e.ID, "why": why},
		},
		Announce: &ThinEvent{ID: id, Type: EventEndpointDisabled, At: now, Endpoint: e.ID},
	}
}

// Gone disables an endpoint that answered 410. The marketplace hears of it at
// its other endpoints and in GET /v1/events.
func (e Endpoint) Gone(now time.Time, id string) EndpointChange {
	return e.disable(DisabledGone, bySystem, now, id)
}

// Enable lets webhooks go to the endpoint again, in good health.
func (w *Webhooks) Enable(ctx context.Context, id EndpointID, by audit.Actor, answer func(Endpoint) (*Answer, error)) error {
	return w.change(ctx, id, answer, func(e Endpoint, now time.Time) (EndpointChange, error) {
		if e.DisabledAt.IsZero() {
			return EndpointChange{Endpoint: e}, nil
		}
		if problem := w.CheckURL(e.URL); problem != "" { // what was allowed once
			return EndpointChange{}, Invalid(FieldError{"url", problem})
		}
		e.DisabledAt, e.DisabledWhy, e.Health = time.Time{}, "", Health{}
		return EndpointChange{Endpoint: e, Event: w.event(e, "enable_endpoint", by, now)}, nil
	})
}

// Test sends an event that says nothing to the endpoint alone.
func (w *Webhooks) Test(ctx context.Context, id EndpointID, by audit.Actor, answer func(Sent) (*Answer, error)) error {
	sent := w.NewID()
	thin := ThinEvent{ID: w.NewID(), Type: EventEndpointTest, Endpoint: id.ID}
	return w.change(ctx, id, nil, func(e Endpoint, now time.Time) (EndpointChange, error) {
		if !e.DisabledAt.IsZero() {
			return EndpointChange{}, Refuse(CodeEndpointDisabled)
		}
		thin.At = now
		c := EndpointChange{Endpoint: e, Event: w.event(e, "test_endpoint", by, now), Send: &Delivery{ID: sent, Event: thin, BegunAt: now}}
		var err error
		c.Answer, err = answer(Sent{ID: sent, Endpoint: e.ID, Event: thin, State: DeliveryPending, NextAt: now})
		return c, err
	})
}

// Resend sends one delivery again.
func (w *Webhooks) Resend(ctx context.Context, key DeliveryKey, by audit.Actor, answer func(Sent) (*Answer, error)) error {
	now := w.Now()
	e := audit.Event{Marketplace: string(key.Marketplace), Verb: "resend_webhook", Actor: by, At: now, Data: map[string]string{"delivery": key.ID}}
	return w.Deliveries.Resend(ctx, key, now, e, answer)
}

// ResendRange sends again what an endpoint missed.
func (w *Webhooks) ResendRange(ctx context.Context, r ResendRange, by audit.Actor) (int, error) {
	if !r.To.After(r.From) {
		return 0, Invalid(FieldError{"to", "must be after from"})
	}
	r.Now = w.Now()
	r.Event = audit.Event{
		Marketplace: string(r.Endpoint.Marketplace), Verb: "resend_webhooks", Actor: by, At: r.Now,
		Data: map[string]string{"endpoint": r.Endpoint.ID, "from": FormatTime(r.From), "to": FormatTime(r.To)},
	}
	return w.Deliveries.ResendRange(ctx, r)
}

// change runs one step and makes the answer from what it leaves.
func (w *Webhooks) change(ctx context.Context, id EndpointID, answer func(Endpoint) (*Answer, error), step func(Endpoint, time.Time) (EndpointChange, error)) error {
	now := w.Now()
	return w.Endpoints.ChangeEndpoint(ctx, id, func(e Endpoint) (EndpointChange, error) {
		c, err := step(e, now)
		if err != nil || answer == nil {
			return c, err
		}
		c.Answer, err = answer(c.Endpoint)
		return c, err
	})
}

func (w *Webhooks) event(e Endpoint, verb string, by audit.Actor, now time.Time, more ...string) audit.Event {
	data := map[string]string{"endpoint": e.ID}
	for i := 0; i+1 < len(more); i += 2 {
		data[more[i]] = more[i+1]
	}
	return audit.Event{Marketplace: string(e.Marketplace), Verb: verb, Actor: by, At: now, Data: data}
}

// host is the part of a URL that can be told: its path may hold a secret.
func host(raw string) string {
	_, rest, _ := strings.Cut(raw, "://")
	rest, _, _ = strings.Cut(rest, "/")
	rest, _, _ = strings.Cut(rest, "?")
	return rest
}
