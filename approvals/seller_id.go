package approvals

import (
	"unicode"
	"unicode/utf8"
)

const maxSellerID = 128 // characters

// CheckSellerID says what is wrong with a seller's id, "" for nothing. An id
// stands in paths, so the two that mean a folder are none.
func CheckSellerID(id string) string {
	if n := utf8.RuneCountInString(id); n < 1 || n > maxSellerID {
		return "must have 1 to 128 characters"
	}
	for _, r := range id {
		if !unicode.IsGraphic(r) || unicode.IsSpace(r) || r == utf8.RuneError {
			return "must have visible characters only, without spaces"
		}
	}
	if id == "." || id == ".." {
		return "must not be . or .."
	}
	return ""
}
