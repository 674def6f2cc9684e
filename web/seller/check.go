package seller

import (
	"net/http"
	"regexp"
	"strings"

	"countersign/templates"
)

// Where anybody can look.
const (
	checkPath = "/security/check"
	findPath  = "/find"
)

// check is S14. It is the same for everybody.
func (h *Handler) check(w http.ResponseWriter, r *http.Request) error {
	return h.checkPage(w, r, http.StatusOK, false)
}

func (h *Handler) checkPage(w http.ResponseWriter, r *http.Request, status int, fault bool) error {
	a := h.known(r)
	return h.show(w, r, a, status, templates.Check{Frame: h.frame(a, checkPath), Host: h.host, Lookup: findPath, Fault: fault})
}

var referenceForm = regexp.MustCompile(`^[A-Z]{2}-[A-Z0-9]{4}-[A-Z0-9]{4}$`)

// find is where a typed reference leads: to signing in at the marketplace. It
// looks nothing up, so that it tells nobody whether there is such a thing.
func (h *Handler) find(w http.ResponseWriter, r *http.Request) error {
	reference := strings.ToUpper(strings.TrimSpace(r.URL.Query().Get("reference")))
	if !referenceForm.MatchString(reference) {
		return h.checkPage(w, r, http.StatusUnprocessableEntity, true)
	}
	a := h.known(r)
	p := templates.Find{Frame: h.frame(a, findPath), Reference: reference, Check: checkPath}
	for i, l := range p.Languages {
		p.Languages[i].URL = l.URL + "&reference=" + templates.Link(reference)
	}
	return h.show(w, r, a, http.StatusOK, p)
}
