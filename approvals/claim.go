package approvals

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"countersign/approvals/audit"
)

// ErrBroken is a broken assertion: stored data contradicts itself. It halts
// all releases and is never repaired by the program (DESIGN rule 17).
var ErrBroken = errors.New("broken assertion")

// Gate is what must be true of the whole gateway for a release, read in the
// claim's own transaction.
type Gate struct {
	Halted bool
	// HaltedAt and HaltedBy say since when and by whom; read for people alone.
	HaltedAt time.Time
	HaltedBy string
	// ClockMark is the latest time any node has seen.
	ClockMark time.Time
	// Denied and Frozen are the standing of the action's destination.
	Denied, Frozen bool
	// Spreading says that it turned out to be shared a moment ago, and that those who
	// wait on it are being held.
	Spreading bool
	// Again is the decision joined with what every version in force since says; nil
	// where none has more to say.
	Again *Decision
	// RingAt is when it turned out to be shared, zero where it did not, or two people
	// said since that it may be.
	RingAt time.Time
	// PaidSince is since when the seller's money goes there, zero unless that is where
	// the seller is paid.
	PaidSince time.Time
}

// of is the gate as an action meets it. A seller who is paid there for long is frozen by
// nobody who came later: what is asked for is looked at, as at the beginning of a ring.
// What failed at the marketplace is neither open nor held, so a ring that was found
// after its first proof stops it here.
func (g Gate) of(a Action, now time.Time) Gate {
	if settled(g.PaidSince, now, AgedFor) {
		g.Frozen = false
	}
	first, proved := a.Proof(StageStepUp)
	if a.State == ExecutionFailed && !g.RingAt.IsZero() && !(proved && first.At.After(g.RingAt)) {
		g.Spreading = true
	}
	return g
}

// stops reports whether nothing may be sent to the action's destination.
func (g Gate) stops() bool { return g.Denied || g.Frozen || g.Spreading }

// hold is what an action is held for whose destination the gate stops.
func (g Gate) hold() HoldCode {
	if g.Denied || g.Frozen {
		return HoldFrozen
	}
	return HoldReview
}

// Limits of trust in the clock (STANDARDS §0.3).
const (
	clockBack = time.Second
	clockJump = time.Hour
	clockSkew = 2 * time.Second // between two nodes that are both ready
)

// Open refuses releases while the gateway is halted or the clock has gone
// back behind, or jumped ahead of, the mark.
func (g Gate) Open(now time.Time) error {
	if g.Halted {
		return Refuse(CodeHalted)
	}
	return g.Clock(now)
}

// Clock refuses with CodeClock where now is behind the mark, or further ahead of it
// than a node that marks it every ten seconds can be.
func (g Gate) Clock(now time.Time) error {
	if now.Before(g.ClockMark.Add(-clockBack)) || !g.ClockMark.IsZero() && now.After(g.ClockMark.Add(clockJump)) {
		return Refuse(CodeClock)
	}
	return nil
}

// ClaimFor hands the action to its marketplace, once. Every rule is checked
// again here, for this very action (STANDARDS TA-13). details must be the RFC
// 8785 form of what the marketplace is about to do; anything but what was
// approved holds the action, and the error says payload_mismatch beside the
// change to be saved. So does a destination that is denied or frozen, and the
// error says not_approved and held; and so does any version of the policy that was in
// force since, where it asks for more than the proofs there are. An action that the gateway itself sends upstream has
// nobody else to claim it.
func (a Action) ClaimFor(details json.RawMessage, seller Seller, g Gate, now time.Time) (Change, error) {
	if a.Pushed() {
		return Change{}, a.refuse(CodeReleasedByGateway)
	}
	if err := g.Open(now); err != nil {
		return Change{}, err
	}
	if err := a.mayClaim(seller, now); err != nil {
		return Change{}, err
	}
	if err := a.proven(seller); err != nil {
		return Change{}, err
	}
	by := a.releaser()
	if !bytes.Equal(details, a.Details) {
		return a.mismatch(by, now)
	}
	if g = g.of(a, now); g.stops() {
		return a.stopped(g, by, now)
	}
	a, code, stops := a.under(g.Again)
	if stops {
		c, err := a.overruled(code, by, now)
		if err != nil {
			return Change{}, err
		}
		return c, c.Action.refuse(CodeNotApproved)
	}
	return a.claim(step{by: by, verb: "claim", now: now})
}

// claim moves to Releasing, whoever releases.
func (a Action) claim(s step) (Change, error) {
	a.Claims++
	a.ClaimedAt = a.at(s.now)
	a.ResultBy = a.ClaimedAt.Add(ResultWindow)
	if a.Pushed() {
		a.ResultBy = a.ClaimedAt.Add(pushWindow)
	}
	c, err := a.move(Releasing, s)
	if err != nil {
		return Change{}, err
	}
	c.Claim = &Claim{Number: a.Claims, Digest: a.Digest, At: a.ClaimedAt}
	return c, nil
}

func (a Action) mayClaim(seller Seller, now time.Time) error {
	switch a.State {
	case Approved, ExecutionFailed:
	case Releasing, Executed, Unresolved:
		return a.refuse(CodeAlreadyClaimed)
	case Expired:
		if !a.ClaimBy.IsZero() { // the same answer before and after the sweeper came by
			return a.refuse(CodeClaimExpired)
		}
		return a.refuse(CodeNotApproved)
	case AwaitingStepUp, Notifying, CoolingOff, AwaitingConfirmation, Held, Cancelled, Denied, Failed:
		if !a.active(seller) && !a.State.Final() {
			return a.refuse(CodeSellerLocked)
		}
		return a.refuse(CodeNotApproved)
	}
	switch {
	case !a.active(seller):
		return a.refuse(CodeSellerLocked)
	case a.outdated(seller):
		return a.refuse(CodeSecurityChanged)
	}
	if a.at(now).After(a.ClaimBy) {
		return a.refuse(CodeClaimExpired)
	}
	return seller.stays(now)
}

// proven asserts rule 1 and rule 3 on the stored data: the digest is that of
// the details, both proofs of this generation carry it, and so does another
// person's where one is asked for.
func (a Action) proven(seller Seller) error {
	if err := errors.Join(a.intact(), a.agreed(seller)); err != nil {
		return err
	}
	first, ok1 := a.Proof(StageStepUp)
	second, ok2 := a.Proof(StageConfirmation)
	switch {
	case !ok1 || !ok2, first.Digest != a.Digest || second.Digest != a.Digest:
		return ErrBroken
	case a.NotBefore.IsZero() || second.At.Before(a.NotBefore) || second.At.After(a.ConfirmBy):
		return ErrBroken
	case first.Method == Passkey && !first.UV, second.Method == Passkey && !second.UV, first.Spent == second.Spent:
		return ErrBroken
	case !a.allTold() || !a.Verified() || !a.independent(second):
		return ErrBroken
	}
	return nil
}

// mismatch is a claim with other details: refused, and an approved action is
// held, because somebody is trying (DESIGN rule 7).
func (a Action) mismatch(by audit.Actor, now time.Time) (Change, error) {
	refusal := a.refuse(CodeMismatch)
	if a.State != Approved {
		return Unchanged(a), refusal
	}
	c, err := a.HoldFor(HoldMismatch, by, now)
	if err != nil {
		return Change{}, err
	}
	c.Case = &Case{Reason: CaseMismatch}
	return c, refusal
}

// stopped is a claim of an action whose destination was denied or frozen since:
// refused, and an approved action is held, until two agents free it.
func (a Action) stopped(g Gate, by audit.Actor, now time.Time) (Change, error) {
	if a.State != Approved {
		return Unchanged(a), a.refuse(CodeNotApproved)
	}
	c, err := a.HoldFor(g.hold(), by, now)
	if err != nil {
		return Change{}, err
	}
	c.Case = &Case{Reason: CaseRing}
	return c, c.Action.refuse(CodeNotApproved)
}

// ReportedOutcome is what a marketplace reports of a release.
type ReportedOutcome string

const (
	ResultExecuted ReportedOutcome = "executed"
	ResultFailed   ReportedOutcome = "failed"
)

// Result is the marketplace's report.
type Result struct {
	Outcome   ReportedOutcome
	Reference string
	Error     string
}

// Report takes the marketplace's result. A late one settles an unresolved
// release; the same one twice changes nothing; the opposite one is refused.
func (a Action) Report(r Result, now time.Time) (Change, error) {
	var to State
	switch r.Outcome {
	case ResultExecuted:
		to = Executed
	case ResultFailed:
		to = ExecutionFailed
	default:
		return Change{}, Invalid(FieldError{"outcome", "must be executed or failed"})
	}
	switch a.State {
	case to:
		return Unchanged(a), nil
	case Executed, ExecutionFailed:
		return Change{}, a.refuse(CodeResultConflict)
	case Releasing, Unresolved:
	case AwaitingStepUp, Notifying, CoolingOff, AwaitingConfirmation, Approved, Held, Cancelled, Denied, Expired, Failed:
		return Change{}, a.refuse(CodeState)
	}
	a.Push = a.reported(r.Outcome, now)
	data := map[string]string{"outcome": string(r.Outcome), "reference": r.Reference, "error": r.Error}
	c, err := a.move(to, step{by: a.releaser(), verb: "result", now: now, data: data})
	if err != nil {
		return Change{}, err
	}
	if to == Executed {
		c.Mails = c.Action.mails(MailExecuted, c.Action.MovedAt)
	}
	return c, nil
}
