package approvals

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gowebpki/jcs"
)

// domainTag separates action digests from every other use of SHA-256.
const domainTag = "countersign/action/v1\n"

// TimeFormat is RFC 3339 in UTC with microseconds, the one form times take in
// digests, answers and webhooks.
const TimeFormat = "2006-01-02T15:04:05.000000Z"

// Digest is SHA-256 over the domain tag and the RFC 8785 form of an action
// (DESIGN §5). Both proofs are bound to it and a claim must match it.
type Digest [sha256.Size]byte

// String returns the digest in lower-case hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// CanonicalBytes returns the bytes both proofs sign: the domain tag and the
// RFC 8785 form of the action's six fixed fields. Details cannot change after
// creation, so neither can these.
func CanonicalBytes(a Action) ([]byte, error) {
	raw, err := json.Marshal(struct {
		ID          ActionID        `json:"id"`
		Kind        Kind            `json:"kind"`
		Marketplace MarketplaceID   `json:"marketplace"`
		Seller      SellerID        `json:"seller"`
		Details     json.RawMessage `json:"details"`
		CreatedAt   string          `json:"created_at"`
	}{a.ID, a.Kind, a.Marketplace, a.Seller, a.Details, FormatTime(a.CreatedAt)})
	if err != nil {
		return nil, fmt.Errorf("encode action %s: %w", a.ID, err)
	}
	canonical, err := jcs.Transform(raw)
	if err != nil {
		return nil, fmt.Errorf("canonicalise action %s: %w", a.ID, err)
	}
	return append([]byte(domainTag), canonical...), nil
}

// ComputeDigest recomputes the digest from the action's own fields.
func ComputeDigest(a Action) (Digest, error) {
	b, err := CanonicalBytes(a)
	if err != nil {
		return Digest{}, err
	}
	return sha256.Sum256(b), nil
}

// FormatTime writes t in TimeFormat.
func FormatTime(t time.Time) string { return t.UTC().Format(TimeFormat) }
