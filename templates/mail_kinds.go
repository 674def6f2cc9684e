package templates

import (
	"time"

	"countersign/approvals"
)

// RequestedMail is mail 1: an action was created.
type RequestedMail struct{ MailFrame }

// NoticeMail is mail 2, the notice the clock waits for, and its repeat.
type NoticeMail struct {
	MailFrame
	Method    approvals.Method // of the step-up
	Label     string           // of the authenticator: "MacBook"; may be empty
	Wait      time.Duration    // zero: none
	Why       Sentence         // why it waits; may be nil
	Again     bool             // the repeat during a long wait
	NotBefore time.Time        // known in the repeat only
}

// VerifyMail goes to the new address of a contact.change, as its notice: is
// this address yours?
type VerifyMail struct {
	MailFrame
	Verify Link
}

// SoonMail is mail 3, sent some hours before the window opens.
type SoonMail struct {
	MailFrame
	NotBefore time.Time
}

// ConfirmMail is mail 4, the pointer to the second proof, and 4b, its daily
// renewal.
type ConfirmMail struct {
	MailFrame
	Method    approvals.Method // what the page will ask for
	ConfirmBy time.Time
	Confirm   Link
	LinkLife  time.Duration
	Again     bool // 4b: this link replaces the one before
}

// ExecutedMail is mail 5.
type ExecutedMail struct {
	MailFrame
	At time.Time
}

// CancelledMail is mail 6.
type CancelledMail struct {
	MailFrame
	Reason approvals.CancelReason
	At     time.Time
}

// EndedMail is mail 7: expired, or failed after too many tries.
type EndedMail struct {
	MailFrame
	Failed bool
	End    End // when it expired
	At     time.Time
	Retry  time.Time // when it failed: from when the seller can prove again; may be zero
}

// LockedMail is mail 8 and mail 9.
type LockedMail struct {
	MailFrame
	Why     approvals.LockReason
	Case    string // "C-10442"; empty when none was opened
	At      time.Time
	TooLate bool // the action could not be stopped any more (see TooLate)
}

// HeldMail is mail 9b.
type HeldMail struct {
	MailFrame
	Hold Hold
	Case string // may be empty
}

// AgainMail is mail 10b: freed after a lock or a review, to be approved
// again.
type AgainMail struct {
	MailFrame
	StepUpBy time.Time
}
