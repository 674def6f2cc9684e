package templates

import (
	"encoding/json"
	"time"

	"countersign/approvals"
)

// Way is how a seller can prove themselves for this action now.
type Way string

const (
	WayPasskey    Way = "passkey"    // Passkey is filled
	WayCode       Way = "code"       // Code leads to the code page; never offered beside a usable passkey (DESIGN rule 10)
	WayRecovery   Way = "recovery"   // nothing but a printed code; Recovery leads to it
	WayEnrol      Way = "enrol"      // Enrol leads to set-up; the seller has no authenticator
	WayQuarantine Way = "quarantine" // nothing until UsableFrom
	WayBarred     Way = "barred"     // a passkey of lately keeps codes out; Recover leads to the ways back
	WayBlocked    Way = "blocked"    // nothing until UsableFrom, after too many tries
)

// Review is S1: what will change, old beside new, and the two answers. With
// StageConfirmation it is the second proof, after "yes" on the mail answer.
type Review struct {
	Frame
	Facts      Facts
	Stage      approvals.Stage
	Way        Way
	Passkey    *Passkey
	Code       Link
	Recovery   Link // with a printed code; only where an authenticator is added
	Enrol      Link
	Recover    Link
	Young      time.Time        // until when what the seller proves with is in quarantine; zero: it is not
	UsableFrom time.Time        // WayQuarantine, WayBlocked
	Method     approvals.Method // WayQuarantine: what is too new; empty is a passkey
	Wait       time.Duration    // cooling-off with this way; zero when there is none
	Why        Sentence         // why it waits; may be nil
	Refuse     Link             // the question of S7
	ShowFull   Post             // shows the new number in full, own session only; empty once shown
	Signed     []SignedField    // every field under the digest, account numbers masked
	Digest     string           // hex
	Again      bool             // freed after a lock or review: the earlier approval no longer counts
	NoMatch    Link             // interruption: the bank says the name does not match; leads on to the review
	Fault      ProofFault
}

// SignedField is one field of the canonical bytes, by its path.
type SignedField struct{ Name, Value string }

// ProofFault is why the last proof did not count. A dialog the seller closed
// never reaches the server and is told by the script alone.
type ProofFault string

const (
	ProofOK      ProofFault = ""
	ProofRefused ProofFault = "refused" // wrong for whatever reason: one neutral sentence (STANDARDS C6)
	ProofLate    ProofFault = "late"    // the challenge had expired or was used
)

// Passkey is S2: what a page needs to ask for a passkey in its click handler.
type Passkey struct {
	Options json.RawMessage // the library's JSON, with or without the outer "publicKey"
	Submit  Post            // receives the field credential
	Refresh Post            // answers {"options": …} with a fresh challenge
	Elsewhere
}

// Elsewhere leads to the same page on another device. An empty URL leaves it
// out.
type Elsewhere struct {
	URL Link
	QR  QR
}

func (Review) name() string { return "review" }

func (p Review) title(w *words) (string, error) {
	if p.NoMatch != "" {
		return w.t("nomatch.title")
	}
	if p.Stage == approvals.StageConfirmation {
		return w.about(p.Facts, "review.title.confirm")
	}
	return w.about(p.Facts, "review.title")
}

func (p Review) faults() []fault {
	if p.Fault == ProofOK {
		return nil
	}
	return one("prove", "proof."+string(p.Fault))
}

// Quarantined is the method that is too new.
func (p Review) Quarantined() approvals.Method {
	if p.Method == "" {
		return approvals.Passkey
	}
	return p.Method
}

// Confirming reports whether this is the second proof.
func (p Review) Confirming() bool { return p.Stage == approvals.StageConfirmation }
