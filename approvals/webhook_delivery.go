package approvals

import (
	"context"
	"crypto/rand"
	"math/big"
	"time"
)

// Schedule of deliveries (STANDARDS WH-07).
const (
	// deliveryLease outlives an attempt's 15 s and its worker's 20 s.
	deliveryLease = 25 * time.Second
	// deliveryLife is when a delivery is given up that an endpoint in trouble
	// kept waiting: its ten attempts would have been over.
	deliveryLife = 80 * time.Hour
	// maxJitter bounds what chance adds to a pause, which is a twentieth at most:
	// the tenth attempt is made within 76 hours.
	maxJitter = 3 * time.Minute
)

// deliveryRetries are the pauses between ten attempts.
var deliveryRetries = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// Delivery is one event on its way to one endpoint.
type Delivery struct {
	ID       string // UUIDv7; means nothing to the receiver
	Endpoint Endpoint
	Event    ThinEvent
	Attempts int       // before this one
	Base     int       // of them, those before it was sent again by hand
	BegunAt  time.Time // when it was made, or sent again
	Paced    bool      // it waited for its turn at an endpoint in trouble, and this is it
}

// DeliveryState is where a delivery stands.
type DeliveryState string

const (
	DeliveryPending   DeliveryState = "pending"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryDead      DeliveryState = "dead" // all attempts used; can be sent again
)

// DeliveryStates lists them.
var DeliveryStates = []DeliveryState{DeliveryPending, DeliveryDelivered, DeliveryDead}

// DeliverySettled is the outcome of one attempt.
type DeliverySettled struct {
	ID      string
	State   DeliveryState
	NextAt  time.Time // while pending
	Attempt DeliveryAttempt
	// Health is what the attempt makes of the endpoint's health; nil: nothing.
	Health func(Health) Health
	// Recovered says that the endpoint works again: those that wait for their
	// turn there come forward.
	Recovered bool
	Disable   bool // the endpoint answered 410 Gone
}

// DeliveryAttempt is one try to deliver, as it is kept.
type DeliveryAttempt struct {
	Number  int // 1 for the first
	At      time.Time
	Status  int           // HTTP status, 0 when there was no answer
	Latency time.Duration // until the answer, or until there was none
	Answer  string        // its first kilobyte, on one line
}

// Posted is a receiver's answer to one attempt.
type Posted struct {
	Status     int
	RetryAfter time.Duration // clamped, 0 if absent
	Answer     string        // at most 1 KiB
}

// Courier posts deliveries.
type Courier interface {
	// Enter asks for one of the few places that deliveries to the endpoint's
	// host, and of its marketplace, have at this node. leave gives it back. Where
	// none is free leave is nil and wait says when to come again: nobody stands
	// in line.
	Enter(e Endpoint) (leave func(), wait time.Duration)
	// Post makes one attempt; now is its timestamp.
	Post(ctx context.Context, d Delivery, now time.Time) (Posted, error)
}

// Deliver posts one webhook of the outbox and records the attempt: ten in all
// over about 75 hours, then it is dead until somebody sends it again. It
// returns ErrNotDue when there is nothing to do, or not yet.
func (s *Service) Deliver(ctx context.Context, c Courier, id string) error {
	now := s.Now()
	var leave func()
	d, err := s.Outbox.TakeDelivery(ctx, id, now, func(d Delivery) Taken {
		t := d.take(now)
		if t.Until.IsZero() || leave != nil {
			return t
		}
		var wait time.Duration
		if leave, wait = c.Enter(d.Endpoint); leave == nil {
			return Taken{NextAt: now.Add(wait)}
		}
		return t
	})
	if leave != nil {
		defer leave()
	}
	if err != nil {
		return err
	}
	posted, err := c.Post(ctx, d, now)
	if err != nil {
		posted = Posted{Answer: "no answer"}
	}
	return s.Outbox.SettleDelivery(context.WithoutCancel(ctx), d.settle(posted, now, s.Now()))
}

// settle decides what the answer to an attempt begun at the first time means:
// only 2xx is success, a redirect is not followed, 410 disables the endpoint.
func (d Delivery) settle(p Posted, begun, now time.Time) DeliverySettled {
	out := DeliverySettled{ID: d.ID, Attempt: DeliveryAttempt{
		Number: d.Attempts + 1, At: begun, Status: p.Status, Latency: now.Sub(begun), Answer: p.Answer,
	}}
	if p.Status >= 200 && p.Status < 300 {
		out.State = DeliveryDelivered
		if out.Recovered = d.Paced || d.Endpoint.Health != (Health{}); out.Recovered {
			out.Health = func(Health) Health { return Health{} }
		}
		return out
	}
	out.Health = func(h Health) Health { return h.failed(p, now) }
	switch tried := d.Attempts - d.Base; {
	case p.Status == 410:
		out.State, out.Disable, out.Health = DeliveryDead, true, nil
	case tried >= len(deliveryRetries):
		out.State = DeliveryDead
	default:
		out.State = DeliveryPending
		out.NextAt = now.Add(max(jitter(deliveryRetries[max(tried, 0)]), p.RetryAfter))
	}
	return out
}

// jitter adds a little by chance, so that what failed together does not come
// back together.
func jitter(pause time.Duration) time.Duration {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(min(pause/20, maxJitter))+1))
	if err != nil {
		return pause // never happens (crypto/rand)
	}
	return pause + time.Duration(n.Int64())
}
