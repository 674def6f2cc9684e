package approvals

import "slices"

// State is where an action stands. Each state says who acts next; a state
// without an entry in next is final.
type State string

const (
	// AwaitingStepUp: the seller acts. Entered at creation, or again, as a new
	// generation, when a held action is freed. Left by the first proof, by five
	// bad tries (failed) or after 24 hours (expired).
	AwaitingStepUp State = "awaiting_step_up"
	// Notifying: mail servers act. Every contact valid at creation is being
	// told; the clock has not started. Left when the last notice is accepted.
	Notifying State = "notifying"
	// CoolingOff: nobody acts. NotBefore is fixed; left when it is reached.
	CoolingOff State = "cooling_off"
	// AwaitingConfirmation: the seller acts, from the delayed mail, with a
	// fresh proof, until ConfirmBy. Silence expires.
	AwaitingConfirmation State = "awaiting_confirmation"
	// Approved: the marketplace acts. Both proofs are in; one claim may win
	// until ClaimBy.
	Approved State = "approved"
	// Releasing: the marketplace holds the release and reports its result.
	// Nothing can be cancelled any more.
	Releasing State = "releasing"
	// Executed: final. The marketplace has put the action in place.
	Executed State = "executed"
	// ExecutionFailed: the marketplace could not put it in place and may claim
	// again, with the same release id, until ClaimBy. One that the gateway itself
	// sends rests here: it was refused, or never left.
	ExecutionFailed State = "execution_failed"
	// Unresolved: nobody reported the result in time, or nobody knows whether the
	// gateway's own request was heard. A late result or two agents settle it; it
	// is never retried blindly.
	Unresolved State = "unresolved"
	// Held: a pause with a named reason. Left for the state it came from, for
	// AwaitingStepUp as a new generation, or for an end.
	Held State = "held"
	// Cancelled: final, with a CancelReason.
	Cancelled State = "cancelled"
	// Denied: final. The policy or two agents refused it.
	Denied State = "denied"
	// Expired: final. A deadline passed without the answer it waited for.
	Expired State = "expired"
	// Failed: final. Five consecutive bad tries.
	Failed State = "failed"
)

// States lists every state in the order of an action's life.
var States = []State{
	AwaitingStepUp, Notifying, CoolingOff, AwaitingConfirmation, Approved, Releasing, Executed,
	ExecutionFailed, Unresolved, Held, Cancelled, Denied, Expired, Failed,
}

// next holds every legal move. The database repeats it; the diagram of the
// README is generated from it.
var next = map[State][]State{
	AwaitingStepUp:       {Notifying, Held, Cancelled, Denied, Expired, Failed},
	Notifying:            {CoolingOff, Held, Cancelled, Denied},
	CoolingOff:           {AwaitingConfirmation, Held, Cancelled, Denied},
	AwaitingConfirmation: {Approved, Held, Cancelled, Denied, Expired, Failed},
	Approved:             {Releasing, Held, Cancelled, Denied, Expired},
	Releasing:            {Executed, ExecutionFailed, Unresolved},
	ExecutionFailed:      {Releasing},                 // same action, same release id
	Unresolved:           {Executed, ExecutionFailed}, // a late result or two agents; never a blind retry
	Held:                 {AwaitingStepUp, Notifying, CoolingOff, AwaitingConfirmation, Approved, Cancelled, Denied, Expired},
}

// initial holds the states an action may be created in: held when its seller
// is locked, denied when the policy says so.
var initial = []State{AwaitingStepUp, Held, Denied}

// Next returns the states that may follow s, none for a final state. The
// caller owns the slice.
func Next(s State) []State { return slices.Clone(next[s]) }

// Initial returns the states an action may be created in.
func Initial() []State { return slices.Clone(initial) }

// Final reports whether s has no successor.
func (s State) Final() bool { return len(next[s]) == 0 }

// Open reports whether an action in s stands in the way of another of the
// same seller and kind (DESIGN rule 6). ExecutionFailed rests and does not.
func (s State) Open() bool { return !s.Final() && s != ExecutionFailed }

// Waiting reports whether s comes before the release, so that stopping is
// still possible; Held is not counted.
func (s State) Waiting() bool {
	return s == AwaitingStepUp || s == Notifying || s == CoolingOff || s == AwaitingConfirmation || s == Approved
}

// Stoppable reports whether the action can still be cancelled.
func (s State) Stoppable() bool { return s.Waiting() || s == Held }

// CancelReason says who stopped an action and why.
type CancelReason string

const (
	ChangedMind   CancelReason = "changed_mind"
	NotMe         CancelReason = "not_me"
	ByMarketplace CancelReason = "marketplace"
	Superseded    CancelReason = "superseded"
	BySupport     CancelReason = "support"
)

// HoldCode names why an action is held.
type HoldCode string

const (
	HoldNotice   HoldCode = "notice_failed"    // a notice bounced, or none was accepted in time
	HoldLocked   HoldCode = "seller_locked"    // the seller is locked
	HoldMismatch HoldCode = "payload_mismatch" // a claim presented other details
	HoldReview   HoldCode = "review"           // the policy asks for two agents
	HoldFrozen   HoldCode = "frozen"           // its destination is frozen
	HoldAgent    HoldCode = "agent"            // an agent paused it
)
