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
// An action with a [Push] is released by the gateway itself: a [Sender] claims it,
// puts each attempt on record, sends what was approved by a [Pusher], and records
// what came of it. Without idempotency at the far end one attempt that may have
// been sent is the last; what nobody knows is Unresolved.
//
// What holds whatever happens is the list below. Comments and tests all over
// the repository mean it when they say "DESIGN rule 5" or "rule 5".
//
//   - Rule 1. Two proofs, both bound: a step-up and a confirmation, each fresh,
//     each over this action's digest, each spent once.
//   - Rule 2. The mail is a pointer, never a factor: a link opens a page, and a
//     fresh proof confirms. GET and HEAD move nothing.
//   - Rule 3. No notice, no clock: the wait starts when a notice was accepted
//     for every contact valid at creation; else the action is held, with a case.
//   - Rule 4. Silence expires. Nothing becomes active by time passing.
//   - Rule 5. Cancel wins: what was cancelled before the release is never
//     released. Stopping needs no proof, going forward always does.
//   - Rule 6. One open action per seller and kind. Another is refused, or takes
//     its place and starts from the beginning.
//   - Rule 7. What was approved is what is released: details never change, and a
//     claim presents the same ones or the action is held.
//   - Rule 8. Destination first: it is recorded before any proof, so that even a
//     failed attempt gives the thief's account away.
//   - Rule 9. Old account first: it stays the valid one while a change waits.
//   - Rule 10. No downgrade: who holds a usable passkey is never asked for a
//     code, whatever the client says.
//   - Rule 11. Quarantine: what was added lately, authenticator or contact,
//     approves no money until its own wait is over.
//   - Rule 12. Another bad signal never shortens a wait or drops a requirement.
//     Every version of the policy that was in force while an action was open is asked
//     over what was recorded, at the first proof, before a window opens, and at the
//     confirmation, another person's word and the claim: also one that came and went
//     between two of them. The strictest of all is kept, and a decision says whom it
//     asked. Once the window is open a longer wait changes nothing. What is released
//     is not asked again.
//   - Rule 13. A locked seller's actions are never released. A lock holds them
//     and raises the lock epoch; freed, an action starts again at step-up.
//   - Rule 14. Support adds friction alone and removes it in twos. Nobody sets a
//     destination, shortens a wait, or approves in the seller's place.
//   - Rule 15. A move, its audit event and its jobs are one transaction, through
//     one function. Refusals are audited too.
//   - Rule 16. Time is the server's: deadlines stand in the action, jobs are
//     wake-ups that may be late, early, doubled or lost, and a clock that cannot
//     be trusted stops releases.
//   - Rule 17. Fail closed: where the gateway, its database or its clock is
//     unsure, nothing sensitive passes; a broken assertion halts and repairs
//     nothing.
//
// What rule 12 asks of a policy is in packages risk and desk; rule 14, of people who
// decide, is package desk.
//
// Proofs are made by package auth and spent here. The package knows no HTTP,
// no SQL, no clock and no goroutine.
package approvals
