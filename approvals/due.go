package approvals

import (
	"slices"
	"time"

	"countersign/approvals/audit"
)

// Limits on asking for another confirmation mail (RELIABILITY §5).
const (
	maxResends  = 3
	resendPause = 2 * time.Minute
)

// Due makes the one move that time asks for, if any: it compares now with the
// action's own deadline, so a wake-up that comes early, twice or late does no
// harm (DESIGN rule 16). Time alone never activates anything: it opens the
// confirmation, renews a link, holds, expires, or asks people.
func (a Action) Due(seller Seller, now time.Time) (Change, error) {
	due := a.DueAt()
	if due.IsZero() || now.Before(due) {
		return Unchanged(a), nil
	}
	switch a.State {
	case AwaitingStepUp, Approved, Held:
		return a.expire(now)
	case Notifying:
		c, err := a.HoldFor(HoldNotice, bySystem, now)
		c.Case = &Case{Reason: CaseNotice}
		return c, err
	case CoolingOff:
		return a.openWindow(seller, now)
	case AwaitingConfirmation:
		if !now.Before(a.ConfirmBy) {
			if a.unanswered() {
				c, err := a.HoldFor(HoldReview, bySystem, now)
				c.Case = &Case{Reason: CaseReview}
				return c, err
			}
			return a.expire(now)
		}
		return a.renew(step{by: bySystem, verb: "renew_link", now: now}, seller), nil
	case Releasing:
		if a.Pushed() {
			return a.overdue(now)
		}
		c, err := a.move(Unresolved, step{by: bySystem, verb: "result_overdue", now: now})
		c.Case = &Case{Reason: CaseUnresolved}
		return c, err
	case Executed, ExecutionFailed, Unresolved, Cancelled, Denied, Expired, Failed:
	}
	return Unchanged(a), nil
}

func (a Action) expire(now time.Time) (Change, error) {
	c, err := a.move(Expired, step{by: bySystem, verb: "expire", now: now, data: map[string]string{"from": string(a.State)}})
	if err != nil {
		return Change{}, err
	}
	c.Mails = c.Action.mails(MailNotConfirmed, c.Action.MovedAt)
	return c, nil
}

// openWindow starts the 72 hours in which the seller may confirm. They run
// from now, so that time in which the gateway was down is not lost to the
// seller.
func (a Action) openWindow(seller Seller, now time.Time) (Change, error) {
	if !a.active(seller) {
		return a.HoldFor(HoldLocked, bySystem, now)
	}
	a.ConfirmBy = a.at(now).Add(ConfirmWindow)
	a.RenewAt = a.at(now).Add(ConfirmLife)
	c, err := a.move(AwaitingConfirmation, step{by: bySystem, verb: "open_confirmation", now: now})
	if err != nil {
		return Change{}, err
	}
	return c.withConfirmLink(MailConfirm).asking(MailApproverAsked, seller), nil
}

// renew replaces the mailed links by new ones.
func (a Action) renew(s step, seller Seller) Change {
	a.RenewAt = a.at(s.now).Add(ConfirmLife)
	return a.record(a.State, s).withConfirmLink(MailConfirmAgain).asking(MailApproverAgain, seller)
}

// confirms reports whether the confirmation link goes to this address: to those
// that count, and of a contact.change to the one that is replaced alone.
func (a Action) confirms(email string) bool {
	if swap, ok := ContactsOf(a); ok {
		return email == swap.From.Email
	}
	return slices.ContainsFunc(a.Contacts, func(n Notice) bool { return n.Email == email && n.Role == ContactCurrent })
}

// linkEnds is when the links of the window that are made now end: at most 24
// hours from now, and never beyond the window.
func (a Action) linkEnds() time.Time {
	expires := a.MovedAt.Add(ConfirmLife)
	if expires.After(a.ConfirmBy) {
		return a.ConfirmBy
	}
	return expires
}

// withConfirmLink adds a confirmation link and the mails that carry it, unless
// the seller has confirmed and another person's word is what is waited for.
func (c Change) withConfirmLink(k MailKind) Change {
	a := c.Action
	a.ConfirmSerial = a.Version
	c.Action = a
	if _, confirmed := a.Proof(StageConfirmation); confirmed {
		return c
	}
	c.Links = append(c.Links, a.link(ConfirmLink, a.linkEnds()))
	for _, m := range a.mails(k, a.MovedAt) {
		if a.confirms(m.To) {
			m.Serial = a.Version
			c.Mails = append(c.Mails, m)
		}
	}
	return c
}

// Resend mails a new confirmation link at the seller's wish: at most three
// times a window, two minutes apart. It moves no deadline (STANDARDS EM-12).
func (a Action) Resend(seller Seller, by audit.Actor, now time.Time) (Change, error) {
	if a.State != AwaitingConfirmation {
		return Change{}, a.refuse(CodeState)
	}
	if !now.Before(a.ConfirmBy) {
		return Change{}, a.refuse(CodeTooLate)
	}
	if a.Resends >= maxResends {
		return Change{}, a.refuse(CodeResendLimit)
	}
	if again := a.ResentAt.Add(resendPause); a.Resends > 0 && now.Before(again) {
		return Change{}, a.refuse(CodeResendLimit).With("retry_at", FormatTime(again))
	}
	a.Resends++
	a.ResentAt = a.at(now)
	return a.renew(step{by: by, verb: "resend_link", now: now}, seller), nil
}
