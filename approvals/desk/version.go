package desk

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"countersign/approvals/audit"
)

// State is where a version of the policy stands.
type State string

const (
	Proposed   State = "proposed"  // waits for a second admin
	Scheduled  State = "scheduled" // approved; its day is running
	Effective  State = "effective"
	Superseded State = "superseded" // by a newer version
	Rejected   State = "rejected"
	Lapsed     State = "lapsed" // nobody answered
)

// Waits of a version that may be milder (DESIGN rule 12, THREATS §6).
const (
	LoosenAfter  = 24 * time.Hour
	ProposalLife = 4 * time.Hour
)

// Version is one version of the policy. Number 0 is the one compiled in, which is
// in force until another is.
type Version struct {
	Number int
	Name   string   // as decisions say it
	Hash   [32]byte // SHA-256 of Source
	Source []byte   // empty in lists
	Base   int      // the version it was compared with
	Milder []string // how it may be milder than that one; none where it only tightens
	State  State

	Proposer    string // id of a person; empty: whoever has a shell on the gateway's host
	ProposedAt  time.Time
	LapsesAt    time.Time // of a proposal
	Approver    string
	ApprovedAt  time.Time
	EffectiveAt time.Time // not in force before
	Since       time.Time // in force since
	Rejecter    string    // of a rejected one: empty as Proposer is
	EndedAt     time.Time
}

// Open reports whether the version may still come into force.
func (v Version) Open() bool { return v.State == Proposed || v.State == Scheduled }

// Verb is what is done with a version.
type Verb string

const (
	Propose Verb = "propose" // or put in force at once, where it only tightens
	Approve Verb = "approve"
	Reject  Verb = "reject"
)

// Subject is what a person signs to do this with the version: its hash, its
// number (0 before it has one), the version it was compared with, and the verb.
func (v Version) Subject(verb Verb) [32]byte {
	return sha256.Sum256([]byte(strings.Join([]string{
		"countersign/policy-decision/v1", string(verb), hex.EncodeToString(v.Hash[:]), fmt.Sprint(v.Number), fmt.Sprint(v.Base),
	}, "\n")))
}

// Standing is what there is: the version in force, the one that may come into
// force, if any, and the newest number. Sources are left out.
type Standing struct {
	Effective Version // Number 0: the one compiled in
	Open      *Version
	Last      int
}

// Change is what a step makes: versions as they are now, in the order in which
// they are to be written; the events; and what marketplaces are told.
type Change struct {
	Versions []Version
	Events   []audit.Event
	Told     []Told
}

// Told is one thin event to every marketplace.
type Told struct {
	Type    string // "policy.scheduled" or "policy.effective"
	Version Version
	At      time.Time
}
