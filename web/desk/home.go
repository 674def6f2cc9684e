package desk

import (
	"net/http"

	"countersign/auth"
	"countersign/templates"
	"countersign/web/page"
)

// home says who the reader is, and what waits.
func (s *Site) home(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := templates.DeskHome{DevFrame: s.frame(v)}
	admins, err := s.People.List(r.Context(), "", auth.Admin)
	if err != nil {
		return err
	}
	there := 0
	for _, a := range admins {
		if a.Active() {
			there++
		}
	}
	if there < 2 {
		p.Few = "Fewer than two admins have joined: nobody could approve a proposal."
	}
	standing, err := s.Policies.Advance(r.Context())
	if err != nil {
		return err
	}
	if open := standing.Open; open != nil {
		p.Waiting = &templates.DeskPointer{Text: page.PolicyOpen(*open), URL: versionLink(open.Number)}
	}
	if err := s.told(w, r, v); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, p)
}
