package approvals

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/approvals/audit"
)

// PushBodies reads the sealed requests.
type PushBodies interface {
	// PushBody returns the body of an action's push, and whose the action is. An
	// action that is unknown, or that nobody pushes, is CodeNotFound; a body that
	// does not open as this row's is ErrBroken.
	PushBody(ctx context.Context, id ActionID) (ActionKey, []byte, error)
}

// ReleaseSigner signs the claims of a release token.
type ReleaseSigner interface {
	SignRelease(ReleaseClaims) (string, error)
}

// Sender releases pushed actions: it claims for the upstream, sends, and records
// what came of it.
type Sender struct {
	Service *Service
	Bodies  PushBodies
	// Gate reads the halt and the clock's mark once more before each send.
	Gate     func(ctx context.Context) (Gate, error)
	Releases ReleaseSigner
	Issuer   string
	Pusher   Pusher
	// Ticks is time that only runs forward, whatever is done to the clock: it
	// measures the lease together with the service's clock, which goes on while
	// the machine sleeps. Whichever saw more time pass counts. Nil is that clock
	// alone.
	Ticks func() time.Duration
}

// gateLife is how old the word that releases are open may be when a send begins
// (RELIABILITY I33).
const gateLife = time.Second

// Push makes the next attempt of an action's push. The attempt is on record
// before anything is sent, and its outcome is recorded also when the caller's
// time is over. It returns ErrNotDue when there is nothing to do, or another
// node is the one to do it. While releases
// are halted, or this node is unsure, it returns that refusal, and nothing has
// changed.
func (s *Sender) Push(ctx context.Context, id string) error {
	if err := s.Service.sure(); err != nil {
		return err
	}
	key, body, err := s.Bodies.PushBody(ctx, ActionID(id))
	if errors.Is(err, Refuse(CodeNotFound)) {
		return ErrNotDue
	}
	if err != nil {
		s.Service.broken(ctx, "push", ActionKey{ID: ActionID(id)}, err)
		return fmt.Errorf("push action %s: %w", id, err)
	}
	begun := s.watch()
	a, opened, err := s.begin(ctx, key, body)
	if err != nil {
		s.Service.broken(ctx, "push", key, err)
		return fmt.Errorf("push action %s: %w", id, err)
	}
	if !opened {
		return ErrNotDue
	}
	ctx = context.WithoutCancel(ctx) // bounded by PushTimeout: a request half sent helps nobody
	outcome, stopped := s.send(ctx, a, body, begun)
	return s.end(ctx, a, outcome, stopped)
}

// begin opens an attempt. An attempt that its owner gave up ends first, in a
// transaction of its own.
func (s *Sender) begin(ctx context.Context, key ActionKey, body []byte) (a Action, opened bool, err error) {
	for range 2 {
		ended := false
		a, err = s.Service.Store.Release(ctx, key, func(a Action, seller Seller, g Gate) (Change, error) {
			if !s.Pusher.Sends(a.PushRoute()) {
				return Unchanged(a), nil
			}
			if a.State == Approved { // the claim; what is claimed, is
				if g.Again, err = s.Service.recall(a, seller); err != nil {
					return Change{}, err
				}
			}
			c, err := a.BeginPush(body, seller, g, s.Service.Now())
			opened = len(c.Action.Push.Attempts) > len(a.Push.Attempts)
			ended = err == nil && c.Changed(a) && !opened
			return c, err
		})
		if err != nil || opened || !ended {
			return a, opened, err
		}
	}
	return a, false, nil
}

// send asks everything again that must be true at the last moment, and lets the
// pusher send. stopped says why nothing was sent and no attempt is used up.
func (s *Sender) send(ctx context.Context, a Action, body []byte, begun func() time.Duration) (o PushOutcome, stopped string) {
	order, err := s.order(a, body)
	if errors.Is(err, ErrBroken) {
		s.Service.broken(ctx, "push", a.Key(), err)
		return o, "broken assertion"
	}
	if err != nil {
		return PushOutcome{Result: PushNotSent, Note: "the release token could not be signed"}, ""
	}
	asked := s.watch()
	gate, err := s.Gate(ctx)
	if err != nil {
		return o, "the halt flag could not be read"
	}
	if err := errors.Join(gate.Open(s.Service.Now()), s.Service.sure()); err != nil {
		return o, "releases are halted, or the clock is unsure"
	}
	if asked() > gateLife {
		return o, "the halt flag was read too long ago"
	}
	if begun() > PushLease-PushTimeout-clockSkew {
		return PushOutcome{Result: PushNotSent, Note: "too little of the lease was left"}, ""
	}
	timed, cancel := context.WithTimeout(ctx, PushTimeout)
	defer cancel()
	if o, err = s.Pusher.Push(timed, order); err != nil {
		o = PushOutcome{Result: PushUnknown, Status: o.Status, RetryAfter: o.RetryAfter, Note: "the pusher failed"}
	}
	return o, ""
}

// order is the newest attempt as the pusher gets it. The token is the attempt's
// own, so that its expiry bounds what the upstream accepts late.
func (s *Sender) order(a Action, body []byte) (PushOrder, error) {
	if err := errors.Join(a.intact(), a.carries(body)); err != nil {
		return PushOrder{}, err
	}
	request, _ := RequestOf(a)
	last := a.Push.Attempts[len(a.Push.Attempts)-1]
	dated := a
	dated.ClaimedAt = last.At
	claims, err := ReleaseOf(dated, s.Issuer)
	if err != nil {
		return PushOrder{}, err
	}
	token, err := s.Releases.SignRelease(claims)
	return PushOrder{
		Action: a.Key(), Attempt: last.Number, Route: a.Push.Route, Request: request, Body: body,
		Token: token, ReleaseID: a.ReleaseID(),
	}, err
}

// end records what came of an attempt. Where that changes nothing, because the
// attempt was ended meanwhile by somebody else, it stands in the log.
func (s *Sender) end(ctx context.Context, a Action, o PushOutcome, stopped string) error {
	number := len(a.Push.Attempts)
	var late *Action
	_, err := s.Service.Store.Update(ctx, a.Key(), func(a Action, _ Seller) (c Change, err error) {
		if stopped != "" {
			c, err = a.StopPush(number, stopped, s.Service.Now())
		} else {
			c, err = a.EndPush(number, o, s.Service.Now())
		}
		late = nil
		if err == nil && !c.Changed(a) {
			late = &a
		}
		return c, err
	})
	if stopped != "" {
		o = PushOutcome{Result: PushNotSent, Note: stopped}
	}
	if err == nil && late != nil {
		err = s.Service.Store.Refuse(ctx, late.lateWord(number, o.clean(), s.Service.Now()), "")
	}
	if err != nil {
		s.Service.broken(ctx, "push", a.Key(), err)
		return fmt.Errorf("record the push of action %s: %w", a.ID, err)
	}
	return nil
}

// lateWord is the event of an outcome that came after its attempt was over.
func (a Action) lateWord(number int, o PushOutcome, now time.Time) audit.Event {
	data := Pushing{Route: a.Push.Route, Attempts: []PushAttempt{{Number: number, Result: o.Result, Status: o.Status, Note: o.Note}}}.facts()
	return audit.Event{
		Marketplace: string(a.Marketplace), Seller: string(a.Seller), Action: string(a.ID), Generation: a.Generation,
		Verb: "push_late", From: string(a.State), To: string(a.State), Actor: bySystem, At: now, Data: data,
	}
}

// watch starts a stopwatch.
func (s *Sender) watch() (passed func() time.Duration) {
	clock := s.Service.Now()
	if s.Ticks == nil {
		return func() time.Duration { return s.Service.Now().Sub(clock) }
	}
	ticks := s.Ticks()
	return func() time.Duration { return max(s.Service.Now().Sub(clock), s.Ticks()-ticks) }
}
