package api

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"countersign/approvals"
)

const maxIdempotencyKey = 255

// idempotencyKey reads the one Idempotency-Key header: a structured-field
// string, or the same characters bare (DESIGN §6, STANDARDS IK-01).
func idempotencyKey(h http.Header) (string, error) {
	lines := h["Idempotency-Key"]
	if len(lines) == 0 || len(lines) == 1 && lines[0] == "" {
		return "", approvals.Refuse(approvals.CodeIdempotencyMissing)
	}
	key := lines[0]
	if strings.HasPrefix(key, `"`) {
		key = unquote(key)
	}
	if len(lines) != 1 || len(key) < 1 || len(key) > maxIdempotencyKey || !visible(key) {
		return "", approvals.Refuse(approvals.CodeIdempotencyMalformed)
	}
	return key, nil
}

// unquote reads a structured-field string without parameters (RFC 9651
// §4.2.5), or returns "".
func unquote(s string) string {
	inner, ok := strings.CutSuffix(s[1:], `"`)
	if !ok {
		return ""
	}
	var b strings.Builder
	for i := 0; i < len(inner); i++ {
		switch inner[i] {
		case '"':
			return ""
		case '\\':
			i++
			if i == len(inner) || inner[i] != '"' && inner[i] != '\\' {
				return ""
			}
		}
		b.WriteByte(inner[i])
	}
	return b.String()
}

// visible reports whether s is visible ASCII throughout.
func visible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// requestHash says what a request asks for: two with the same hash ask for the
// same (STANDARDS IK-02). A body that is not JSON stands for itself.
func requestHash(m approvals.MarketplaceID, method, path string, body []byte) string {
	form, canonical := "raw", body
	if c, err := approvals.CanonicalDetails(body); err == nil {
		form, canonical = "jcs", c
	}
	h := sha256.New()
	for _, part := range []string{"countersign/request/v1", string(m), method, path, form, ""} {
		h.Write([]byte(part + "\n"))
	}
	h.Write(canonical)
	return hex.EncodeToString(h.Sum(nil))
}
