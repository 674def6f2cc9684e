package approvals

import (
	"errors"
	"strconv"
	"time"
)

// BeginPush opens the next attempt, if one is due. The first is the claim of the
// action, with every rule of a claim; each later one asks again what may have
// changed since. body is the one that would be sent: it must be the one both
// proofs signed (RELIABILITY I12), else ErrBroken. An attempt whose owner gave
// no word inside its lease ends here as unknown. Where nothing may be sent any
// more, the change says what became of the action and opens no attempt.
func (a Action) BeginPush(body []byte, seller Seller, g Gate, now time.Time) (Change, error) {
	if !a.Pushed() || a.Push.NextAt.IsZero() || now.Before(a.Push.NextAt) {
		return Unchanged(a), nil
	}
	if err := g.Open(now); err != nil {
		return Change{}, err
	}
	if _, open := a.Push.open(); open {
		return a.abandon(now)
	}
	if a.State == Approved {
		if err := a.mayClaim(seller, now); err != nil {
			return a.putOff(err, seller, now)
		}
	}
	if err := errors.Join(a.proven(seller), a.carries(body)); err != nil {
		return Change{}, err
	}
	switch g = g.of(a, now); {
	case g.stops() && a.State == Approved:
		c, _ := a.stopped(g, bySystem, now)
		return c, nil
	case (g.Denied || g.Frozen) && a.State == Releasing:
		return a.giveUp("destination stopped", now)
	case a.State == Approved:
		a, code, stops := a.under(g.Again)
		if stops {
			return a.overruled(code, bySystem, now)
		}
		a.Push = a.Push.begun(a.at(now))
		return a.claim(step{by: bySystem, verb: "claim", now: now, data: a.Push.facts()})
	case a.State != Releasing:
		return Change{}, ErrBroken // nothing is due in any other state
	case !a.active(seller):
		return a.giveUp(string(CodeSellerLocked), now)
	case a.at(now).After(a.ClaimBy):
		return a.giveUp(string(CodeClaimExpired), now)
	}
	a.Push = a.Push.begun(a.at(now))
	return a.record(a.State, step{by: bySystem, verb: "push", now: now, data: a.Push.facts()}), nil
}

// carries asserts that body is the one whose digest was approved.
func (a Action) carries(body []byte) error {
	if r, bound := RequestOf(a); !bound || ContentDigest(body) != r.ContentDigest {
		return ErrBroken
	}
	return nil
}

// putOff leaves an approved action that may not be claimed now: until the time
// its seller asked for, or until it expires. One whose seller has changed a
// contact or an authenticator since can never be claimed: it is over, as it is
// for what such a change finds open.
func (a Action) putOff(why error, seller Seller, now time.Time) (Change, error) {
	refusal, ok := errors.AsType[*Error](why)
	if !ok {
		return Change{}, why
	}
	data := map[string]string{"route": a.Push.Route, "refused": string(refusal.Code)}
	if refusal.Code == CodeSecurityChanged {
		return a.cancelFor(Superseded, step{by: bySystem, verb: "cancel", now: now, data: data})
	}
	a.Push.NextAt = time.Time{}
	if refusal.Code == CodeTravelLock {
		a.Push.NextAt = seller.Choices.TravelUntil
	}
	return a.record(a.State, step{by: bySystem, verb: "push_put_off", now: now, data: data}), nil
}

// abandon ends an attempt whose lease is over: its owner is dead or paused, and
// nobody knows what was sent.
func (a Action) abandon(now time.Time) (Change, error) {
	if now.Before(a.Push.LeasedUntil) {
		return Unchanged(a), nil
	}
	return a.end(PushOutcome{Result: PushUnknown, Note: "no word inside the lease"}, now, 0)
}

// EndPush takes the outcome of an attempt. One that was ended by somebody else
// meanwhile changes nothing any more, but that the truth settles a release that
// is unresolved, or waits for its next attempt.
func (a Action) EndPush(number int, o PushOutcome, now time.Time) (Change, error) {
	o = o.clean()
	open, ok := a.Push.open()
	if ok && open.Number == number {
		return a.end(o, now, retryIn(number, o.RetryAfter))
	}
	waits := a.State == Unresolved || a.State == Releasing && !ok
	settles := o.Result == PushExecuted || o.Result == PushFailed && !a.Push.maySentBut(number)
	if !waits || !settles {
		return Unchanged(a), nil
	}
	data := map[string]string{"route": a.Push.Route, "attempt": strconv.Itoa(number), "outcome": string(o.Result), "status": strconv.Itoa(o.Status), "late": "true"}
	return a.settle(o.Result, step{by: bySystem, verb: "push_result", now: now, data: data})
}

// StopPush ends an attempt that the gateway itself stopped before anything was
// sent, because releases were halted or the clock was not to be trusted. It is
// due again soon, and never the last one: under a halt nothing is given up.
func (a Action) StopPush(number int, why string, now time.Time) (Change, error) {
	open, ok := a.Push.open()
	if !ok || open.Number != number || a.State != Releasing {
		return Unchanged(a), nil
	}
	a.Push = a.Push.ended(PushOutcome{Result: PushNotSent, Note: why}, a.at(now))
	a.Push.NextAt = a.at(now).Add(pushRetries[0])
	return a.record(a.State, step{by: bySystem, verb: "push_result", now: now, data: a.Push.facts()}), nil
}

// end ends the open attempt and says what follows: the end of the action, people,
// or another attempt after this long.
func (a Action) end(o PushOutcome, now time.Time, again time.Duration) (Change, error) {
	if a.State != Releasing {
		return Change{}, ErrBroken
	}
	a.Push = a.Push.ended(o, a.at(now))
	s := step{by: bySystem, verb: "push_result", now: now, data: a.Push.facts()}
	next := a.at(now).Add(again)
	tooMany := len(a.Push.Attempts) >= maxAttempts || next.After(a.ClaimBy)
	switch o.Result {
	case PushExecuted:
		return a.settle(PushExecuted, s)
	case PushFailed:
		if a.Push.maySentBut(len(a.Push.Attempts)) {
			return a.settle(PushUnknown, s) // refused now, done before perhaps
		}
		return a.settle(PushFailed, s)
	case PushNotSent:
		if tooMany && !a.Push.maySent() {
			return a.settle(PushFailed, s)
		}
	case PushUnknown:
		tooMany = tooMany || !a.Push.Idempotent
	}
	if tooMany {
		return a.settle(PushUnknown, s)
	}
	a.Push.NextAt = next
	return a.record(a.State, s), nil
}

// giveUp ends a push of which no attempt is open.
func (a Action) giveUp(why string, now time.Time) (Change, error) {
	result := PushFailed
	if a.Push.maySent() {
		result = PushUnknown
	}
	return a.settle(result, step{by: bySystem, verb: "push_given_up", now: now, data: map[string]string{"route": a.Push.Route, "reason": why}})
}

// settle moves a release to what its push came to. Where that is not known,
// people decide, and nothing is ever sent again.
func (a Action) settle(r PushResult, s step) (Change, error) {
	switch r {
	case PushExecuted:
		c, err := a.move(Executed, s)
		if err == nil {
			c.Mails = c.Action.mails(MailExecuted, c.Action.MovedAt)
		}
		return c, err
	case PushFailed, PushNotSent:
		return a.move(ExecutionFailed, s)
	case PushUnknown:
	}
	c, err := a.move(Unresolved, s)
	c.Case = &Case{Reason: CaseUnresolved}
	return c, err
}

// reported is the push of an action whose marketplace says what became of it
// while an attempt is open: the attempt came to that.
func (a Action) reported(r ReportedOutcome, now time.Time) Pushing {
	if _, open := a.Push.open(); !open {
		return a.Push
	}
	o := PushOutcome{Result: PushFailed, Note: "reported by the marketplace"}
	if r == ResultExecuted {
		o.Result = PushExecuted
	}
	return a.Push.ended(o, a.at(now))
}

// overdue looks after a push whose release is open for longer than its attempts
// last: nobody works on it, or releases are halted. It goes on until its claim
// is over.
func (a Action) overdue(now time.Time) (Change, error) {
	_, open := a.Push.open()
	switch {
	case open && !now.Before(a.Push.LeasedUntil):
		return a.abandon(now)
	case !open && a.at(now).After(a.ClaimBy):
		return a.giveUp(string(CodeClaimExpired), now)
	}
	a.ResultBy = a.at(now).Add(ResultWindow)
	return a.record(a.State, step{by: bySystem, verb: "push_waits", now: now}), nil
}
