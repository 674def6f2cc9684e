package approvals

import (
	"time"

	"countersign/approvals/audit"
)

// What follows is decided by people, in twos where it takes friction away; package
// desk asks for it, and the database for their decision.

// Unlock lifts the lock of a seller. What the lock held stays held, and proofs from
// before it stay void: each action is freed by itself and starts again (DESIGN rule
// 13). Of a seller who is not locked it is CodeState.
func (s Seller) Unlock(by audit.Actor, now time.Time) (SellerChange, error) {
	if !s.Locked {
		return SellerChange{}, Refuse(CodeState)
	}
	e := audit.Event{
		Marketplace: string(s.Marketplace), Seller: string(s.SellerKey.Seller), Verb: "unlock", Actor: by, At: now,
		Data: map[string]string{"locked_by": string(s.LockedBy), "locked_at": FormatTime(s.LockedAt)},
	}
	s.Locked, s.LockedAt, s.LockedBy = false, time.Time{}, ""
	return SellerChange{
		Seller: s, Changed: true, Event: e, Webhooks: []string{"seller.unlocked"},
		Notices: []SecurityNotice{{What: SecuritySupportUnlocked, At: now}},
	}, nil
}

// Deny ends an action before its release, by a verdict.
func (a Action) Deny(by audit.Actor, now time.Time) (Change, error) {
	if !a.State.Stoppable() {
		return Change{}, a.refuse(CodeState)
	}
	return a.move(Denied, step{by: by, verb: "deny", now: now})
}

// ExtendHold lets a held action wait for its check for HoldWindow from now on.
func (a Action) ExtendHold(by audit.Actor, now time.Time) (Change, error) {
	until := a.at(now).Add(HoldWindow)
	if a.State != Held || !until.After(a.HoldBy) {
		return Change{}, a.refuse(CodeState)
	}
	a.HoldBy = until
	return a.record(Held, step{by: by, verb: "extend_hold", now: now, data: map[string]string{"until": FormatTime(until)}}), nil
}

// Settle says what became of an unresolved action, where nobody else does. What was
// not carried out can be claimed again until its ClaimBy, as after a report of it.
func (a Action) Settle(outcome ReportedOutcome, by audit.Actor, now time.Time) (Change, error) {
	if a.State != Unresolved {
		return Change{}, a.refuse(CodeState)
	}
	c, err := a.Report(Result{Outcome: outcome}, now)
	if err != nil {
		return Change{}, err
	}
	c.Event.Actor, c.Event.Verb = by, "settle"
	return c, nil
}
