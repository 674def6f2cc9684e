package desk

import (
	"slices"
	"time"

	"countersign/approvals"
)

// Limits of decisions.
const (
	PairLimit     = 5                   // decisions that the same two carry out in PairSpan; then a lead signs as the second
	PairSpan      = 30 * 24 * time.Hour // DESIGN §8
	RecoveryLimit = 5                   // recoveries that one person takes part in within RecoverySpan
	RecoverySpan  = 24 * time.Hour
	SecondAfter   = 24 * time.Hour // after joining, a person counts as one of two
)

// Roles that decide in cases.
const (
	roleAgent = "agent"
	roleLead  = "lead"
)

// Person is who signs, as stored in the moment of the decision.
type Person struct {
	ID       string
	Role     string
	Active   bool // joined, and not removed
	JoinedAt time.Time
}

// decides reports whether the person decides in cases.
func (p Person) decides() bool { return p.Active && (p.Role == roleAgent || p.Role == roleLead) }

// lately reports whether the person has joined too short a time ago to be one of two.
func (p Person) lately(now time.Time) bool { return p.JoinedAt.Add(SecondAfter).After(now) }

// Scene is what a decision is made on: everything of it is read in the transaction
// that saves the decision, with the seller, the open actions and the case locked.
type Scene struct {
	Case       Case
	Seller     approvals.Seller
	Actions    []approvals.Action // open or unresolved, by id
	Facts      Facts
	Ring       approvals.RingKey // of the case's destination, where there is one
	Others     []Case            // other open ones of the seller
	Named      []Share           // of the sellers that the decision names, those who have named the destination
	Proposals  []Decision        // of the seller's cases, that wait
	Asked      *Decision         // the one to be answered
	Person     Person            // who signs
	Proposer   Person            // of Asked
	Together   int               // decisions that both carried out in PairSpan
	Recoveries int               // that Person took part in within RecoverySpan
	Agreed     bool              // of a recovery case: two agreed on one in it
	Blocked    approvals.Code    // of a recovery case: why two cannot agree on one now; empty where they can
}

// Look says what to read for a decision.
type Look struct {
	Case     int64                 // or, where it is 0, that of Decision
	Decision string                // to be answered; empty for a new one
	Sellers  []approvals.SellerKey // that a new one names
	Person   string
	Now      time.Time
}

// action finds one of the open ones.
func (s Scene) action(id approvals.ActionID) (approvals.Action, bool) {
	i := slices.IndexFunc(s.Actions, func(a approvals.Action) bool { return a.ID == id })
	if i < 0 {
		return approvals.Action{}, false
	}
	return s.Actions[i], true
}

// May lists what can be proposed now, by anybody who decides.
func (s Scene) May() []CaseVerb {
	var may []CaseVerb
	for _, v := range CaseVerbs() {
		possible := s.can(v, "") == nil
		if v.OfAction() {
			possible = slices.ContainsFunc(s.Actions, func(a approvals.Action) bool { return s.can(v, a.ID) == nil })
		}
		if possible {
			may = append(may, v)
		}
	}
	return may
}

// can refuses a verb that the case, the seller or the action is not as it needs.
func (s Scene) can(v CaseVerb, id approvals.ActionID) error {
	if !s.Case.Open() {
		return approvals.Refuse(approvals.CodeCaseClosed)
	}
	if v.OfAction() != (id != "") {
		return approvals.Refuse(approvals.CodeCaseVerb)
	}
	if v == ResetAuthenticators && s.Blocked != "" {
		return approvals.Refuse(s.Blocked)
	}
	if v.OfPlace() {
		return s.ofPlace(v)
	}
	if !s.possible(v, id) {
		if v == CloseCase {
			return approvals.Refuse(approvals.CodeCaseHolds)
		}
		return approvals.Refuse(approvals.CodeCaseVerb)
	}
	return nil
}

func (s Scene) possible(v CaseVerb, id approvals.ActionID) bool {
	a, _ := s.action(id)
	switch v {
	case Lock:
		return !s.Seller.Locked
	case KeepLocked, Unlock:
		return s.Seller.Locked
	case Hold, ExtendHold, CancelAction, DenyAction, SettleExecuted, SettleFailed:
		return v.Fits(a)
	case Resume:
		return v.Fits(a) && !s.Seller.Locked
	case ResetAuthenticators:
		return s.Case.Reason == approvals.CaseRecovery && s.Facts.Recovery == ""
	case StopRecovery:
		return s.Facts.Recovery != ""
	case CloseCase:
		return !s.Facts.Stopped()
	case FreezeRing, DenyDestination, DeclareShared, Split, EndRing, AllowDestination: // ofPlace
	}
	return false
}
