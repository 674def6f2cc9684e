package auth

import (
	"strings"
	"unicode"
)

// maxCode bounds what is read of a code, in bytes.
const maxCode = 64

// cleanCode takes the blanks and dashes out of a code, as people copy them,
// and reports whether six ASCII digits are left. Anything else, digits of
// other scripts included, is no code (RELIABILITY A9).
func cleanCode(raw string) (string, bool) {
	if len(raw) > maxCode {
		return "", false
	}
	code := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == '\u2212' {
			return -1
		}
		return r
	}, raw)
	if len(code) != 6 {
		return "", false
	}
	for i := range len(code) {
		if code[i] < '0' || code[i] > '9' {
			return "", false
		}
	}
	return code, true
}
