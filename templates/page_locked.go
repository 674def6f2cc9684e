package templates

import (
	"time"

	"countersign/approvals"
)

// Locked is S8. Trusted says that the reader came from a mail link or gave a
// proof; without it the page holds back case number and device, because an
// intruder may be looking.
type Locked struct {
	Frame
	Old      string // last four of the account that stays; empty when there is none
	TooLate  string // last four of the new account when the change could not be stopped any more (see TooLate)
	Loan     *Facts // of a loan, or of a defined kind, that could not be stopped any more
	Why      approvals.LockReason
	Since    time.Time
	Trusted  bool
	Case     string    // shown when Trusted
	AnswerBy time.Time // when support answers at the latest; zero: not promised
	Support  Link
}

// Reason is whose lock the seller reads it is.
func (p Locked) Reason() approvals.LockReason { return lockedBy(p.Why) }

// lockedBy is the seller's own word or the marketplace's lock: its support is the
// marketplace to the seller, and nothing says any more who locked one that has been
// unlocked since.
func lockedBy(why approvals.LockReason) approvals.LockReason {
	if why != approvals.LockNotMe {
		return approvals.LockMarketplace
	}
	return why
}

// TooLate reports whether an action in s can have reached the marketplace, so
// that nobody may be told that nothing changed.
func TooLate(s approvals.State) bool {
	switch s {
	case approvals.Releasing, approvals.Executed, approvals.ExecutionFailed, approvals.Unresolved:
		return true
	case approvals.AwaitingStepUp, approvals.Notifying, approvals.CoolingOff, approvals.AwaitingConfirmation,
		approvals.Approved, approvals.Held, approvals.Cancelled, approvals.Denied, approvals.Expired, approvals.Failed:
	}
	return false
}

func (Locked) name() string                   { return "locked" }
func (Locked) title(w *words) (string, error) { return w.t("locked.title") }
