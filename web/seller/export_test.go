package seller

import (
	"net/http"

	"countersign/approvals"
	"countersign/web/rate"
)

// Patterns lists the routes, for tests that walk over all of them.
func (h *Handler) Patterns() []string {
	var all []string
	for _, rt := range h.routes {
		all = append(all, rt.pattern)
	}
	return all
}

// Origin is what is kept of where a request came from.
func Origin(from rate.Addresses, r *http.Request) approvals.Origin {
	h := &Handler{Config: Config{Clients: from}}
	return h.origin(r)
}
