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
	Why      approvals.LockReason
	Since    time.Time
	Trusted  bool
	Case     string    // shown when Trusted
	AnswerBy time.Time // when support answers at the latest; zero: not promised
	Support  Link
}

func (Locked) name() string                   { return "locked" }
func (Locked) title(w *words) (string, error) { return w.t("locked.title") }
