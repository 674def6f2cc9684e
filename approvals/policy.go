package approvals

import (
	"encoding/json"
	"slices"
	"time"
)

// Class is the risk class of an action (DESIGN §7).
type Class string

const (
	Low      Class = "low"
	Medium   Class = "medium"
	High     Class = "high"
	Critical Class = "critical"
)

// Outcome is what a policy lets an action do at all.
type Outcome string

const (
	Allow  Outcome = "allow"
	Review Outcome = "review" // held until two agents decide
	Freeze Outcome = "freeze" // held, with everything else that waits on its destination
	Deny   Outcome = "deny"
)

// holds returns the hold an outcome puts an action on, false if none.
func (o Outcome) holds() (HoldCode, bool) {
	switch o {
	case Review:
		return HoldReview, true
	case Freeze:
		return HoldFrozen, true
	case Allow, Deny:
	}
	return "", false
}

// Decision is what a policy asks of an action. It is stored with the action
// and never worked out again from a later policy.
type Decision struct {
	// Version is the policy that was asked last, and Asked are those that were asked
	// before it over the same request.
	Version string   `json:"version"`
	Asked   []string `json:"asked,omitempty"`
	Class   Class    `json:"class"`
	Outcome Outcome  `json:"outcome"`
	// Wait is the cooling-off by the method of the step-up; a method that is
	// not in it is not permitted, for either proof.
	Wait  map[Method]time.Duration `json:"wait"`
	Rules []Rule                   `json:"rules"`
	// Require is what is asked for beside, in the order of the constants.
	Require []Requirement `json:"require,omitempty"`
	Advice  []Advice      `json:"advice,omitempty"`
	// Inputs are the signals the rules looked at, by their names in the policy
	// file. No account number is among them.
	Inputs map[string]any `json:"inputs,omitempty"`
	// Cleared are the rules that two agents have looked at and freed the action
	// from; they do not hold it again.
	Cleared []string `json:"cleared,omitempty"`
	// Proved says that it was made with a first proof of this generation at hand.
	Proved bool `json:"proved,omitempty"`
	// Agents is what the word of two agents stands in for (Action.looked).
	Agents []Requirement `json:"agents,omitempty"`
	// Paid is what was known of the destination when the action was created, for
	// pages and mails; nil for a kind that has none.
	Paid *Paid `json:"paid,omitempty"`
	// Definition is the kind as it was defined when the action was created; nil where
	// it is none that a marketplace defines. Pages and mails read it, and never a later
	// policy.
	Definition *Definition `json:"definition,omitempty"`
}

// Paid says when a seller's money went to a destination.
type Paid struct {
	Since time.Time `json:"since,omitzero"` // zero: never
	Last  time.Time `json:"last,omitzero"`  // when the seller was last paid there
}

// stops returns the hold a decision puts an action on at the first proof, false if
// none: a review and a freeze also where every rule is cleared, a refusal never.
func (d Decision) stops() (HoldCode, bool) {
	code, holds := d.Outcome.holds()
	if !holds {
		return HoldReview, d.Outcome != Allow
	}
	fresh := func(r Rule) bool { return !slices.Contains(d.Cleared, r.ID) }
	return code, len(d.Cleared) == 0 || slices.ContainsFunc(d.Rules, fresh)
}

// cleared is d after two agents have looked at all its rules.
func (d Decision) cleared() Decision {
	for _, r := range d.Rules {
		d.Cleared = union(d.Cleared, []string{r.ID})
	}
	return d
}

// Rule is one rule that fired; Text is its sentence, by locale.
type Rule struct {
	ID   string            `json:"id"`
	Text map[string]string `json:"text"`
	// Require is what the rule asks for by itself, whatever its class asks for.
	Require []Requirement `json:"require,omitempty"`
}

// Facts is what a policy may look at.
type Facts struct {
	Kind        Kind
	Seller      Seller
	Fingerprint string
	Details     json.RawMessage // RFC 8785 form; nil where nothing is asked for yet
	Context     Context
	Signals     Signals
	Now         time.Time
	// Proof is the first proof, nil before there is one.
	Proof *Proving
	// CounterBack is the first proof's; see Proof.
	CounterBack bool
}

// Policy decides. It is pure: the same facts give the same decision, and
// worse facts never a shorter wait (DESIGN rule 12).
type Policy interface {
	Decide(Facts) Decision
}

// The quarantine of what is added (DESIGN rule 11).
const (
	QuarantineAdded       = 72 * time.Hour
	QuarantineAddedByCode = 168 * time.Hour
)

// Stricter returns a decision at least as strict as both: the later class and
// outcome, the longer waits, only the methods that both permit, all rules, those that decide first. An
// action is decided upon again at its first proof and keeps the stricter of the
// two (DESIGN rule 12).
func Stricter(a, b Decision) Decision {
	s := Decision{Version: a.Version, Asked: union(a.Asked, b.Asked), Class: worse(a.Class, b.Class, classes), Outcome: worse(a.Outcome, b.Outcome, outcomes)}
	s.Wait = map[Method]time.Duration{}
	for m, wait := range a.Wait {
		if other, both := b.Wait[m]; both {
			s.Wait[m] = max(wait, other)
		}
	}
	s.Paid, s.Definition = a.Paid, a.Definition
	s.Require, s.Advice, s.Inputs = union(a.Require, b.Require), union(a.Advice, b.Advice), b.Inputs
	s.Cleared, s.Agents, s.Proved = union(a.Cleared, b.Cleared), union(a.Agents, b.Agents), a.Proved || b.Proved
	seen := map[string]bool{}
	s = s.by(b.Version)
	first, then := a.Rules, b.Rules
	if s.Class != a.Class || s.Outcome != a.Outcome { // b's rules decide
		first, then = then, first
	}
	for _, r := range slices.Concat(first, then) {
		if !seen[r.ID] {
			seen[r.ID] = true
			s.Rules = append(s.Rules, r)
		}
	}
	return s
}

// by is d where this version was asked last.
func (d Decision) by(version string) Decision {
	d.Asked = slices.DeleteFunc(union(d.Asked, []string{d.Version}), func(v string) bool { return v == version || v == "" })
	if len(d.Asked) == 0 {
		d.Asked = nil
	}
	d.Version = version
	return d
}

// union returns what is in a or b, each once, a's first.
func union[T comparable](a, b []T) []T {
	var out []T
	for _, v := range slices.Concat(a, b) {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

var (
	classes  = []Class{Low, Medium, High, Critical}
	outcomes = []Outcome{Allow, Review, Freeze, Deny}
)

// worse returns whichever of a and b comes later in order; a value order does
// not know counts as the last.
func worse[T comparable](a, b T, order []T) T {
	rank := func(v T) int {
		if i := slices.Index(order, v); i >= 0 {
			return i
		}
		return len(order) - 1
	}
	return order[max(rank(a), rank(b))]
}
