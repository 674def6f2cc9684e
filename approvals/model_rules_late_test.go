package approvals_test

import (
	"fmt"
	"slices"
	"time"

	"countersign/approvals"
)

// checkRule13: no claim while the seller is locked, nor by a generation that
// began before the last lock; a locked seller's action only ends, and one held
// for any reason but a missing notice starts again or ends.
func checkRule13(w *world, fresh []savedChange) string {
	for _, s := range fresh {
		if s.change.Claim != nil && w.lockedSince(s) {
			return fmt.Sprintf("%s began in step %d, its seller was locked in step %d", s.to.ID, w.begun[generation(s.to)], w.lastLock[s.to.SellerKey()])
		}
		if s.from.State == approvals.Held && s.from.Hold != approvals.HoldNotice && s.to.State != approvals.Held && s.to.State != approvals.AwaitingStepUp && !s.to.State.Final() {
			return fmt.Sprintf("%s was held for %s and goes on as %s", s.to.ID, s.from.Hold, s.to.State)
		}
		if !s.seller.Locked || s.from.Version == 0 || s.from.State == s.to.State {
			continue
		}
		switch s.to.State {
		case approvals.Held, approvals.Cancelled, approvals.Denied, approvals.Expired, approvals.Failed:
		case approvals.Executed, approvals.ExecutionFailed, approvals.Unresolved: // claimed before the lock
		default:
			return fmt.Sprintf("%s of a locked seller goes from %s to %s", s.to.ID, s.from.State, s.to.State)
		}
	}
	return w.faults["Rule13"]
}

// lockedSince reports whether the seller was locked after the generation of a
// change began, and before the change: a lock in the same step came after it where
// the change was made for a seller who was not locked.
func (w *world) lockedSince(s savedChange) bool {
	last := w.lastLock[s.to.SellerKey()]
	return s.seller.Locked || last >= w.begun[generation(s.to)] && last < w.step
}

// checkRule15: a change raises the version by one and has one event that tells
// it; all versions of an action have theirs; every refusal is in the log too.
func checkRule15(w *world, fresh []savedChange) string {
	for _, s := range fresh {
		e := s.change.Event
		if s.to.Version != s.from.Version+1 || e.Version != s.to.Version || e.Action != string(s.to.ID) || e.From != string(s.from.State) || e.To != string(s.to.State) || e.Generation != s.to.Generation || !e.At.Equal(s.to.MovedAt) || e.Verb == "" {
			return fmt.Sprintf("%s: version %d after %d, event %+v", s.to.ID, s.to.Version, s.from.Version, e)
		}
	}
	moves := 0
	for _, a := range w.store.actions {
		moves += a.Version
	}
	told := 0
	for _, e := range w.store.events {
		if e.Action != "" {
			told++
		}
	}
	if moves != told {
		return fmt.Sprintf("%d versions, %d events", moves, told)
	}
	late := 0 // words about a push that came after it was over stand in the same log
	for _, e := range w.store.refusals {
		if e.Verb == "push_late" {
			late++
		}
	}
	if w.refused != len(w.store.refusals)-late {
		return fmt.Sprintf("%d calls were refused, %d refusals are in the log", w.refused, len(w.store.refusals)-late)
	}
	return ""
}

// checkRule16: each move by its own stored deadline and the server's time, which
// never goes back in an action; not_before never earlier in a generation.
func checkRule16(w *world, fresh []savedChange) string {
	for _, s := range fresh {
		if wrong := deadlineOf(s); wrong != "" {
			return fmt.Sprintf("%s, %s to %s at %v: %s", s.to.ID, s.from.State, s.to.State, s.now, wrong)
		}
		if s.to.MovedAt.Before(s.from.MovedAt) {
			return fmt.Sprintf("%s moved at %v after %v", s.to.ID, s.to.MovedAt, s.from.MovedAt)
		}
		if nb := s.to.NotBefore; !nb.IsZero() {
			if first, known := w.earliest[generation(s.to)]; known && nb.Before(first) {
				return fmt.Sprintf("not_before of %s went from %v to %v", s.to.ID, first, nb)
			}
			w.earliest[generation(s.to)] = nb
		}
	}
	for _, s := range claimed(fresh) {
		if mark := s.gate.ClockMark; s.now.Before(mark.Add(-time.Second)) || s.now.After(mark.Add(time.Hour)) {
			return fmt.Sprintf("%s is released at %v with the mark at %v", s.to.ID, s.now, mark)
		}
	}
	return ""
}

// deadlineOf says which deadline a move ignored.
func deadlineOf(s savedChange) string {
	old, moved := s.from, s.from.State != s.to.State
	switch {
	case !moved:
	case s.to.State == approvals.Notifying && s.now.After(old.StepUpBy):
		return "after step_up_by"
	case s.to.State == approvals.AwaitingConfirmation && s.now.Before(old.NotBefore):
		return "before not_before"
	case s.to.State == approvals.Approved && (s.now.Before(old.NotBefore) || s.now.After(old.ConfirmBy)):
		return "outside the window"
	case s.to.State == approvals.Releasing && s.now.After(old.ClaimBy):
		return "after claim_by"
	case s.to.State == approvals.Unresolved && s.now.Before(old.ResultBy) && !slices.ContainsFunc(s.to.Push.Attempts, func(t approvals.PushAttempt) bool { return t.Result == approvals.PushUnknown }):
		return "before result_by"
	case s.to.State == approvals.Expired:
		by := map[approvals.State]time.Time{
			approvals.AwaitingStepUp: old.StepUpBy, approvals.AwaitingConfirmation: old.ConfirmBy, approvals.Approved: old.ClaimBy, approvals.Held: old.HoldBy,
		}[old.State]
		if by.IsZero() || s.now.Before(by) {
			return "expired early"
		}
	}
	return ""
}

// checkRule17: nothing is claimed while the gateway is halted, and an action
// whose stored details were written over never goes forward again.
func checkRule17(w *world, fresh []savedChange) string {
	if slices.ContainsFunc(claimed(fresh), func(s savedChange) bool { return s.gate.Halted }) {
		return "released while halted"
	}
	forward := []approvals.State{approvals.Notifying, approvals.Approved, approvals.Releasing}
	for _, s := range fresh {
		if w.spoiled[s.to.ID] && s.from.State != s.to.State && slices.Contains(forward, s.to.State) {
			return fmt.Sprintf("%s was written over and goes from %s to %s", s.to.ID, s.from.State, s.to.State)
		}
	}
	return ""
}
