package approvals

import (
	"time"

	"countersign/approvals/audit"
)

// CancelFor ends the action before its release. It needs no proof: stopping
// never does, going forward always does (DESIGN rule 5). Cancelling a
// cancelled action again changes nothing; one that ended otherwise is refused
// with the state it ended in.
func (a Action) CancelFor(reason CancelReason, by audit.Actor, now time.Time) (Change, error) {
	switch a.State {
	case AwaitingStepUp, Notifying, CoolingOff, AwaitingConfirmation, Approved, Held:
	case Cancelled:
		return Unchanged(a), nil
	case Releasing, Executed, ExecutionFailed, Unresolved:
		return Change{}, a.refuse(CodeTooLateToCancel)
	case Denied, Expired, Failed:
		return Change{}, a.refuse(CodeState)
	}
	return a.cancelFor(reason, step{by: by, verb: "cancel", now: now, data: map[string]string{}})
}

func (a Action) cancelFor(reason CancelReason, s step) (Change, error) {
	a.Cancel = reason
	s.data["reason"] = string(reason)
	c, err := a.move(Cancelled, s)
	if err != nil {
		return Change{}, err
	}
	c.Mails = c.Action.mails(MailCancelled, c.Action.MovedAt)
	return c, nil
}

// Fail ends the action after five consecutive bad tries (STANDARDS TA-09).
func (a Action) Fail(now time.Time) (Change, error) {
	c, err := a.move(Failed, step{by: bySystem, verb: "fail", now: now})
	if err != nil {
		return Change{}, err
	}
	c.Mails = c.Action.mails(MailNotConfirmed, c.Action.MovedAt)
	return c, nil
}

// HoldFor pauses the action. A held action stays held and keeps the state it
// came from. Of two reasons the lock stays, and a missing notice never does:
// its arrival would free the action from the other one too.
func (a Action) HoldFor(code HoldCode, by audit.Actor, now time.Time) (Change, error) {
	c, err := a.hold(code, step{by: by, verb: "hold", now: now, data: map[string]string{"hold": string(code)}})
	if err != nil {
		return Change{}, err
	}
	if c.Changed(a) && code != HoldLocked && a.Hold != HoldReview { // who waits for two people goes on to
		c.Mails = c.Action.mails(MailHeld, c.Action.MovedAt)
	}
	return c, nil
}

func (a Action) hold(code HoldCode, s step) (Change, error) {
	if a.State == Held {
		worse := a.Hold == HoldReview && code == HoldFrozen
		if a.Hold == code || code == HoldNotice || a.Hold != HoldNotice && code != HoldLocked && !worse {
			return Unchanged(a), nil
		}
		a.Hold = code
		return a.record(Held, s), nil
	}
	from := a.State
	a.HoldBy = a.at(s.now).Add(HoldWindow)
	a.HeldFrom, a.Hold = from, code
	return a.move(Held, s)
}

// SellerChange is everything one step does to a seller and the seller's
// actions, saved in one transaction or not at all.
type SellerChange struct {
	Seller   Seller
	Changed  bool // whether the seller itself changed
	Event    audit.Event
	Changes  []Change
	Mails    []Mail // about the seller, not one action
	Notices  []SecurityNotice
	Webhooks []string
	Case     *Case
	Recovery *RecoveryStop // what of the seller's is being recovered ends
	Disputes []string      // fingerprints of what was released, and the owner says was not asked for
	Forget   Places        // where somebody else asked from
}

// Lock stops a seller: every waiting action is held and the epoch rises, so
// that nothing begun before can be released (DESIGN rule 13). Locking a locked
// seller again changes nothing.
func (s Seller) Lock(reason LockReason, open []Action, by audit.Actor, now time.Time) (SellerChange, error) {
	if s.Locked {
		return SellerChange{Seller: s}, nil
	}
	s.Locked, s.LockedAt, s.LockedBy = true, now, reason
	s.LockEpoch++
	out := SellerChange{
		Seller: s, Changed: true, Webhooks: []string{"seller.locked"}, Case: &Case{Reason: reason.opens()},
		Event: audit.Event{
			Marketplace: string(s.Marketplace), Seller: string(s.SellerKey.Seller), Verb: "lock", Actor: by, At: now,
			Data: map[string]string{"reason": string(reason)},
		},
		Recovery: &RecoveryStop{By: by, Why: StopLocked, At: now},
	}
	for _, a := range open {
		if !a.State.Stoppable() {
			continue // released before: the epoch stops what is left of it
		}
		c, err := a.HoldFor(HoldLocked, by, now)
		if err != nil {
			return SellerChange{}, err
		}
		if c.Changed(a) {
			out.Changes = append(out.Changes, c)
		}
	}
	for _, contact := range s.Told(now) {
		out.Mails = append(out.Mails, Mail{Kind: reason.mail(), To: contact.Email, DueAt: now})
	}
	return out, nil
}

// Repudiate is "I did not ask for this": target is cancelled if it still can
// be, the seller is locked with everything else that waits, and a case opens
// even where the seller was locked already.
func (s Seller) Repudiate(target Action, open []Action, now time.Time) (SellerChange, error) {
	return s.repudiate(target, open, target.SellerActor(), now)
}

// repudiate is Repudiate said by the seller or by another person on the account.
func (s Seller) repudiate(target Action, open []Action, by audit.Actor, now time.Time) (SellerChange, error) {
	var others []Action
	var cancelled []Change
	for _, a := range open {
		if a.ID != target.ID {
			others = append(others, a)
			continue
		}
		if !a.State.Stoppable() {
			continue
		}
		c, err := a.CancelFor(NotMe, by, now)
		if err != nil {
			return SellerChange{}, err
		}
		cancelled = append(cancelled, c)
	}
	out, err := s.Lock(LockNotMe, others, by, now)
	out.Changes = append(cancelled, out.Changes...)
	out.Case = &Case{Reason: CaseNotMe, Action: target.ID, Fingerprint: target.Fingerprint}
	out.Recovery = &RecoveryStop{By: by, Why: StopNotMe, At: now}
	if target.NamesDestination() && target.Claims > 0 {
		out.Disputes = []string{target.Fingerprint}
	}
	return out, err
}

func (r LockReason) opens() CaseReason {
	if r == LockNotMe {
		return CaseNotMe
	}
	return CaseLock
}

func (r LockReason) mail() MailKind {
	if r == LockNotMe {
		return MailLockedByYou
	}
	return MailLockedByUs
}
