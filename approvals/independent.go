package approvals

import "slices"

// Independence is what an action's confirmation rests on beside what a phishing
// page and a mailbox can hold together (THREATS finding 2).
type Independence string

const (
	ByPasskey  Independence = "passkey"  // the confirmation itself, with a passkey usable for money
	ByDevice   Independence = "device"   // it was made on a device known before the action was asked for
	ByApprover Independence = "approver" // another person has proved the same action
	ByAgents   Independence = "agents"   // two agents have looked at this generation
)

// Requires reports whether the action's decision asks for r, and of a second
// approver whether no two agents stand in for them.
func (a Action) Requires(r Requirement) bool {
	return slices.Contains(a.Decision.Require, r) && (r != SecondApprover || !a.reviewed(SecondApprover))
}

// Independent says what makes a confirmation like p independent, empty for
// nothing. How long a device has to be known is in DeviceKnownFrom.
func (a Action) Independent(p Proof) Independence {
	switch {
	case p.Method == Passkey && p.UV && !p.UsableFrom.After(p.At):
		return ByPasskey
	case p.Device != "" && !p.DeviceKnownFrom.IsZero() && !p.DeviceKnownFrom.After(a.CreatedAt):
		return ByDevice
	case a.approvedByAnother() || a.Requires(SecondApprover): // who has to agree as well, now or later
		return ByApprover
	case a.reviewed(IndependentProof):
		return ByAgents
	}
	return ""
}

// Enough refuses a confirmation that is not independent where the decision asks
// for it. It takes nothing away: the same action can be confirmed from elsewhere.
func (a Action) Enough(p Proof) error {
	if a.Requires(IndependentProof) && a.Independent(p) == "" {
		return a.refuse(CodeIndependent)
	}
	return nil
}

// approvedByAnother reports whether another person has proved this generation.
func (a Action) approvedByAnother() bool {
	p, ok := a.Proof(StageApproval)
	return ok && p.Digest == a.Digest
}

// reviewed reports whether two agents have looked at this action in the place of
// what r asks for, and freed it since.
func (a Action) reviewed(r Requirement) bool {
	return a.Generation > 1 && slices.Contains(a.Decision.Agents, r)
}

// looked is what the word of two agents who free a from its hold stands in for:
// what they have looked at, and nothing that nobody had asked yet. Who frees a
// change because its account is shared honestly says nothing of who will prove it.
func (a Action) looked() []Requirement {
	_, proved := a.Proof(StageStepUp)
	asks := func(r Rule) bool { return slices.Contains(r.Require, IndependentProof) }
	var out []Requirement
	if proved || a.Decision.Proved || slices.ContainsFunc(a.Decision.Rules, asks) {
		out = append(out, IndependentProof)
	}
	if a.unanswered() || slices.ContainsFunc(a.Decision.Rules, func(r Rule) bool { return r.ID == NobodyToAgree }) {
		out = append(out, SecondApprover)
	}
	return out
}

// independent asserts on the stored data that the confirmation rests on what it
// says it does.
func (a Action) independent(second Proof) bool {
	if !a.Requires(IndependentProof) {
		return true
	}
	switch second.Independent {
	case ByPasskey:
		return second.Method == Passkey && second.UV
	case ByDevice:
		return second.Device != "" && !second.DeviceKnownFrom.IsZero() && !second.DeviceKnownFrom.After(a.CreatedAt)
	case ByApprover:
		return a.approvedByAnother()
	case ByAgents:
		return a.reviewed(IndependentProof)
	}
	return false
}

// NobodyToAgree is the rule of every policy that asks for another person: where
// the seller has none, two agents look first, and their word stands in.
const NobodyToAgree = "NOBODY-TO-AGREE"

// Alone is the decision for a seller on whose account nobody else approves: what
// asks for another person goes to review instead of waiting for nobody.
func (d Decision) Alone() Decision {
	if !slices.Contains(d.Require, SecondApprover) {
		return d
	}
	d.Outcome = worse(d.Outcome, Review, outcomes)
	d.Rules = append(d.Rules[:len(d.Rules):len(d.Rules)], Rule{ID: NobodyToAgree, Text: map[string]string{
		"en": "Another person has to agree, and there is none on this account yet: two people look at this first.",
		"it": "Serve l'accordo di un'altra persona e su questo account non c'è ancora: prima lo esaminano due persone.",
	}})
	return d
}
