package desk

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gowebpki/jcs"

	"countersign/approvals"
)

// Facts is what a decision rests on, read in the transaction that carries it out.
// Where it is no longer what was proposed on, nothing is decided. Notes, claims and
// reveals are no facts.
type Facts struct {
	Locked     bool         `json:"locked"`
	LockEpoch  int          `json:"lock_epoch"`
	SecurityAt time.Time    `json:"security_at,omitzero"` // last change of a contact, an authenticator or an approver
	Joined     int          `json:"joined"`               // how often trouble joined the case
	Actions    []ActionFact `json:"actions"`              // open or unresolved, by id
	Recovery   string       `json:"recovery,omitempty"`   // the one that runs, and where it stands; empty for none
	Ring       *RingFact    `json:"ring,omitempty"`       // of the case's destination
	Others     []CaseFact   `json:"others,omitempty"`     // other open cases of the seller, by number
}

// CaseFact is another open case of the seller.
type CaseFact struct {
	Number int64 `json:"number"`
	Joined int   `json:"joined"` // how often trouble joined it
}

// ActionFact is one action that something can still become of.
type ActionFact struct {
	ID         approvals.ActionID `json:"id"`
	Reference  string             `json:"reference"`
	State      approvals.State    `json:"state"`
	Hold       approvals.HoldCode `json:"hold,omitempty"`
	Generation int                `json:"generation"`
	Version    int                `json:"version"`
}

// RingFact is what is known of a destination.
type RingFact struct {
	Turn    int  `json:"turn"`
	Ring    int  `json:"ring"`
	Denied  bool `json:"denied"`
	Sellers int  `json:"sellers"` // that named it and have not declared it; at most RingSellers are counted
	// Declared counts who share it by the word of two, RingSellers at most. Disputed says
	// that some seller denies what was asked for with it.
	Declared int  `json:"declared,omitempty"`
	Disputed bool `json:"disputed,omitempty"`
}

// Stopped reports whether anything is stopped, or moves only by people.
func (f Facts) Stopped() bool {
	for _, a := range f.Actions {
		if a.State == approvals.Held || a.State == approvals.Unresolved {
			return true
		}
	}
	return f.Locked || f.Recovery != ""
}

// Action is the fact of one action.
func (f Facts) Action(id approvals.ActionID) (ActionFact, bool) {
	for _, a := range f.Actions {
		if a.ID == id {
			return a, true
		}
	}
	return ActionFact{}, false
}

// other is the fact of another case.
func (f Facts) other(number int64) (CaseFact, bool) {
	for _, c := range f.Others {
		if c.Number == number {
			return c, true
		}
	}
	return CaseFact{}, false
}

// Canonical returns the RFC 8785 form of the facts.
func (f Facts) Canonical() ([]byte, error) {
	f.SecurityAt = f.SecurityAt.UTC().Truncate(time.Microsecond)
	if f.Actions == nil {
		f.Actions = []ActionFact{}
	}
	raw, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("encode facts: %w", err)
	}
	b, err := jcs.Transform(raw)
	if err != nil {
		return nil, fmt.Errorf("canonicalise facts: %w", err)
	}
	return b, nil
}

// Digest is the version of the case: the SHA-256 of the canonical facts.
func (f Facts) Digest() [32]byte {
	b, err := f.Canonical()
	if err != nil {
		b = nil // a digest that no facts have
	}
	return sha256.Sum256(b)
}
