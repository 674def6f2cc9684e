package seller

// Patterns lists the routes, for tests that walk over all of them.
func (h *Handler) Patterns() []string {
	var all []string
	for _, rt := range h.routes {
		all = append(all, rt.pattern)
	}
	return all
}

// Origin is what is kept of where a request came from.
var Origin = origin
