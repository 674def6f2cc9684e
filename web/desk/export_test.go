package desk

import (
	"maps"
	"slices"
)

// Patterns are those of every route.
func Patterns(s *Site) []string { return slices.Sorted(maps.Keys(s.routes)) }
