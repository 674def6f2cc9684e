package desk

import "strings"

// spaced is a word of the code as people read it.
func spaced[T ~string](word T) string { return strings.ReplaceAll(string(word), "_", " ") }
