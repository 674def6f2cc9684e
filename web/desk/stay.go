package desk

import (
	"net/http"
	"time"

	"countersign/templates"
	"countersign/web/page"
)

// stay is an act that does nothing else: it answers the page's script with when the
// session ends now, and without one leads home.
func (s *Site) stay(w http.ResponseWriter, r *http.Request, v *visit) error {
	if r.Header.Get("Accept") != "application/json" {
		return page.SeeOther(w, Base)
	}
	until, final := v.Until()
	return page.JSON(w, struct {
		Until time.Time `json:"until"`
		Final bool      `json:"final"`
		Text  string    `json:"text"`
	}{until.UTC(), final, templates.Until(until, final)})
}
