package approvals

import (
	"context"
	"time"

	"countersign/approvals/audit"
)

// Record is everything the database holds about one action, as of one moment:
// what evidence is made of.
type Record struct {
	Action Action // with the proofs of every generation and their evidence
	// Events are every move, in order, and among them the newest refusals, as a
	// timeline has them.
	Events []audit.Event
	Mails  []MailRecord // in the order they were made
}

// MailRecord is one mail about an action, and what the mail server said.
type MailRecord struct {
	ID         string
	Kind       MailKind
	To         string
	Generation int
	State      MailState
	Attempts   int
	CreatedAt  time.Time
	SettledAt  time.Time // zero: it is still to be sent
	Answer     string    // the last one, with its SMTP code
}

// Records reads whole records.
type Records interface {
	// Record returns the action of this key, CodeNotFound for one that is unknown
	// or another marketplace's. All of it is of one moment, and nothing of it is
	// about another action or seller.
	Record(ctx context.Context, key ActionKey) (Record, error)
}
