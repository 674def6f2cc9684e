package approvals

import (
	"slices"
	"time"

	"countersign/approvals/audit"
)

// The calendar of a recovery by the desk (STANDARDS NI-28). Nothing makes any of
// it shorter: no policy, no vouching marketplace, no agent.
const (
	RecoveryWait       = 72 * time.Hour      // from the second agent's word to the link
	RecoveryLife       = 7 * 24 * time.Hour  // from the first link to the end
	RecoveryQuarantine = 168 * time.Hour     // from the new sign-in method to its first payout
	RecoveryLinkLife   = ConfirmLife         // of one link; a new one is mailed when it ends
	ContactSettled     = 30 * 24 * time.Hour // how old each address must be: whoever changed one lately might be the one who calls
)

// RecoveryState is where a recovery stands.
type RecoveryState string

const (
	// RecoveryWaiting: two agents agreed, every contact was told, and nothing else
	// has happened. Left for RecoveryOpen by time, or for an end.
	RecoveryWaiting RecoveryState = "waiting"
	// RecoveryOpen: the link is out. What the seller proves with goes on working.
	RecoveryOpen RecoveryState = "open"
	// RecoveryDone: a new authenticator is in the place of all that were there.
	RecoveryDone RecoveryState = "done"
	// RecoveryStopped: the owner, a lock, one agent or a changed contact ended it.
	RecoveryStopped RecoveryState = "stopped"
	// RecoveryLapsed: nobody used the link in time. Nothing was changed.
	RecoveryLapsed RecoveryState = "lapsed"
)

// Running reports whether it can still come to an end of its own.
func (s RecoveryState) Running() bool { return s == RecoveryWaiting || s == RecoveryOpen }

// Recovery replaces what a seller signs in with, after two agents agreed that it
// is lost. It takes nothing away until the seller, by the mailed link, has set up
// something new, and moves no action. A seller has one at a time.
type Recovery struct {
	ID            string // UUIDv7; no secret
	Seller        SellerKey
	Decision      string // of the two agents
	State         RecoveryState
	AgreedAt      time.Time
	OpensAt       time.Time // the link is mailed
	LapsesAt      time.Time // and is worth nothing any more
	Serial        int       // of the newest link; 0 before the first
	LinkUntil     time.Time // zero while there is no link
	EndedAt       time.Time // zero while it runs
	Authenticator string    // that was set up, once it is done
}

// NewRecovery is what two agents agreed on now.
func NewRecovery(id string, seller SellerKey, decision string, now time.Time) Recovery {
	opens := now.Add(RecoveryWait)
	return Recovery{
		ID: id, Seller: seller, Decision: decision, State: RecoveryWaiting, AgreedAt: now, OpensAt: opens, LapsesAt: opens.Add(RecoveryLife),
	}
}

// Calendar is what the seller is told, and the desk shows beside it.
type Calendar struct {
	Agreed time.Time
	Opens  time.Time // the mails with the link
	Lapses time.Time // until when it can be used
	Payout time.Time // the earliest moment at which something new can approve money
}

// Calendar is the recovery's own; of one that is done the last date is the day
// that counts.
func (r Recovery) Calendar() Calendar {
	payout := r.OpensAt.Add(RecoveryQuarantine)
	if r.State == RecoveryDone {
		payout = r.EndedAt.Add(RecoveryQuarantine)
	}
	return Calendar{Agreed: r.AgreedAt, Opens: r.OpensAt, Lapses: r.LapsesAt, Payout: payout}
}

// PreviewRecovery is the calendar of a recovery that would be agreed on now.
func PreviewRecovery(now time.Time) Calendar {
	return NewRecovery("", SellerKey{}, "", now).Calendar()
}

// DueAt is when time asks for the next move, zero when it is over.
func (r Recovery) DueAt() time.Time {
	switch r.State {
	case RecoveryWaiting:
		return r.OpensAt
	case RecoveryOpen:
		return r.LinkUntil
	case RecoveryDone, RecoveryStopped, RecoveryLapsed:
	}
	return time.Time{}
}

// RecoveryChange is one step of a recovery, with its event and what every contact
// is told, saved in one transaction or not at all.
type RecoveryChange struct {
	Recovery Recovery
	Changed  bool
	Event    audit.Event
	Notice   SecurityNotice
}

// Due makes the one move that time asks for: it mails the link, mails another
// when that has ended, and lapses. Where an address changed since the two agreed
// it stops instead: who would read the link is not who they agreed about.
func (r Recovery) Due(seller Seller, now time.Time) RecoveryChange {
	due := r.DueAt()
	if due.IsZero() || now.Before(due) {
		return RecoveryChange{Recovery: r}
	}
	switch {
	case seller.changedSince(r.AgreedAt):
		return r.Stop(RecoveryStop{By: bySystem, Why: StopContact, At: now})
	case !now.Before(r.LapsesAt):
		return r.end(RecoveryLapsed, "recovery_lapsed", SecurityRecoveryLapsed, RecoveryStop{By: bySystem, At: now})
	}
	r.State = RecoveryOpen
	r.Serial++
	if r.LinkUntil = now.Add(RecoveryLinkLife); r.LinkUntil.After(r.LapsesAt) {
		r.LinkUntil = r.LapsesAt
	}
	return RecoveryChange{
		Recovery: r, Changed: true,
		Event: r.event("recovery_opened", bySystem, now, map[string]string{"link_until": FormatTime(r.LinkUntil)}),
		Notice: SecurityNotice{
			What: SecurityRecoveryOpen, At: now, Until: r.LinkUntil, From: r.LapsesAt, Recovery: r.ID, Serial: r.Serial,
		},
	}
}

// StopWhy is what ended a recovery.
type StopWhy string

const (
	StopNotMe   StopWhy = "not_me"          // "this was not me", from any mail
	StopLocked  StopWhy = "locked"          // the seller was locked meanwhile
	StopAgent   StopWhy = "agent"           // one agent, alone
	StopContact StopWhy = "contact_changed" // an address changed meanwhile
)

// RecoveryStop says who stops what runs, and why. It takes no proof and no second
// person (DESIGN rules 5 and 14).
type RecoveryStop struct {
	By  audit.Actor
	Why StopWhy
	At  time.Time
}

// Stop ends a recovery that runs, up to its last moment. Of one that is over
// nothing changes.
func (r Recovery) Stop(s RecoveryStop) RecoveryChange {
	if !r.State.Running() {
		return RecoveryChange{Recovery: r}
	}
	return r.end(RecoveryStopped, "recovery_stopped", SecurityRecoveryStopped, s)
}

func (r Recovery) end(to RecoveryState, verb string, told SecurityEvent, s RecoveryStop) RecoveryChange {
	r.State, r.EndedAt, r.LinkUntil = to, s.At, time.Time{}
	data := map[string]string{}
	if s.Why != "" {
		data["reason"] = string(s.Why)
	}
	return RecoveryChange{Recovery: r, Changed: true, Event: r.event(verb, s.By, s.At, data), Notice: SecurityNotice{What: told, At: s.At}}
}

// Finish ends an open recovery with the authenticator that the seller has set up
// by its link. It is refused before the calendar opens it and after it lapses,
// for a locked or travelling seller, and where an address changed meanwhile.
func (r Recovery) Finish(seller Seller, authenticator string, now time.Time) (Recovery, error) {
	if err := r.MayFinish(seller, now); err != nil {
		return r, err
	}
	r.State, r.EndedAt, r.LinkUntil, r.Authenticator = RecoveryDone, now, time.Time{}, authenticator
	return r, nil
}

// MayFinish says why a seller cannot set up something new by this recovery now,
// nil where it can.
func (r Recovery) MayFinish(seller Seller, now time.Time) error {
	switch {
	case r.State == RecoveryDone:
		return Refuse(CodeLinkSpent)
	case r.State == RecoveryWaiting, now.Before(r.OpensAt):
		return Refuse(CodeTooEarly)
	case r.State != RecoveryOpen, !now.Before(r.LapsesAt):
		return Refuse(CodeLinkExpired)
	case seller.Locked:
		return Refuse(CodeSellerLocked)
	case seller.changedSince(r.AgreedAt):
		return Refuse(CodeContactChanged)
	}
	return seller.stays(now)
}

// MayRecover says why two agents cannot agree on a recovery now, nil where they
// can. running is one that runs, and enrolled whether there is anything to
// replace: a seller who never had a sign-in method sets one up without help.
func (s Seller) MayRecover(running bool, enrolled bool, now time.Time) error {
	switch {
	case running:
		return Refuse(CodeRecoveryRuns)
	case !enrolled:
		return Refuse(CodeNothingLost)
	case s.unsettled(now):
		return Refuse(CodeContactChanged)
	}
	return nil
}

// unsettled reports whether an address came or went less than ContactSettled ago.
// The addresses that the seller began with do not count.
func (s Seller) unsettled(now time.Time) bool { return s.changedSince(now.Add(-ContactSettled)) }

func (s Seller) changedSince(at time.Time) bool {
	return slices.ContainsFunc(s.Contacts, func(c Contact) bool {
		return c.RetiredAt.After(at) || c.Since.After(at) && c.Since.After(s.CreatedAt)
	})
}

// Agreed is the event and the notice of a recovery that two agents agreed on.
func (r Recovery) Agreed(by audit.Actor) (audit.Event, SecurityNotice) {
	c := r.Calendar()
	e := r.event("recovery_agreed", by, r.AgreedAt, map[string]string{
		"decision": r.Decision, "opens_at": FormatTime(r.OpensAt), "lapses_at": FormatTime(r.LapsesAt),
	})
	return e, SecurityNotice{What: SecurityRecoveryAgreed, At: r.AgreedAt, From: c.Opens, Until: c.Payout}
}

func (r Recovery) event(verb string, by audit.Actor, at time.Time, data map[string]string) audit.Event {
	data["recovery"] = r.ID
	return audit.Event{Marketplace: string(r.Seller.Marketplace), Seller: string(r.Seller.Seller), Verb: verb, Actor: by, At: at, Data: data}
}
