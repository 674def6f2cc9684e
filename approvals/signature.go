package approvals

import (
	"time"

	"countersign/approvals/audit"
)

// Signature is one person's fresh passkey over one thing. Only package auth makes
// one; it counts once, where what was signed is still so.
type Signature struct {
	Person string // who works at the desk, or for a marketplace
	Role   string // as stored when the passkey was verified
	// JoinedAt is when the person did; the database keeps who is too new from being the
	// second, whatever it says here.
	JoinedAt time.Time
	Subject  [32]byte
	Passkey  string // its record
	At       time.Time
}

// Actor is who signed, in the audit log.
func (s Signature) Actor() audit.Actor { return audit.Actor{Type: audit.Agent, ID: s.Person} }
