package forwardauth

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"io"
	"net/http"
	"strings"

	"countersign/approvals"
)

// Limits of what a digest is of, and of how it is written.
const (
	maxBody         = 64 << 10
	maxDigestField  = 1 << 10
	maxDigestNames  = 8
	maxDigestLength = 512 / 8
)

// bodyDigest returns the SHA-256 that the Content-Digest field gives, in the
// form in which an action has it. Where the proxy sends the body along, every
// digest is compared with the bytes that came (STANDARDS HS-02); a part of a
// body tells nothing (EX-03). Where it does not, the upstream compares.
func bodyDigest(r *http.Request) (string, error) {
	refusal := approvals.Refuse(codeDigest)
	lines := r.Header.Values("Content-Digest")
	if len(lines) != 1 || r.Header.Values("X-Envoy-Auth-Partial-Body") != nil && r.Header.Get("X-Envoy-Auth-Partial-Body") != "false" {
		return "", refusal
	}
	digests, ok := contentDigests(lines[0])
	if !ok || digests["sha-256"] == nil {
		return "", refusal
	}
	if r.ContentLength != 0 && !matches(r, digests) {
		return "", refusal
	}
	return "sha-256=:" + base64.StdEncoding.EncodeToString(digests["sha-256"]) + ":", nil
}

// matches reports whether the body can be read to its end and has these digests.
func matches(r *http.Request, digests map[string][]byte) bool {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil || len(body) > maxBody {
		return false
	}
	short := sha256.Sum256(body)
	if !bytes.Equal(digests["sha-256"], short[:]) {
		return false
	}
	long := sha512.Sum512(body)
	return digests["sha-512"] == nil || bytes.Equal(digests["sha-512"], long[:])
}

// contentDigests reads the field (RFC 9530 §2): a dictionary of byte sequences
// (RFC 9651 §3.2), here without parameters and each name once. Algorithms that
// are not known count for nothing, but have to be well written too.
func contentDigests(field string) (map[string][]byte, bool) {
	if len(field) > maxDigestField {
		return nil, false
	}
	members := strings.Split(field, ",")
	if len(members) > maxDigestNames {
		return nil, false
	}
	out := map[string][]byte{}
	for _, m := range members {
		name, value, ok := strings.Cut(strings.Trim(m, " \t"), "=")
		sum, whole := byteSequence(value)
		if !ok || !whole || !isName(name) || out[name] != nil {
			return nil, false
		}
		if size := digestSizes[name]; size != 0 && len(sum) != size {
			return nil, false
		}
		out[name] = sum
	}
	return out, true
}

var digestSizes = map[string]int{"sha-256": sha256.Size, "sha-512": sha512.Size}

// byteSequence reads ":base64:" (RFC 9651 §4.2.7), padded and canonical.
func byteSequence(s string) ([]byte, bool) {
	inner, ok1 := strings.CutPrefix(s, ":")
	inner, ok2 := strings.CutSuffix(inner, ":")
	if strings.ContainsAny(inner, "\r\n") { // which the decoder would pass over
		return nil, false
	}
	sum, err := base64.StdEncoding.Strict().DecodeString(inner)
	return sum, ok1 && ok2 && err == nil && len(sum) > 0 && len(sum) <= maxDigestLength
}

// isName reports whether s is a dictionary's key (RFC 9651 §3.1.2).
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || c == '*'
		if !letter && (i == 0 || !('0' <= c && c <= '9') && strings.IndexByte("_-.", c) < 0) {
			return false
		}
	}
	return s != ""
}
