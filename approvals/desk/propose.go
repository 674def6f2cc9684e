package desk

import (
	"strings"
	"time"
	"unicode/utf8"

	"countersign/approvals"
)

// draft is what a person would sign to propose this.
func (s Scene) draft(in Intent, id string) (Decision, error) {
	d := Decision{
		ID: id, Case: s.Case.Number, Verb: in.Verb, Seller: s.Case.Seller, Action: in.Action, Sellers: in.Sellers,
		Reason: in.Reason, Note: in.Note, Facts: s.Facts, Proposer: in.Person,
	}
	if in.Verb.OfPlace() {
		d.Ring = s.Ring
	}
	return d, s.proposable(d)
}

// proposable refuses what cannot be proposed, whoever signs it.
func (s Scene) proposable(d Decision) error {
	if !s.Person.decides() || s.Person.ID != d.Proposer {
		return approvals.Refuse(approvals.CodeDeskRole)
	}
	if err := d.wellFormed(); err != nil {
		return err
	}
	if err := s.can(d.Verb, d.Action); err != nil {
		return err
	}
	if err := s.sharers(d); err != nil {
		return err
	}
	if d.Verb == ResetAuthenticators && s.Recoveries >= RecoveryLimit {
		return approvals.Refuse(approvals.CodeAgentLimit)
	}
	for _, p := range s.Proposals {
		same := p.Verb == d.Verb && p.Action == d.Action && !d.Verb.OfPlace()
		if d.Verb.Two() && (p.Case == d.Case || same) || d.Verb == CloseCase && p.Case == d.Case {
			return approvals.Refuse(approvals.CodeProposalOpen)
		}
	}
	return nil
}

// wellFormed refuses a decision that says less than it must, or more.
func (d Decision) wellFormed() error {
	var wrong []approvals.FieldError
	say := func(field, message string) {
		wrong = append(wrong, approvals.FieldError{Field: field, Message: message})
	}
	if !d.Verb.Known() {
		say("verb", "must be one of the decisions there are")
	}
	if !d.Reason.Known() {
		say("reason", "must be one of the reasons there are")
	}
	if !noteFits(d.Note) {
		say("note", "must be text of at most 4000 bytes")
	}
	if d.Verb.OfAction() != (d.Action != "") {
		say("action", "must be given where the decision is about one, and only there")
	}
	if n := len(d.Sellers); d.Verb.OfSellers() != (n > 0) || n > approvals.MaxDeclared {
		say("sellers", "must be 1 to 100 where the decision names them, and none elsewhere")
	}
	if len(wrong) > 0 {
		return approvals.Invalid(wrong...)
	}
	return nil
}

func noteFits(note string) bool {
	return len(note) <= MaxNote && utf8.ValidString(note) && !strings.ContainsRune(note, 0)
}

// propose takes a signed draft. What one decides is carried out at once.
func (s Scene) propose(d Decision, sig approvals.Signature, now time.Time) (Ruling, error) {
	var overdue []Decision
	s.Proposals, overdue = s.lapsed(now)
	if sig.Subject != d.Subject(Propose) || sig.Person != d.Proposer {
		return Ruling{}, approvals.Refuse(approvals.CodeProofOther)
	}
	if d.Case != s.Case.Number || d.Seller != s.Case.Seller || d.Verb.OfPlace() && d.Ring != s.Ring || !d.Verb.OfPlace() && d.Ring != (approvals.RingKey{}) {
		return Ruling{}, approvals.Refuse(approvals.CodeProofOther)
	}
	if differ := Differences(d.Facts, s.Facts); len(differ) > 0 {
		return Ruling{}, moved(differ)
	}
	if err := s.proposable(d); err != nil {
		return Ruling{}, err
	}
	d.ProposedAt, d.State = now, Waiting
	d.Decider, d.DecidedAt, d.DeciderReason, d.DeciderNote, d.LapsesAt = "", time.Time{}, "", "", time.Time{}
	if d.Verb.Two() {
		d.LapsesAt = now.Add(ProposalLife)
		r := s.begin(d, now)
		r.ended(overdue...)
		r.log(d, "propose_decision", sig, now)
		return r, nil
	}
	d.Decider, d.DecidedAt, d.State = d.Proposer, now, CarriedOut
	r, err := s.carryOut(d, sig, now)
	r.ended(overdue...)
	return r, err
}

// lapsed tells proposals that still wait from those that nobody answered in time.
func (s Scene) lapsed(now time.Time) (waiting, over []Decision) {
	for _, p := range s.Proposals {
		if now.Before(p.LapsesAt) {
			waiting = append(waiting, p)
			continue
		}
		p.State, p.DecidedAt = DecisionLapsed, now
		over = append(over, p)
	}
	return waiting, over
}
