package approvals

import (
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
	Deny   Outcome = "deny"
)

// Decision is what a policy asks of an action. It is stored with the action
// and never worked out again from a later policy.
type Decision struct {
	Version string  `json:"version"`
	Class   Class   `json:"class"`
	Outcome Outcome `json:"outcome"`
	// Wait is the cooling-off by the method of the step-up; a method that is
	// not in it is not permitted, for either proof.
	Wait  map[Method]time.Duration `json:"wait"`
	Rules []Rule                   `json:"rules"`
}

// Rule is one rule that fired; Text is its sentence, by locale.
type Rule struct {
	ID   string            `json:"id"`
	Text map[string]string `json:"text"`
}

// Facts is what a policy may look at.
type Facts struct {
	Kind        Kind
	Seller      Seller
	Fingerprint string
	Context     Context
	Now         time.Time
}

// Policy decides. It is pure: the same facts give the same decision, and
// worse facts never a shorter wait (DESIGN rule 12).
type Policy interface {
	Decide(Facts) Decision
}

// FixedWaits is the policy in force until a rule file is: one wait by method,
// whatever the circumstances.
type FixedWaits struct {
	PasskeyWait, TOTPWait time.Duration
}

// DefaultWaits are 24 hours with a passkey and 72 with a code.
var DefaultWaits = FixedWaits{PasskeyWait: 24 * time.Hour, TOTPWait: 72 * time.Hour}

// Decide implements Policy.
func (p FixedWaits) Decide(Facts) Decision {
	return Decision{
		Version: "fixed-1",
		Class:   Medium,
		Outcome: Allow,
		Wait:    map[Method]time.Duration{Passkey: p.PasskeyWait, TOTP: p.TOTPWait},
		Rules: []Rule{{ID: "WAIT-BY-METHOD", Text: map[string]string{
			"en": "Every change of payout account waits: less with a passkey, longer with a code.",
			"it": "Ogni cambio di conto prevede un'attesa: più breve con la passkey, più lunga con un codice.",
		}}},
	}
}

// Stricter returns a decision at least as strict as both: the later class and
// outcome, the longer waits, only the methods that both permit, all rules. An
// open action keeps the stricter of the old and the new policy (DESIGN rule 12).
func Stricter(a, b Decision) Decision {
	s := Decision{Version: b.Version, Class: worse(a.Class, b.Class, classes), Outcome: worse(a.Outcome, b.Outcome, outcomes)}
	s.Wait = map[Method]time.Duration{}
	for m, wait := range a.Wait {
		if other, both := b.Wait[m]; both {
			s.Wait[m] = max(wait, other)
		}
	}
	seen := map[string]bool{}
	for _, r := range append(append([]Rule{}, a.Rules...), b.Rules...) {
		if !seen[r.ID] {
			seen[r.ID] = true
			s.Rules = append(s.Rules, r)
		}
	}
	return s
}

var (
	classes  = []Class{Low, Medium, High, Critical}
	outcomes = []Outcome{Allow, Review, Deny}
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
