package approvals

import "time"

// An endpoint that keeps failing is tried more and more rarely as a whole,
// however many deliveries wait for it: each of them that comes up takes the
// next free turn and is left alone until then. So five thousand deliveries to a
// dead endpoint cost one attempt every few minutes, and not five thousand.
const (
	patience  = 5                     // failures in a row that change nothing
	firstTurn = 5 * time.Second       // between turns, doubled with each further failure
	maxTurn   = 5 * time.Minute       //
	openTurn  = 50 * time.Millisecond // between those that waited for a pause to end
	minPause  = 5 * time.Second       // after 429, 502 or 504 without Retry-After
)

// Health is what the last attempts say of an endpoint. The zero value is good
// health.
type Health struct {
	Failures int       // in a row
	OpensAt  time.Time // it asked to be left alone until then
	TurnAt   time.Time // the next turn that nobody has taken, zero: at once
}

// turn is the time between two attempts, zero while there is no trouble.
func (h Health) turn() time.Duration {
	if h.Failures < patience {
		return 0
	}
	return min(firstTurn<<min(h.Failures-patience, 10), maxTurn)
}

// failed is the health after an attempt that failed with this answer. 429, 502
// and 504 ask for a pause of the whole endpoint (WH-06).
func (h Health) failed(p Posted, now time.Time) Health {
	h.Failures++
	pause := p.RetryAfter
	if p.Status == 429 || p.Status == 502 || p.Status == 504 {
		pause = max(pause, minPause)
	}
	if until := now.Add(pause); pause > 0 && until.After(h.OpensAt) {
		h.OpensAt = until
	}
	return h
}

// Taken is what becomes of a delivery that is due.
type Taken struct {
	Until  time.Time // leased until then: it is posted now
	NextAt time.Time // or put off until then
	Paced  bool      // to its turn
	Dead   string    // or given up, for this reason
	Health *Health   // of the endpoint from now on; nil: as it was
}

// take decides it from what the endpoint is known for.
func (d Delivery) take(now time.Time) Taken {
	h := d.Endpoint.Health
	switch troubled := h.turn() > 0; {
	case !d.Endpoint.DisabledAt.IsZero():
		return Taken{Dead: "endpoint disabled"}
	case (troubled || h.OpensAt.After(now)) && now.Sub(d.BegunAt) > deliveryLife:
		return Taken{Dead: "the endpoint kept failing"}
	case h.OpensAt.After(now), troubled && !d.Paced && h.TurnAt.After(now):
		return h.nextTurn(now)
	case troubled:
		if next := now.Add(h.turn()); next.After(h.TurnAt) {
			h.TurnAt = next
		}
		return Taken{Until: now.Add(deliveryLease), Health: &h}
	}
	return Taken{Until: now.Add(deliveryLease)}
}

// nextTurn takes the next turn.
func (h Health) nextTurn(now time.Time) Taken {
	mine := h.TurnAt
	for _, t := range []time.Time{now, h.OpensAt} {
		if t.After(mine) {
			mine = t
		}
	}
	h.TurnAt = mine.Add(max(h.turn(), openTurn))
	return Taken{NextAt: mine, Paced: true, Health: &h}
}
