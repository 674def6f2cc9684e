// Package approvals is the domain of Countersign: what an action is, in which
// states it can be, and everything that may move it.
//
// An [Action] is a value. Its moves (StepUp, NoticeAccepted, Due, Confirm,
// CancelFor, ClaimFor, Report …) are pure: they take what they need, the time
// included, and return a [Change], which holds the action as it will be, its
// audit event, and all that leaves the building because of it. A [Store] saves
// a Change whole or not at all; there is no other way to write state.
// [Service] ties the two together, one method a verb.
//
// What holds whatever happens (DESIGN §4):
//
//   - nothing is released without two fresh proofs over the action's digest,
//     a notice accepted for every contact, the wait, and a claim;
//   - time alone never activates anything: silence expires;
//   - cancelling needs no proof and, when it comes before the claim, wins;
//   - a locked seller's action is not released, and one freed starts again.
//
// Proofs are made by package auth and spent here. The package knows no HTTP,
// no SQL, no clock and no goroutine.
package approvals
