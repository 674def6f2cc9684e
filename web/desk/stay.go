package desk

import (
	"net/http"
	"time"

	"countersign/templates"
	"countersign/web/page"
)

// until is when the visit's session ends, by the clock of the pages: a test gateway's
// is ahead of the one that sessions live by.
func (s *Site) until(v *visit) (at time.Time, final bool) {
	at, final = v.Until()
	if s.Machine != nil {
		at = at.Add(s.Now().Sub(s.Machine()))
	}
	return at, final
}

// stay is an act that does nothing else: it answers the page's script with when the
// session ends now, and without one leads home.
func (s *Site) stay(w http.ResponseWriter, r *http.Request, v *visit) error {
	if r.Header.Get("Accept") != "application/json" {
		return page.SeeOther(w, Base)
	}
	until, final := s.until(v)
	return page.JSON(w, struct {
		Until time.Time `json:"until"`
		Final bool      `json:"final"`
		Text  string    `json:"text"`
	}{until.UTC(), final, templates.Until(until, final)})
}
