package desk

import (
	"encoding/hex"
	"strconv"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// roleAdmin is the role that decides on the policy.
const roleAdmin = "admin"

// propose adds a version. One that only tightens is in force at once; any other
// waits for a second admin, and needs a first. What was on its way ends: it was
// compared with, and approved beside, something else.
func (s Standing) propose(v Version, by audit.Actor, now time.Time) (Change, error) {
	if v.Base != s.Effective.Number {
		return Change{}, approvals.Refuse(approvals.CodePolicyMoved)
	}
	if len(v.Milder) > 0 && v.Proposer == "" {
		return Change{}, approvals.Refuse(approvals.CodeTwoAdmins)
	}
	v.Number, v.ProposedAt = s.Last+1, now
	c := s.supersede(by, now)
	if len(v.Milder) > 0 {
		v.State, v.LapsesAt = Proposed, now.Add(ProposalLife)
		return c.with(v, "propose_policy", by, now), nil
	}
	c.Versions = append(c.Versions, s.retired(now)...)
	v.State, v.EffectiveAt, v.Since = Effective, now, now
	return c.with(v, "apply_policy", by, now).tell("policy.effective", v, now), nil
}

// approve lets a proposal come into force after a day.
func (s Standing) approve(number int, sig approvals.Signature, now time.Time) (Change, error) {
	v, err := s.signed(number, Approve, sig)
	switch {
	case err != nil:
		return Change{}, err
	case v.State != Proposed:
		return Change{}, approvals.Refuse(approvals.CodePolicyMoved)
	case sig.Person == v.Proposer:
		return Change{}, approvals.Refuse(approvals.CodeOwnProposal)
	case sig.JoinedAt.Add(SecondAfter).After(now):
		return Change{}, approvals.Refuse(approvals.CodeTooNew)
	case !now.Before(v.LapsesAt):
		return Change{}, approvals.Refuse(approvals.CodeTooLate)
	}
	v.State, v.Approver, v.ApprovedAt, v.EffectiveAt = Scheduled, sig.Person, now, now.Add(LoosenAfter)
	return Change{}.with(v, "approve_policy", sig.Actor(), now).tell("policy.scheduled", v, now), nil
}

// reject ends a version that is not in force yet. One admin is enough, also the
// one who proposed it.
func (s Standing) reject(number int, sig approvals.Signature, now time.Time) (Change, error) {
	v, err := s.signed(number, Reject, sig)
	if err != nil {
		return Change{}, err
	}
	v.Rejecter = sig.Person
	return Change{}.with(v.ended(Rejected, now), "reject_policy", sig.Actor(), now), nil
}

// stop is reject by whoever has a shell on the gateway's host: what stops a policy
// from becoming milder needs no signature.
func (s Standing) stop(number int, operator audit.Actor, now time.Time) (Change, error) {
	v, err := s.open(number)
	if err != nil {
		return Change{}, err
	}
	return Change{}.with(v.ended(Rejected, now), "reject_policy", operator, now), nil
}

// open is the version of this number, where it may still come into force beside the
// one it was compared with.
func (s Standing) open(number int) (Version, error) {
	if s.Open == nil || s.Open.Number != number || s.Open.Base != s.Effective.Number {
		return Version{}, approvals.Refuse(approvals.CodePolicyMoved)
	}
	return *s.Open, nil
}

// signed is the open version of this number, where an admin has signed exactly
// this verb over it.
func (s Standing) signed(number int, verb Verb, sig approvals.Signature) (Version, error) {
	v, err := s.open(number)
	if err == nil && (sig.Subject != v.Subject(verb) || sig.Role != roleAdmin) {
		return Version{}, approvals.Refuse(approvals.CodeProofOther)
	}
	return v, err
}

// due makes what time asks for: a proposal that nobody answered lapses, and a
// scheduled version comes into force.
func (s Standing) due(now time.Time) Change {
	var c Change
	system := audit.Actor{Type: audit.System}
	if at := s.DueAt(); at.IsZero() || now.Before(at) {
		return c
	}
	v := *s.Open
	switch {
	case v.State == Proposed:
		return c.with(v.ended(Lapsed, now), "lapse_policy", system, now)
	case v.Base != s.Effective.Number: // it was approved beside another
		return c.with(v.ended(Superseded, now), "supersede_policy", system, now)
	}
	c.Versions = s.retired(now)
	v.State, v.Since = Effective, now
	return c.with(v, "effect_policy", system, now).tell("policy.effective", v, now)
}

// DueAt is when due has something to do, zero for never.
func (s Standing) DueAt() time.Time {
	switch {
	case s.Open == nil:
		return time.Time{}
	case s.Open.State == Scheduled:
		return s.Open.EffectiveAt
	}
	return s.Open.LapsesAt
}

// supersede ends what is on its way.
func (s Standing) supersede(by audit.Actor, now time.Time) Change {
	if s.Open == nil {
		return Change{}
	}
	return Change{}.with(s.Open.ended(Superseded, now), "supersede_policy", by, now)
}

// retired is the version in force, as it is when another takes its place.
func (s Standing) retired(now time.Time) []Version {
	if s.Effective.Number == 0 {
		return nil
	}
	return []Version{s.Effective.ended(Superseded, now)}
}

func (v Version) ended(as State, now time.Time) Version {
	v.State, v.EndedAt = as, now
	return v
}

func (c Change) with(v Version, verb string, by audit.Actor, now time.Time) Change {
	c.Versions = append(c.Versions, v)
	c.Events = append(c.Events, audit.Event{Verb: verb, Actor: by, At: now, To: string(v.State), Data: map[string]string{
		"policy": v.Name, "number": strconv.Itoa(v.Number), "base": strconv.Itoa(v.Base), "hash": hex.EncodeToString(v.Hash[:]),
	}})
	return c
}

func (c Change) tell(kind string, v Version, now time.Time) Change {
	c.Told = append(c.Told, Told{Type: kind, Version: v, At: now})
	return c
}
