package auth

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/protocol"

	"countersign/approvals"
)

// Bundle is the evidence about one action in one document: what was approved,
// the proofs with all that verifies them offline, what happened, and what the
// mail servers said. The same record makes the same bytes. It holds nothing
// about another action or seller.
//
// Proofs by passkey stand for themselves, see VerifyBundle. Events and mails
// are the gateway's own word.
type Bundle struct {
	Version   int                       `json:"v"` // 1
	Object    string                    `json:"object"`
	Action    BundledAction             `json:"action"`
	Canonical protocol.URLEncodedBase64 `json:"canonical"` // the bytes whose SHA-256 both proofs signed
	Digest    string                    `json:"digest"`
	Decision  approvals.Decision        `json:"decision"`
	Proofs    []BundledProof            `json:"proofs"` // of every generation
	Events    []json.RawMessage         `json:"events"` // RFC 8785 form; moves in order, the newest hundred refusals among them
	Mails     []BundledMail             `json:"mails"`
}

// BundledAction is the action as it stands.
type BundledAction struct {
	ID          approvals.ActionID      `json:"id"`
	Reference   string                  `json:"reference"`
	Kind        approvals.Kind          `json:"kind"`
	Marketplace approvals.MarketplaceID `json:"marketplace"`
	Seller      approvals.SellerID      `json:"seller"`
	Details     json.RawMessage         `json:"details"`
	CreatedAt   string                  `json:"created_at"`
	State       approvals.State         `json:"state"`
	Generation  int                     `json:"generation"`
	Version     int                     `json:"version"`
}

// BundledProof is one proof.
type BundledProof struct {
	ID            string           `json:"id"`
	Generation    int              `json:"generation"`
	Stage         approvals.Stage  `json:"stage"`
	Method        approvals.Method `json:"method"`
	Authenticator string           `json:"authenticator"`
	UserVerified  bool             `json:"user_verified"`
	Spent         string           `json:"spent"`
	At            string           `json:"at"`
	Evidence      json.RawMessage  `json:"evidence"`
}

// BundledMail is one mail and the last answer to it.
type BundledMail struct {
	ID         string              `json:"id"`
	Kind       approvals.MailKind  `json:"kind"`
	To         string              `json:"to"`
	Generation int                 `json:"generation"`
	State      approvals.MailState `json:"state"`
	Attempts   int                 `json:"attempts"`
	CreatedAt  string              `json:"created_at"`
	SettledAt  string              `json:"settled_at,omitempty"`
	Answer     string              `json:"answer,omitempty"`
}

const (
	bundleVersion = 1
	bundleObject  = "evidence"
)

// NewBundle makes the bundle of a record.
func NewBundle(r approvals.Record) (Bundle, error) {
	a := r.Action
	canonical, err := approvals.CanonicalBytes(a)
	if err != nil {
		return Bundle{}, err
	}
	b := Bundle{
		Version: bundleVersion, Object: bundleObject, Canonical: canonical, Digest: a.Digest.String(), Decision: a.Decision,
		Action: BundledAction{
			ID: a.ID, Reference: a.Reference, Kind: a.Kind, Marketplace: a.Marketplace, Seller: a.Seller, Details: a.Details,
			CreatedAt: approvals.FormatTime(a.CreatedAt), State: a.State, Generation: a.Generation, Version: a.Version,
		},
		Proofs: []BundledProof{}, Events: []json.RawMessage{}, Mails: []BundledMail{},
	}
	for _, p := range a.Proofs {
		b.Proofs = append(b.Proofs, BundledProof{
			ID: p.ID, Generation: p.Generation, Stage: p.Stage, Method: p.Method, Authenticator: p.Authenticator, UserVerified: p.UV,
			Spent: p.Spent, At: approvals.FormatTime(p.At), Evidence: p.Evidence,
		})
	}
	for _, e := range r.Events {
		line, err := e.Canonical()
		if err != nil {
			return Bundle{}, err
		}
		b.Events = append(b.Events, line)
	}
	for _, m := range r.Mails {
		b.Mails = append(b.Mails, BundledMail{
			ID: m.ID, Kind: m.Kind, To: m.To, Generation: m.Generation, State: m.State, Attempts: m.Attempts,
			CreatedAt: approvals.FormatTime(m.CreatedAt), SettledAt: timeOrNone(m.SettledAt), Answer: m.Answer,
		})
	}
	return b, nil
}

func timeOrNone(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return approvals.FormatTime(t)
}

// action is what the digest is made of.
func (b Bundle) action() (approvals.Action, error) {
	created, err := time.Parse(approvals.TimeFormat, b.Action.CreatedAt)
	if err != nil {
		return approvals.Action{}, fmt.Errorf("read created_at: %w", err)
	}
	return approvals.Action{
		ID: b.Action.ID, Kind: b.Action.Kind, Marketplace: b.Action.Marketplace, Seller: b.Action.Seller,
		Details: b.Action.Details, CreatedAt: created,
	}, nil
}

// proof is p as it was spent.
func (b Bundle) proof(p BundledProof) (approvals.Proof, error) {
	at, err := time.Parse(approvals.TimeFormat, p.At)
	if err != nil {
		return approvals.Proof{}, fmt.Errorf("read the time of proof %s: %w", p.ID, err)
	}
	out := approvals.Proof{
		ID: p.ID, Action: b.Action.ID, Generation: p.Generation, Stage: p.Stage, Method: p.Method, Authenticator: p.Authenticator,
		UV: p.UserVerified, Spent: p.Spent, Evidence: p.Evidence, At: at,
	}
	digest, err := hex.DecodeString(b.Digest)
	if err != nil || copy(out.Digest[:], digest) != len(out.Digest) || !bytes.Equal(out.Digest[:], digest) {
		return approvals.Proof{}, fmt.Errorf("the digest is not one")
	}
	return out, nil
}
