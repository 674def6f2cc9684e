package desk

import (
	"encoding/hex"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// Ruling is everything that one step of people does, saved in one transaction or not
// at all.
type Ruling struct {
	Decision Decision
	Ended    []Decision // proposals that are over by it, saved before anything else
	Seller   *approvals.SellerChange
	Word     *approvals.Word // about the destination, for verbs of one
	Case     *Case           // as it is afterwards
	Closed   []Case          // other cases of the seller that end with it
	Events   []audit.Event
	Said     []Said // to sellers, besides what Seller holds
	// Refusal is answered after the ruling was saved.
	Refusal error
}

// Said is what one seller is told.
type Said struct {
	Seller approvals.SellerKey
	Notice approvals.SecurityNotice
}

// begin is a ruling that saves a decision. Every act of a person renews their claim,
// or makes one where nobody else has it.
func (s Scene) begin(d Decision, now time.Time) Ruling {
	c := s.Case
	if !c.Owned("", now) || c.Owner == s.Person.ID {
		c.Owner, c.OwnedUntil = s.Person.ID, now.Add(ClaimLife)
	}
	return Ruling{Decision: d, Case: &c}
}

// ended adds proposals that are over, each with its event.
func (r *Ruling) ended(over ...Decision) {
	for _, d := range over {
		verb := "void_decision"
		if d.State == DecisionLapsed {
			verb = "lapse_decision"
		}
		r.Ended = append(r.Ended, d)
		r.Events = append(r.Events, d.event(verb, audit.Actor{Type: audit.System}, d.DecidedAt))
	}
}

// log adds the event of what somebody signed.
func (r *Ruling) log(d Decision, verb string, sig approvals.Signature, now time.Time) {
	e := d.event(verb, sig.Actor(), now)
	if sig.Passkey != "" {
		e.Data["passkey"] = sig.Passkey
	}
	r.Events = append(r.Events, e)
}

// event is the audit line of a decision. It names the action in its data: only a
// move of an action is an event of it.
func (d Decision) event(verb string, by audit.Actor, now time.Time) audit.Event {
	facts := d.Facts.Digest()
	data := map[string]string{
		"case": Case{Number: d.Case}.Name(), "decision": d.ID, "decides": string(d.Verb), "state": string(d.State), "reason": string(d.Reason),
		"note_sha256": hashed(d.Note), "facts": hex.EncodeToString(facts[:]), "proposer": d.Proposer,
	}
	if d.Action != "" {
		data["action"] = string(d.Action)
	}
	if d.Ring.Fingerprint != "" {
		data["fingerprint"] = d.Ring.Fingerprint
	}
	if d.Decider != "" && d.Decider != d.Proposer {
		data["decider"], data["decider_reason"], data["decider_note_sha256"] = d.Decider, string(d.DeciderReason), hashed(d.DeciderNote)
	}
	return audit.Event{Marketplace: string(d.Seller.Marketplace), Seller: string(d.Seller.Seller), Verb: verb, Actor: by, At: now, Data: data}
}

// CaseEvent is the audit line of something that happened to a case.
func CaseEvent(c Case, verb string, by audit.Actor, now time.Time) audit.Event {
	return audit.Event{
		Marketplace: string(c.Seller.Marketplace), Seller: string(c.Seller.Seller), Verb: verb, Actor: by, At: now,
		Data: map[string]string{"case": c.Name(), "reason": string(c.Reason)},
	}
}

// close ends the case. What two decided ends the seller's other cases with it, and
// voids the proposals in them; a request for a recovery is answered in its own case.
func (s Scene) close(r *Ruling, by audit.Actor, now time.Time) {
	outcome := string(r.Decision.Verb)
	r.Case.ClosedAt, r.Case.Outcome = now, outcome
	r.Events = append(r.Events, closed(*r.Case, by, now))
	s.declined(r, by, now)
	if !r.Decision.Verb.Two() {
		return
	}
	ends := map[int64]bool{r.Case.Number: true}
	for _, c := range s.Others {
		if c.Reason == approvals.CaseRecovery {
			continue
		}
		ends[c.Number] = true
		c.ClosedAt, c.Outcome = latest(now, c.OpenedAt), outcome
		if c.AnsweredAt.IsZero() {
			c.AnsweredAt = c.ClosedAt
		}
		r.Closed = append(r.Closed, c)
		r.Events = append(r.Events, closed(c, by, c.ClosedAt))
	}
	for _, p := range s.Proposals {
		if ends[p.Case] && p.ID != r.Decision.ID {
			p.State, p.DecidedAt = DecisionVoid, latest(now, p.ProposedAt)
			r.ended(p)
		}
	}
}

// declined tells the seller of a request for a recovery that ends without one.
func (s Scene) declined(r *Ruling, by audit.Actor, now time.Time) {
	if s.Case.Reason != approvals.CaseRecovery || s.Agreed {
		return
	}
	if r.Seller == nil {
		r.Seller = &approvals.SellerChange{Seller: s.Seller}
	}
	r.Seller.Notices = append(r.Seller.Notices, approvals.SecurityNotice{What: approvals.SecurityRecoveryDeclined, At: now})
	r.Events = append(r.Events, CaseEvent(s.Case, "recovery_declined", by, now))
}

func closed(c Case, by audit.Actor, now time.Time) audit.Event {
	e := CaseEvent(c, "close_case", by, now)
	e.Data["outcome"] = c.Outcome
	return e
}
