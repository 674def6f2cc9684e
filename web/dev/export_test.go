package dev

// Patterns are those of every route.
func Patterns(s *Site) []string {
	var all []string
	for _, r := range s.routes {
		all = append(all, r.pattern)
	}
	return all
}
