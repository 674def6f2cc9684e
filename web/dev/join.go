package dev

import (
	"net/http"

	"countersign/approvals"
	"countersign/auth"
	"countersign/templates"
	"countersign/web/session"
)

const joinPath = Base + "/join"

// joinOpen is the link of an invitation: its token leaves the address, and
// nothing else happens, however often and by whomever it is opened.
func (s *Site) joinOpen(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	if _, err := s.People.Invited(r.Context(), token); err != nil {
		return err
	}
	if r.Method != http.MethodHead {
		if err := s.Doors.Point(w, session.Pointer{Purpose: joinPurpose, Token: token}); err != nil {
			return err
		}
	}
	return seeOther(w, joinPath)
}

// joinShow lets who was invited make their passkey.
func (s *Site) joinShow(w http.ResponseWriter, r *http.Request) error {
	door, open := s.Doors.Pointed(r, joinPurpose)
	if !open || door.Ended {
		return approvals.Refuse(approvals.CodeLinkUnknown)
	}
	return s.askToJoin(w, r, door, http.StatusOK, false)
}

func (s *Site) askToJoin(w http.ResponseWriter, r *http.Request, door session.Pointer, status int, refused bool) error {
	person, err := s.People.Invited(r.Context(), door.Token)
	if err != nil {
		return err
	}
	market, err := s.Registry.Marketplace(r.Context(), person.Marketplace)
	if err != nil {
		return err
	}
	p := templates.DevJoin{DevFrame: templates.DevFrame{Now: s.Now()}, Name: person.Name, For: market.Name, Passkey: templates.DevPasskey{
		Ask: "create", Submit: joinPath, Refresh: joinPath + "/options", CSRF: door.Page(), Button: "Make a passkey", Refused: refused,
	}}
	return s.show(w, status, p)
}

func (s *Site) joinOptions(w http.ResponseWriter, r *http.Request) error {
	door, _, err := s.door(r, joinPurpose)
	if err != nil {
		return err
	}
	raw, err := s.People.BeginJoin(r.Context(), door.Token)
	if err != nil {
		return err
	}
	return answerOptions(w, raw)
}

// joinMake spends the invitation with the passkey, and signs in.
func (s *Site) joinMake(w http.ResponseWriter, r *http.Request) error {
	door, f, err := s.door(r, joinPurpose)
	if err != nil {
		return err
	}
	var person auth.Person
	person, err = s.People.Join(r.Context(), door.Token, []byte(f.get("credential")))
	if is(err, approvals.CodeProofWrong) || is(err, approvals.CodeAlreadyEnrolled) {
		return s.askToJoin(w, r, door, http.StatusUnprocessableEntity, true)
	}
	if err != nil {
		return err
	}
	if err := s.Doors.Unpoint(w, joinPurpose); err != nil {
		return err
	}
	if err := s.Sessions.Begin(w, r, person); err != nil {
		return err
	}
	return seeOther(w, Base)
}
