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
	there, err := s.People.Deciders(r.Context())
	if err != nil {
		return err
	}
	p.Few = few(there, v.Person.Role == auth.Admin)
	standing, err := s.Policies.Advance(r.Context())
	if err != nil {
		return err
	}
	if open := standing.Open; open != nil {
		p.Waiting = &templates.DeskPointer{Text: page.PolicyOpen(*open), URL: versionLink(open.Number)}
	}
	if p.Link, err = s.linkOffer(r, v); err != nil {
		return err
	}
	if err := s.told(w, r, v); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, p)
}
