package desk

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/gowebpki/jcs"

	"countersign/approvals"
)

// DecisionState is where a decision stands. Only the first can change.
type DecisionState string

const (
	Waiting          DecisionState = "proposed" // for a second person
	CarriedOut       DecisionState = "carried_out"
	DecisionRejected DecisionState = "rejected"
	DecisionLapsed   DecisionState = "lapsed" // nobody answered in ProposalLife
	DecisionVoid     DecisionState = "void"   // what it rested on has changed
)

// Decision is one thing that people decide in a case. Everything but State and what
// the second person adds stays as it was signed.
type Decision struct {
	ID            string // UUIDv7
	Case          int64
	Verb          CaseVerb
	Seller        approvals.SellerKey
	Action        approvals.ActionID    // for verbs of one action
	Ring          approvals.RingKey     // for verbs of a destination
	Sellers       []approvals.SellerKey // for verbs that name them
	Reason        Reason
	Note          string
	Facts         Facts
	Proposer      string // a person
	ProposedAt    time.Time
	LapsesAt      time.Time // zero where one decides
	Decider       string    // who approved or rejected; the proposer where one decides
	DecidedAt     time.Time // also when it lapsed or became void
	DeciderReason Reason
	DeciderNote   string
	State         DecisionState
}

// decisionDomain begins what is hashed, so that no other signature is one of these.
const decisionDomain = "countersign/case-decision/v1\n"

// Subject is what a person signs to do this with the decision: all of it, the facts
// included, and, where it is not the proposal, the second person's own reason and
// note.
func (d Decision) Subject(act Verb) [32]byte {
	facts := d.Facts.Digest()
	type member struct {
		Marketplace approvals.MarketplaceID `json:"marketplace"`
		Seller      approvals.SellerID      `json:"seller"`
	}
	sellers := []member{}
	for _, s := range d.Sellers {
		sellers = append(sellers, member{s.Marketplace, s.Seller})
	}
	said := map[string]any{
		"act": act, "id": d.ID, "case": Case{Number: d.Case}.Name(), "verb": d.Verb, "marketplace": d.Seller.Marketplace, "seller": d.Seller.Seller,
		"action": d.Action, "scope": d.Ring.Scope, "fingerprint": d.Ring.Fingerprint, "sellers": sellers,
		"reason": d.Reason, "note_sha256": hashed(d.Note), "facts": hex.EncodeToString(facts[:]),
	}
	if act != Propose {
		said["second_reason"], said["second_note_sha256"] = d.DeciderReason, hashed(d.DeciderNote)
	}
	raw, err := json.Marshal(said)
	if err == nil {
		raw, err = jcs.Transform(raw)
	}
	if err != nil {
		return [32]byte{} // nobody signs it: a subject is never all zeros
	}
	return sha256.Sum256(append([]byte(decisionDomain), raw...))
}

func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Intent is what somebody is about to propose.
type Intent struct {
	Case    int64
	Verb    CaseVerb
	Action  approvals.ActionID
	Sellers []approvals.SellerKey
	Reason  Reason
	Note    string
	Person  string
}
