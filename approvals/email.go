package approvals

import (
	"errors"
	"strings"

	"golang.org/x/net/idna"
)

// Limits of RFC 5321 §4.5.3.1.
const (
	maxAddress = 254
	maxLocal   = 64
	maxWritten = 1024 // in UTF-8, before the domain is ASCII; reading it is quadratic
)

var errEmail = errors.New("must be one plain address such as name@shop.example")

// ParseEmail reads one bare address and returns its canonical form: the local
// part as it is, the domain in lower case and ASCII (RFC 5891 §4, which drops
// and maps no character). What net/mail would take besides (names, quotes,
// comments, groups, several addresses, address literals) is refused: two
// parsers could read it in two ways (RELIABILITY C13, C14).
func ParseEmail(s string) (string, error) {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || len(s) > maxWritten || !dotAtom(local) || len(local) > maxLocal {
		return "", errEmail
	}
	ascii, err := idna.Registration.ToASCII(strings.ToLower(domain))
	if err != nil || !hostName(ascii) {
		return "", errEmail
	}
	if len(local)+1+len(ascii) > maxAddress {
		return "", errEmail
	}
	return local + "@" + ascii, nil
}

// dotAtom is RFC 5322 §3.2.3 without comments and folding.
func dotAtom(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if part == "" {
			return false
		}
		for i := range len(part) {
			if !letterOrDigit(part[i]) && strings.IndexByte("!#$%&'*+-/=?^_`{|}~", part[i]) < 0 {
				return false
			}
		}
	}
	return true
}

// hostName is a lower-case name of at least two labels (RFC 1123 §2.1), the
// last of which is no number, so that it is not an address.
func hostName(s string) bool {
	labels := strings.Split(s, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		for i := range len(l) {
			if !letterOrDigit(l[i]) && l[i] != '-' {
				return false
			}
		}
	}
	last := labels[len(labels)-1]
	return len(labels) >= 2 && strings.Trim(last, "0123456789") != ""
}

func letterOrDigit(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
