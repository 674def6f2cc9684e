package desk

import (
	"slices"

	"countersign/approvals"
)

// CaseVerb is what people decide in a case. None of them sets a destination, a
// code or an approval, or shortens a wait (DESIGN rule 14).
type CaseVerb string

// What adds friction is decided by one, and carried out when it is signed.
const (
	Hold            CaseVerb = "hold"        // pause one action
	ExtendHold      CaseVerb = "extend_hold" // let a held action wait for its check as long again
	Lock            CaseVerb = "lock"        // stop the seller
	KeepLocked      CaseVerb = "keep_locked" // tell the seller that the lock stays for now
	CancelAction    CaseVerb = "cancel"      // end one action
	StopRecovery    CaseVerb = "stop_recovery"
	FreezeRing      CaseVerb = "freeze_ring"      // hold what waits on a shared destination
	DenyDestination CaseVerb = "deny_destination" // put it on the denied list
	CloseCase       CaseVerb = "close"            // where nothing is stopped any more
)

// What takes friction away, or is a verdict, takes two.
const (
	Unlock              CaseVerb = "unlock"
	Resume              CaseVerb = "resume" // one held action starts again at its first proof, with its full wait
	DenyAction          CaseVerb = "deny"   // one held action ends
	ResetAuthenticators CaseVerb = "reset_authenticators"
	DeclareShared       CaseVerb = "declare_shared" // sellers share a destination knowingly
	Split               CaseVerb = "split"          // they do not
	EndRing             CaseVerb = "end_ring"
	AllowDestination    CaseVerb = "allow_destination" // take it off the denied list
	SettleExecuted      CaseVerb = "settle_executed"   // of an unresolved action: it happened
	SettleFailed        CaseVerb = "settle_failed"     // it did not
)

var (
	alone = []CaseVerb{Hold, ExtendHold, Lock, KeepLocked, CancelAction, StopRecovery, FreezeRing, DenyDestination, CloseCase}
	byTwo = []CaseVerb{Unlock, Resume, DenyAction, ResetAuthenticators, DeclareShared, Split, EndRing, AllowDestination, SettleExecuted, SettleFailed}
)

// CaseVerbs lists every verb, those decided by one first.
func CaseVerbs() []CaseVerb { return slices.Concat(alone, byTwo) }

// Two reports whether two different people decide it. Of a word that is no verb it
// is true.
func (v CaseVerb) Two() bool { return !slices.Contains(alone, v) }

// Known reports whether it is a verb.
func (v CaseVerb) Known() bool { return slices.Contains(alone, v) || slices.Contains(byTwo, v) }

// OfAction reports whether the verb is about one action.
func (v CaseVerb) OfAction() bool {
	return v == Hold || v == ExtendHold || v == CancelAction || v == Resume || v == DenyAction || v == SettleExecuted || v == SettleFailed
}

// OfPlace reports whether the verb is about the case's destination.
func (v CaseVerb) OfPlace() bool {
	return v == FreezeRing || v == DenyDestination || v == DeclareShared || v == Split || v == EndRing || v == AllowDestination
}

// OfSellers reports whether the verb names the sellers it is about.
func (v CaseVerb) OfSellers() bool { return v == DeclareShared || v == Split }

// Reason is why somebody decides, from a closed list (UX §3.2).
type Reason string

const (
	CalledBack     Reason = "V1" // a call to an old number
	Document       Reason = "V2"
	Video          Reason = "V3"
	KnownDevice    Reason = "V4" // and a passkey
	StoryDiffers   Reason = "R1"
	ContactChanged Reason = "R2"
	SharedPlace    Reason = "R3"
	NotReached     Reason = "R4"
	KnownShared    Reason = "K1"
	OurError       Reason = "E1"
)

// Reasons lists them in the order in which they are offered.
func Reasons() []Reason {
	return []Reason{CalledBack, Document, Video, KnownDevice, StoryDiffers, ContactChanged, SharedPlace, NotReached, KnownShared, OurError}
}

// Known reports whether it is one of the list.
func (r Reason) Known() bool { return slices.Contains(Reasons(), r) }

// Fits reports whether an action is as a verb of one action needs it. What is held
// for a notice alone goes on when the notice arrives: somebody can hold it for longer.
func (v CaseVerb) Fits(a approvals.Action) bool {
	switch v {
	case Hold:
		return a.State.Waiting() || a.State == approvals.Held && a.Hold == approvals.HoldNotice
	case ExtendHold, Resume:
		return a.State == approvals.Held
	case CancelAction, DenyAction:
		return a.State.Stoppable()
	case SettleExecuted, SettleFailed:
		return a.State == approvals.Unresolved
	}
	return false
}
