package approvals

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"countersign/approvals/target"
)

// BoundRequest is the one HTTP request that an action approves, where a proxy
// stands in front of the marketplace: what is sent when the action is released,
// no more and no less. It is a part of the details, so the digest covers it and
// both proofs sign it.
type BoundRequest struct {
	// Method is POST, PUT, PATCH or DELETE.
	Method string `json:"method"`
	// Target is the request target in origin-form (RFC 9112 §3.2.1), exactly as
	// it is sent: "/bank?tab=1".
	Target string `json:"target"`
	// ContentType is the Content-Type header; empty when there is no body.
	ContentType string `json:"content_type,omitempty"`
	// ContentDigest is that of the body, made by ContentDigest.
	ContentDigest string `json:"content_digest"`
}

const (
	maxContentType = 255
	digestPrefix   = "sha-256=:"
	digestSuffix   = ":"
)

// boundMethods are those that can change something.
var boundMethods = []string{"POST", "PUT", "PATCH", "DELETE"}

// ContentDigest returns the Content-Digest field of a body: its SHA-256 as a
// structured-field dictionary of one member (RFC 9530 §2).
func ContentDigest(body []byte) string {
	sum := sha256.Sum256(body)
	return digestPrefix + base64.StdEncoding.EncodeToString(sum[:]) + digestSuffix
}

// RequestOf returns the request that an action approves; false when it approves
// no request but what its details say alone.
func RequestOf(a Action) (BoundRequest, bool) {
	var d struct {
		Request *BoundRequest `json:"request"`
	}
	if json.Unmarshal(a.Details, &d) != nil || d.Request == nil {
		return BoundRequest{}, false
	}
	return *d.Request, true
}

func (r *BoundRequest) wrong(path string) []FieldError {
	var fields []FieldError
	add := func(field, problem string) { fields = append(fields, FieldError{path + "." + field, problem}) }
	if !slices.Contains(boundMethods, r.Method) {
		add("method", "must be POST, PUT, PATCH or DELETE")
	}
	if target.Check(r.Target) != nil {
		add("target", "must be a path and query exactly as sent, as in /bank?tab=1, of 4 KiB at most, that can be read in one way only")
	}
	if len(r.ContentType) > maxContentType || strings.ContainsFunc(r.ContentType, func(c rune) bool { return c < ' ' || c > '~' }) {
		add("content_type", "must be the Content-Type header")
	}
	if !isContentDigest(r.ContentDigest) {
		add("content_digest", "must be the body's SHA-256 as in RFC 9530: sha-256=:BASE64:")
	}
	return fields
}

func isContentDigest(s string) bool {
	middle, ok := strings.CutPrefix(s, digestPrefix)
	middle, whole := strings.CutSuffix(middle, digestSuffix)
	sum, err := base64.StdEncoding.Strict().DecodeString(middle)
	return ok && whole && err == nil && len(sum) == sha256.Size
}
