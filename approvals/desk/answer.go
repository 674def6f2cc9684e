package desk

import (
	"strings"
	"time"

	"countersign/approvals"
)

// moved refuses a decision whose facts have changed.
func moved(differ []string) error {
	return approvals.Refuse(approvals.CodeCaseMoved).With("differences", strings.Join(differ, "\n"))
}

// answered is the decision with what the second person says of it, where they may
// answer it at all. What is over when it is answered comes back as a ruling that
// says so.
func (s Scene) answered(act Verb, reason Reason, note string, sig approvals.Signature, now time.Time) (d Decision, over *Ruling, err error) {
	if s.Asked == nil {
		return d, nil, approvals.Refuse(approvals.CodeNotFound)
	}
	d = *s.Asked
	d.DeciderReason, d.DeciderNote = reason, note
	switch {
	case sig.Subject != d.Subject(act) || sig.Person == "" || sig.Person != s.Person.ID:
		return d, nil, approvals.Refuse(approvals.CodeProofOther)
	case sig.Person == d.Proposer:
		return d, nil, approvals.Refuse(approvals.CodeOwnProposal)
	case !s.Person.decides():
		return d, nil, approvals.Refuse(approvals.CodeDeskRole)
	case d.State != Waiting:
		return d, nil, approvals.Refuse(approvals.CodeProposalOver).With("decision", string(d.State))
	case !reason.Known() || !noteFits(note):
		return d, nil, approvals.Invalid(approvals.FieldError{Field: "reason", Message: "must be one of the reasons there are, with a note of at most 4000 bytes"})
	case !now.Before(d.LapsesAt):
		r := s.over(DecisionLapsed, now, approvals.Refuse(approvals.CodeProposalOver).With("decision", string(DecisionLapsed)))
		return d, &r, nil
	}
	d.Decider, d.DecidedAt = sig.Person, latest(now, d.ProposedAt)
	return d, nil, nil
}

// approve carries a proposal out, unless what it rests on has changed: then it is
// void.
func (s Scene) approve(reason Reason, note string, sig approvals.Signature, now time.Time) (Ruling, error) {
	d, over, err := s.answered(Approve, reason, note, sig, now)
	switch {
	case err != nil:
		return Ruling{}, err
	case over != nil:
		return *over, nil
	case s.Person.lately(now) || s.Proposer.lately(now):
		return Ruling{}, approvals.Refuse(approvals.CodeTooNew)
	case s.Together >= PairLimit && s.Person.Role != roleLead:
		return Ruling{}, approvals.Refuse(approvals.CodePair)
	case d.Verb == ResetAuthenticators && s.Recoveries >= RecoveryLimit:
		return Ruling{}, approvals.Refuse(approvals.CodeAgentLimit)
	}
	if !s.Proposer.decides() {
		return s.over(DecisionVoid, now, moved([]string{"Whoever proposed it does not work here any more."})), nil
	}
	if differ := Differences(d.Facts, s.Facts); len(differ) > 0 {
		return s.over(DecisionVoid, now, moved(differ)), nil
	}
	if err := s.can(d.Verb, d.Action); err != nil {
		return Ruling{}, err
	}
	if err := s.sharers(d); err != nil {
		return Ruling{}, err
	}
	d.State = CarriedOut
	return s.carryOut(d, sig, now)
}

// reject ends a proposal. One rejection is enough.
func (s Scene) reject(reason Reason, note string, sig approvals.Signature, now time.Time) (Ruling, error) {
	d, over, err := s.answered(Reject, reason, note, sig, now)
	if err != nil {
		return Ruling{}, err
	}
	if over != nil {
		return *over, nil
	}
	d.State = DecisionRejected
	r := s.begin(d, now)
	r.log(d, "reject_decision", sig, now)
	return r, nil
}

// over is a proposal that ends without being answered, and the refusal that says so.
func (s Scene) over(as DecisionState, now time.Time, refusal error) Ruling {
	d := *s.Asked
	d.State, d.DecidedAt = as, latest(now, d.ProposedAt)
	r := Ruling{Decision: d, Refusal: refusal}
	r.ended(d)
	return r
}

// lapse ends the asked proposal where nobody answered it in time.
func (s Scene) lapse(now time.Time) Ruling {
	if s.Asked == nil || s.Asked.State != Waiting || now.Before(s.Asked.LapsesAt) {
		return Ruling{}
	}
	return s.over(DecisionLapsed, now, nil)
}

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
