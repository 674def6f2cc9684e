// Package target judges the request target of an HTTP request: whether
// everybody who reads it, our own router, a proxy before us and the
// marketplace's framework behind us, must come to the same path.
//
// What decides about a request by its path has to refuse the others. Decoding
// once or twice, merging slashes, cutting at a semicolon, turning a backslash
// round: each is done by some server and not by the next, and an attacker needs
// only one who reads another path than we did (RELIABILITY §9 G).
package target

import (
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Max is the longest target there can be, in bytes (RELIABILITY §11).
const Max = 4 << 10

// ErrAmbiguous says that a target can be read in more than one way.
var ErrAmbiguous = errors.New("ambiguous target")

// Check returns ErrAmbiguous unless raw, as it stood in the request line, is
// in origin-form (RFC 9112 §3.2.1) and has one reading: visible ASCII; every
// escape whole; in the path no empty, "." or ".." segment, no semicolon, and no
// escape of a slash, a backslash, a percent sign, a control character, or a
// character that needs none (RFC 3986 §2.3); in the query no semicolon and no
// escaped control character; in both nothing that is no UTF-8 once decoded. A
// slash at the end is part of the path.
func Check(raw string) error {
	path, query, _ := strings.Cut(raw, "?")
	if len(raw) > Max || !strings.HasPrefix(path, "/") || !plain(raw) {
		return ErrAmbiguous
	}
	if !escapes(path, inPath) || !escapes(query, inQuery) || strings.Contains(raw, ";") {
		return ErrAmbiguous
	}
	if decoded, err := url.PathUnescape(raw); err != nil || !utf8.ValidString(decoded) {
		return ErrAmbiguous
	}
	segments := strings.Split(path[1:], "/")
	for i, s := range segments {
		if s == "." || s == ".." || s == "" && i < len(segments)-1 {
			return ErrAmbiguous
		}
	}
	return nil
}

// plain refuses what has no place in a request line unescaped (RFC 3986
// appendix A), and what some readers stop at or turn into a slash.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' || strings.IndexByte("#\\\"<>^`{|}", s[i]) >= 0 {
			return false
		}
	}
	return true
}

// escapes reports whether every percent sign of s begins a whole escape of a
// byte that may stand escaped there.
func escapes(s string, may func(byte) bool) bool {
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			continue
		}
		if i+2 >= len(s) {
			return false
		}
		high, low := strings.IndexByte(hexDigits, s[i+1]), strings.IndexByte(hexDigits, s[i+2])
		if high < 0 || low < 0 || !may(value(high)<<4|value(low)) {
			return false
		}
		i += 2
	}
	return true
}

const hexDigits = "0123456789ABCDEFabcdef"

// value is that of the hexadecimal digit at this place of hexDigits.
func value(place int) byte {
	if place > 0xF {
		place -= 6 // lower case
	}
	return byte(place)
}

func inPath(b byte) bool {
	return inQuery(b) && !unreserved(b) && b != '/' && b != '\\' && b != '%' && b != ';'
}

func inQuery(b byte) bool { return b >= ' ' && b != 0x7F }

// unreserved are the characters that mean the same escaped or not (RFC 3986
// §2.3): an escape of one can only be there to look like something else.
func unreserved(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || strings.IndexByte("-._~", b) >= 0
}
