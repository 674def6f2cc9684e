package client

import (
	"crypto/sha256"
	"encoding/base64"
)

// BoundRequest is the one HTTP request that an action approves: what arrives
// when the action is released must be this and nothing else.
type BoundRequest struct {
	Method        string `json:"method"`                 // POST, PUT, PATCH or DELETE
	Target        string `json:"target"`                 // path and query, exactly as sent
	ContentType   string `json:"content_type,omitempty"` // the Content-Type header
	ContentDigest string `json:"content_digest"`         // see ContentDigest
}

// ContentDigest returns the Content-Digest header of a body: its SHA-256 as in
// RFC 9530 §2.
func ContentDigest(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}
