package approvals_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/approvals"
)

func TestPush_OneEffect(t *testing.T)    { holds(t, "Push") }
func TestPush_BeginsOpenly(t *testing.T) { holds(t, "PushBegins") }

// sentOrder is one request that the upstream got.
type sentOrder struct {
	order  approvals.PushOrder
	result approvals.PushResult
}

// far is the upstream of the model: what it answers is drawn, and while it
// answers others go on, or the worker dies.
type far struct{ w *world }

var errDied = errors.New("kill -9")

func (f far) Push(_ context.Context, o approvals.PushOrder) (approvals.PushOutcome, error) {
	w := f.w
	a := w.store.actions[o.Action.ID]
	w.seeSend(a, o)
	result := rapid.SampledFrom([]approvals.PushResult{
		approvals.PushExecuted, approvals.PushFailed, approvals.PushNotSent, approvals.PushUnknown, approvals.PushUnknown, "",
	}).Draw(w.t, "comes to")
	w.sent[a.ID] = append(w.sent[a.ID], sentOrder{o, result})
	switch rapid.IntRange(0, 7).Draw(w.t, "meanwhile") {
	case 0:
		panic(errDied)
	case 1:
		w.stepCancel()
	case 2:
		w.stepLock()
	case 3:
		w.report(a)
	case 4:
		w.pass(40 * time.Second)
		w.push(a)
	case 5:
		w.now = w.now.Add(-time.Minute)
	}
	return approvals.PushOutcome{Result: result, Status: 200}, nil
}

// seeSend holds what leaves against the books, from outside.
func (w *world) seeSend(a approvals.Action, o approvals.PushOrder) {
	r, bound := approvals.RequestOf(w.born[a.ID])
	before := w.sent[a.ID]
	switch {
	case !bound || o.Request != r || approvals.ContentDigest(o.Body) != r.ContentDigest:
		w.wrong("Push", "I12: %s sends other bytes than were approved", a.ID)
	case w.stopped[a.ID] || a.State != approvals.Releasing:
		w.wrong("Push", "I3, I6: %s is sent in %s, stopped %v", a.ID, a.State, w.stopped[a.ID])
	case w.store.gate.Halted:
		w.wrong("Push", "I33: %s is sent under a halt", a.ID)
	case o.ReleaseID != "rel_"+string(a.ID) || len(before) > 0 && before[0].order.ReleaseID != o.ReleaseID:
		w.wrong("Push", "I4: %s is sent under the key %s", a.ID, o.ReleaseID)
	case !a.Push.Idempotent && slices.ContainsFunc(before, func(s sentOrder) bool { return s.result != approvals.PushNotSent }):
		w.wrong("Push", "I4b: %s is sent again after %+v", a.ID, before)
	case w.now.After(a.Push.Attempts[o.Attempt-1].At.Add(approvals.PushLease - approvals.PushTimeout)):
		w.wrong("Push", "I7b: attempt %d of %s, begun at %v, is sent at %v", o.Attempt, a.ID, a.Push.Attempts[o.Attempt-1].At, w.now)
	}
}

// Sends implements approvals.Pusher.
func (far) Sends(approvals.PushRoute) bool { return true }

// push wakes a worker for a, which may stand still between claim and send.
func (w *world) push(a approvals.Action) {
	sender := w.senderOf(far{w})
	sender.Releases = signing(func() {
		switch rapid.IntRange(0, 9).Draw(w.t, "before it is sent") {
		case 0:
			w.pass(10 * time.Second)
		case 1:
			w.pass(20 * time.Second)
		case 2:
			w.stepLock()
		case 3:
			w.store.gate.Halted = true
		case 4:
			w.stepCancel()
		}
	})
	defer func() {
		if r := recover(); r != nil && r != errDied {
			panic(r)
		}
	}()
	_ = sender.Push(context.Background(), string(a.ID))
}

// stepPush wakes a worker for a push: one that is due if there is any, or any.
func (w *world) stepPush() {
	a, _ := w.pick()
	for _, id := range w.order {
		if b := w.store.actions[id]; b.Pushed() && !b.Push.NextAt.IsZero() {
			a = b
		}
	}
	if next := a.Push.NextAt; !next.IsZero() && next.After(w.now) && !w.chance(4, "early") {
		w.pass(next.Sub(w.now))
	}
	if leased := a.Push.LeasedUntil; !leased.IsZero() && leased.After(w.now) && !w.chance(4, "early") {
		w.pass(leased.Sub(w.now))
	}
	if !w.chance(4, "clock") {
		w.store.gate.ClockMark = w.now
	}
	w.push(a)
}

// checkPush: what seeSend saw, and nothing due on what is over.
func checkPush(w *world, fresh []savedChange) string {
	for _, s := range fresh {
		if p := s.to.Push; s.to.State != approvals.Approved && s.to.State != approvals.Releasing && (!p.NextAt.IsZero() || !p.LeasedUntil.IsZero()) {
			return fmt.Sprintf("%s is %s, and its push is due: %+v", s.to.ID, s.to.State, p)
		}
		if s.to.State == approvals.ExecutionFailed && s.from.State == approvals.Releasing && s.to.Pushed() && s.change.Event.Actor.Type == "system" {
			said := s.change.Event.Data["attempt"] // the one that is known to have been refused
			maySent := slices.ContainsFunc(s.to.Push.Attempts, func(t approvals.PushAttempt) bool {
				return t.Result != approvals.PushNotSent && (strconv.Itoa(t.Number) != said || s.change.Event.Data["outcome"] != "failed")
			})
			if maySent {
				return fmt.Sprintf("%s has failed, and nobody knows whether it was sent: %+v", s.to.ID, s.to.Push.Attempts)
			}
		}
	}
	return w.faults["Push"]
}

// checkPushBegins: an attempt is the next number, one at a time (I5), begun for an
// active seller by a generation that no lock came after (I7), while releases are
// open (I33); the first is the claim.
func checkPushBegins(w *world, fresh []savedChange) string {
	for _, s := range fresh {
		was, is := s.from.Push.Attempts, s.to.Push.Attempts
		if s.to.Pushed() && (s.change.Claim != nil) != (len(was) == 0 && len(is) == 1) {
			return fmt.Sprintf("%s: a claim with %d attempts after %d", s.to.ID, len(is), len(was))
		}
		if len(is) == len(was) {
			continue
		}
		switch {
		case len(is) != len(was)+1 || is[len(is)-1].Number != len(is):
			return fmt.Sprintf("%s: %d attempts after %d", s.to.ID, len(is), len(was))
		case len(was) > 0 && was[len(was)-1].EndedAt.IsZero():
			return fmt.Sprintf("%s: two attempts at once", s.to.ID)
		case w.lockedSince(s):
			return fmt.Sprintf("%s: attempt %d after a lock", s.to.ID, len(is))
		case s.to.State != approvals.Releasing:
			return fmt.Sprintf("%s: attempt %d in %s", s.to.ID, len(is), s.to.State)
		}
	}
	return w.faults["PushBegins"]
}
