package web

import (
	"net/http"
	"slices"
	"strings"

	"countersign/web/rate"
)

// PageLimit is how often forms may be sent from one address. A nil limiter
// allows everything.
type PageLimit struct {
	Forms     *rate.Limiter
	Addresses rate.Addresses
}

// take counts a form. One that stops something, or adds care, always passes:
// an owner must not be kept from it by whoever shares the address.
func (p PageLimit) take(w http.ResponseWriter, r *http.Request) error {
	if safe(r.Method) || stops(r.URL.Path) {
		return nil
	}
	from := p.Addresses.Key(r)
	if from == "" {
		return nil
	}
	return p.Forms.Take(r.Context(), w.Header(), from)
}

// stops reports whether a form sent to path can only stop, refuse or lengthen.
func stops(path string) bool {
	if strings.HasPrefix(path, "/dev/") && (strings.HasSuffix(path, "/revoke") || strings.HasSuffix(path, "/disable") || path == "/dev/sign-out") {
		return true
	}
	return strings.HasSuffix(path, "/cancel") || slices.Contains([]string{
		"/desk/sign-out", "/not-me", "/verify", "/security/longer", "/security/travel", "/security/sign-out", "/security/sign-out-everywhere",
	}, path)
}
