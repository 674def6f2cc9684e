package templates

import (
	"time"

	"countersign/approvals"
)

// Status is S5: where an action stands, in every state of its life. web fills
// the times from the action; a zero time is one that is not fixed or did not
// come.
type Status struct {
	Frame
	Facts  Facts
	State  approvals.State
	Method approvals.Method // of the step-up, empty before it
	Wait   time.Duration    // of the cooling-off, as stored with the action
	Times  Times

	Other     string   // the people of whom one has to agree as well, empty for none
	Addresses []string // masked contacts that are told
	Hold      Hold     // state held
	Cancel    approvals.CancelReason
	Why       Sentence  // why it waits, or was denied; may be nil
	End       End       // state expired
	Retry     time.Time // state failed: from when the seller can prove again

	// Elsewhere says that the confirmation takes a device known for longer, or
	// something else than a code.
	Elsewhere bool

	Result  Result // what the seller just did, when arriving from doing it
	Version int    // of the action, compared with what Poll answers
	Poll    Link   // answers {"version": n}
	Self    Link   // this page, for "Refresh status"
	Approve Link   // S1, state awaiting_step_up
	Resend  Post   // sends the confirmation mail again
	Stop    Link   // the question of S7: cancel, or "I did not ask for this" once it is too late
	Newer   Link   // the action that superseded this one
	Restart Link   // start again, at the marketplace
	Return  Link   // back to the marketplace; carries no verdict
	Codes   Link   // printed codes, right after a proof of a seller who has none
	Own     Link   // S11, in a session that opens it: a calm moment to add a passkey
}

// Times are the moments of an action's life so far and its deadlines.
type Times struct {
	StepUpBy  time.Time
	Approved  time.Time // the step-up
	NotBefore time.Time // may have been reached
	ConfirmBy time.Time
	Confirmed time.Time
	Executed  time.Time
	Ended     time.Time // cancelled, denied, expired, failed
	Held      time.Time
}

// Hold is why an action is held and until when at most.
type Hold struct {
	Code    approvals.HoldCode
	Address string    // masked contact that could not be reached, with HoldNotice; may be empty
	Until   time.Time // may be zero
}

// End is why an action expired.
type End string

const (
	EndSilence     End = "silence"     // no approval or confirmation in time
	EndMarketplace End = "marketplace" // confirmed, but the marketplace did not act in time
	EndHold        End = "hold"        // on hold for too long
)

// Result is the line that tells a seller what they have just done.
type Result string

const (
	ResultNone      Result = ""
	ResultApproved  Result = "approved"
	ResultConfirmed Result = "confirmed"
	ResultResent    Result = "resent"
	ResultTooSoon   Result = "too_soon" // the mail was sent moments ago, not again
)

func (Status) name() string { return "status" }

func (p Status) title(w *words) (string, error) {
	switch p.State {
	case approvals.AwaitingStepUp, approvals.AwaitingConfirmation:
		return w.t("status.title.answer")
	case approvals.Notifying, approvals.CoolingOff:
		return w.t("status.title.waiting")
	case approvals.Approved, approvals.Releasing, approvals.ExecutionFailed, approvals.Unresolved:
		return w.t("status.title.confirmed")
	case approvals.Executed:
		return w.about(p.Facts, "status.title.executed")
	case approvals.Held:
		return w.t("status.title.held")
	case approvals.Cancelled:
		return w.t("status.title.cancelled")
	case approvals.Denied:
		return w.t("status.title.denied")
	case approvals.Expired, approvals.Failed:
		return w.t("status.title.ended")
	}
	return "", unknownState(p.State)
}

// Safe reports whether the page can promise that the old account goes on being
// paid: not once the marketplace may have put the new one in place.
func (p Status) Safe() bool {
	gone := TooLate(p.State) && p.State != approvals.ExecutionFailed
	return p.Facts.Paid() != nil && !gone
}

// Note is the colour of the state's note: never ok while something waits.
func (p Status) Note() string {
	switch p.State {
	case approvals.Executed:
		return "ok"
	case approvals.Held, approvals.ExecutionFailed, approvals.Unresolved, approvals.Denied, approvals.Failed:
		return "warn"
	case approvals.AwaitingStepUp, approvals.Notifying, approvals.CoolingOff, approvals.AwaitingConfirmation,
		approvals.Approved, approvals.Releasing, approvals.Cancelled, approvals.Expired:
	}
	return "info"
}

// Percent is how much of the cooling-off is over, or -1 when no wait runs.
func (p Status) Percent() int {
	if p.State != approvals.CoolingOff || p.Wait <= 0 || p.Times.NotBefore.IsZero() {
		return -1
	}
	left := p.Times.NotBefore.Sub(p.Now)
	return min(100, max(0, int(100-100*left/p.Wait)))
}

// WaitFrom is when the cooling-off began.
func (p Status) WaitFrom() time.Time { return p.Times.NotBefore.Add(-p.Wait) }
