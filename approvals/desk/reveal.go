package desk

import (
	"time"

	"countersign/approvals"
)

// Limits of reveals (UX C4).
const (
	RevealLife  = 60 * time.Second
	RevealLimit = 20 // by one person in RevealSpan
	RevealSpan  = 24 * time.Hour
)

// RevealField is what one reveal shows.
type RevealField string

const (
	RevealName    RevealField = "name"    // the seller's
	RevealContact RevealField = "contact" // the newest address
	RevealAccount RevealField = "account" // the number of the account an action would pay into
	RevealBefore  RevealField = "account_before"
	RevealIP      RevealField = "ip" // that an action was asked for from
)

// RevealFields lists them.
func RevealFields() []RevealField {
	return []RevealField{RevealName, RevealContact, RevealAccount, RevealBefore, RevealIP}
}

// OfAction reports whether the field is one of an action.
func (f RevealField) OfAction() bool { return f == RevealAccount || f == RevealBefore || f == RevealIP }

// Reveal is one look at what is masked.
type Reveal struct {
	ID     string // UUIDv7
	Case   int64
	Field  RevealField
	Action approvals.ActionID
	Why    Reason
	By     string // a person
	At     time.Time
}

// Until is when it is masked again.
func (r Reveal) Until() time.Time { return r.At.Add(RevealLife) }

// Revealed is what a reveal shows, and how many this person had in RevealSpan, this
// one included.
type Revealed struct {
	Reveal
	Value string
	Count int
}
