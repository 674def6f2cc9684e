package desk

import (
	"errors"
	"net/http"

	"countersign/approvals"
	"countersign/auth"
	"countersign/templates"
	"countersign/web/page"
)

func (s *Site) staffShow(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.askToSignStaff(w, r, v, http.StatusOK)
}

// askToSignStaff shows what is signed, and what it does.
func (s *Site) askToSignStaff(w http.ResponseWriter, r *http.Request, v *visit, status int) error {
	act, err := s.askedStaff(r, v)
	if page.Is(err, approvals.CodeNotFound) {
		return page.SeeOther(w, peoplePath)
	}
	if err != nil {
		return err
	}
	what := "Invite to the desk: their link is shown once"
	if act.Verb == auth.RemoveStaff {
		what = "Remove from the desk, at once and for good: their sessions end"
	}
	return s.show(w, status, templates.DeskPeopleSign{DevFrame: s.frame(v), Back: peoplePath, What: []templates.DevFact{
		{Name: "What", Value: what}, {Name: "Name", Value: act.Name}, {Name: "Role", Value: string(act.Role)},
	}, Passkey: templates.DevPasskey{
		Ask: "get", Submit: staffPath, Refresh: staffPath + "/options", CSRF: v.Values.Page, Button: "Sign with your passkey", Refused: status != http.StatusOK,
	}})
}

func (s *Site) staffOptions(w http.ResponseWriter, r *http.Request, v *visit) error {
	act, err := s.askedStaff(r, v)
	if err != nil {
		return err
	}
	raw, err := s.People.BeginStaff(r.Context(), act)
	if err != nil {
		return err
	}
	return page.Options(w, raw)
}

// staffSign does what was signed, once. A link is in this answer and nowhere else.
func (s *Site) staffSign(w http.ResponseWriter, r *http.Request, v *visit) error {
	act, err := s.askedStaff(r, v)
	if page.Is(err, approvals.CodeNotFound) {
		return page.SeeOther(w, peoplePath)
	}
	if err != nil {
		return err
	}
	person, token, err := s.People.Staff(r.Context(), act, []byte(v.form.Get("credential")))
	if page.Is(err, approvals.CodeProofWrong) {
		return s.askToSignStaff(w, r, v, http.StatusUnprocessableEntity)
	}
	v.Values.Asked = nil
	if err != nil {
		return errors.Join(err, s.Sessions.Touch(w, r, v.Presence))
	}
	if person.ID == v.Person.ID { // who removed themselves has no session to go on in
		return page.SeeOther(w, s.door.SignInPath())
	}
	if token == "" {
		v.Values.Done = person.Name + " is removed and signed out everywhere."
	}
	if err := s.Sessions.Renew(w, r, v.Presence); err != nil {
		return err
	}
	if token == "" {
		return page.SeeOther(w, peoplePath)
	}
	return s.show(w, http.StatusOK, templates.DeskInvited{
		DevFrame: s.frame(v), Name: person.Name, Role: string(person.Role), Until: person.InviteUntil, Link: s.PublicURL + Base + "/join/" + token, Back: peoplePath,
	})
}
