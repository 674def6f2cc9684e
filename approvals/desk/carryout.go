package desk

import (
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// carryOut does what was decided. It is the one place where a decision of people
// reaches a seller, an action or a destination.
func (s Scene) carryOut(d Decision, sig approvals.Signature, now time.Time) (Ruling, error) {
	r := s.begin(d, now)
	now = latest(now, s.Case.OpenedAt) // another node's clock may be ahead
	change, err := s.change(d, sig.Actor(), now)
	if err != nil {
		return Ruling{}, err
	}
	if change != nil {
		for i := range change.Mails {
			change.Mails[i].Case = s.Case.Name()
		}
		for i := range change.Changes {
			for j := range change.Changes[i].Mails {
				change.Changes[i].Mails[j].Case = s.Case.Name()
			}
			change.Changes[i].Event = signed(change.Changes[i].Event, d)
		}
		change.Case = nil // it is this one
		change.Event = signed(change.Event, d)
	}
	r.Seller, r.Word = change, s.word(d, now)
	r.Said = s.said(d, now)
	if d.Verb == EndRing || d.Verb == AllowDestination {
		r.Events = append(r.Events, CaseEvent(s.Case, "account_checked", sig.Actor(), now))
	}
	if r.Case.AnsweredAt.IsZero() {
		r.Case.AnsweredAt = now
	}
	if d.Verb == KeepLocked {
		r.Case.DecideBy = now.Add(PromiseLife)
	}
	verb := "carry_out_decision"
	if !d.Verb.Two() {
		verb = "decide"
	}
	r.log(d, verb, sig, now)
	if d.Verb == CloseCase || d.Verb.Two() && !s.stoppedAfter(d, change) {
		s.close(&r, sig.Actor(), now)
	}
	return r, nil
}

// signed says in an event which decision it follows from.
func signed(e audit.Event, d Decision) audit.Event {
	if e.Verb == "" {
		return e
	}
	data := map[string]string{"decision": d.ID, "case": Case{Number: d.Case}.Name()}
	for k, v := range e.Data {
		data[k] = v
	}
	e.Data = data
	return e
}

// change is what a decision does to the seller and one action, nil for nothing.
func (s Scene) change(d Decision, by audit.Actor, now time.Time) (*approvals.SellerChange, error) {
	var c approvals.SellerChange
	var err error
	a, _ := s.action(d.Action)
	tell := func(what approvals.SecurityEvent, until time.Time) {
		c.Notices = append(c.Notices, approvals.SecurityNotice{What: what, At: now, Name: a.Reference, Until: until})
	}
	switch d.Verb {
	case Unlock:
		c, err = s.Seller.Unlock(by, now)
		return &c, err
	case Lock:
		c, err = s.Seller.Lock(approvals.LockSupport, s.Actions, by, now)
		return &c, err
	}
	c.Seller = s.Seller
	var one approvals.Change
	switch d.Verb {
	case Hold:
		one, err = a.HoldFor(approvals.HoldAgent, by, now)
	case ExtendHold:
		one, err = a.ExtendHold(by, now)
		tell(approvals.SecuritySupportExtended, one.Action.HoldBy)
	case CancelAction:
		one, err = a.CancelFor(approvals.BySupport, by, now)
	case Resume:
		one, err = a.Restart(s.Seller, by, now)
	case DenyAction:
		one, err = a.Deny(by, now)
		tell(approvals.SecuritySupportDenied, time.Time{})
	case SettleExecuted:
		one, err = a.Settle(approvals.ResultExecuted, by, now)
	case SettleFailed:
		one, err = a.Settle(approvals.ResultFailed, by, now)
		tell(approvals.SecuritySupportFailed, time.Time{})
	case KeepLocked:
		tell(approvals.SecuritySupportKept, now.Add(PromiseLife))
		return &c, nil
	case StopRecovery, FreezeRing, DenyDestination, CloseCase, ResetAuthenticators, DeclareShared, Split, EndRing, AllowDestination:
		return nil, nil
	case Unlock, Lock:
	}
	c.Changes = []approvals.Change{one}
	return &c, err
}

// word is what a decision says about a destination, nil for nothing.
func (s Scene) word(d Decision, now time.Time) *approvals.Word {
	if !d.Verb.OfPlace() {
		return nil
	}
	w := approvals.Word{RingKey: d.Ring, By: audit.Actor{Type: audit.Agent, ID: d.Proposer}, Reason: string(d.Reason), At: now}
	if d.Verb.Two() {
		w.With = audit.Actor{Type: audit.Agent, ID: d.Decider}
	}
	return &w
}

// stoppedAfter reports whether anything is still stopped when the decision is
// carried out.
func (s Scene) stoppedAfter(d Decision, c *approvals.SellerChange) bool {
	f := s.Facts
	switch d.Verb {
	case ResetAuthenticators:
		return true // it runs for days
	case Unlock:
		f.Locked = false
	}
	if c != nil {
		f.Actions = nil
		for _, a := range s.Actions {
			for _, one := range c.Changes {
				if one.Action.ID == a.ID {
					a = one.Action
				}
			}
			f.Actions = append(f.Actions, FactOf(a))
		}
	}
	return f.Stopped()
}
