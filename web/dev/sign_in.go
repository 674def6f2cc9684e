package dev

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"

	"countersign/approvals"
	"countersign/templates"
	"countersign/web/session"
)

const signInPath = Base + "/sign-in"

// What a browser has opened before anybody is signed in: the page that asks who
// the reader is, and an invitation.
const (
	doorPurpose approvals.Purpose = "dev-door"
	joinPurpose approvals.Purpose = "dev-join"
)

// signInShow asks for a passkey. The browser keeps a random word, and only it
// can ask for a challenge and answer it. Opening the page begins none: whoever
// it is that opens it, nothing is written.
func (s *Site) signInShow(w http.ResponseWriter, r *http.Request) error {
	door, open := s.Doors.Pointed(r, doorPurpose)
	if !open || door.Ended {
		door = session.Pointer{Purpose: doorPurpose, Token: rand.Text() + rand.Text()}
		if r.Method != http.MethodHead {
			if err := s.Doors.Point(w, door); err != nil {
				return err
			}
		}
	}
	return s.askWho(w, door, http.StatusOK, false)
}

func (s *Site) askWho(w http.ResponseWriter, door session.Pointer, status int, refused bool) error {
	return s.show(w, status, templates.DevSignIn{DevFrame: templates.DevFrame{Now: s.Now()}, Passkey: templates.DevPasskey{
		Ask: "get", Submit: signInPath, Refresh: signInPath + "/options", CSRF: door.Page(), Button: "Sign in with a passkey", Refused: refused,
	}})
}

// door is what the browser that sends a form was given.
func (s *Site) door(r *http.Request, purpose approvals.Purpose) (session.Pointer, form, error) {
	door, open := s.Doors.Pointed(r, purpose)
	if !open || door.Ended {
		return door, nil, approvals.Refuse(approvals.CodeSessionEnded)
	}
	f, err := post(r, door.OwnPage)
	return door, f, err
}

// signInOptions begins. The page's script asks for it, and again when the page
// stays open; it counts as a form does.
func (s *Site) signInOptions(w http.ResponseWriter, r *http.Request) error {
	door, _, err := s.door(r, doorPurpose)
	if err != nil {
		return err
	}
	raw, err := s.People.BeginSignIn(r.Context(), sha256.Sum256([]byte(door.Token)))
	if err != nil {
		return err
	}
	return answerOptions(w, raw)
}

// signIn begins the presence of whoever answers.
func (s *Site) signIn(w http.ResponseWriter, r *http.Request) error {
	door, f, err := s.door(r, doorPurpose)
	if err != nil {
		return err
	}
	person, err := s.People.SignIn(r.Context(), sha256.Sum256([]byte(door.Token)), []byte(f.get("credential")))
	if is(err, approvals.CodeProofWrong) {
		return s.askWho(w, door, http.StatusUnprocessableEntity, true)
	}
	if err != nil {
		return err
	}
	if err := s.Doors.Unpoint(w, doorPurpose); err != nil {
		return err
	}
	if err := s.Sessions.Begin(w, r, person); err != nil {
		return err
	}
	return seeOther(w, Base)
}

// signOut ends the presence.
func (s *Site) signOut(w http.ResponseWriter, r *http.Request, _ *visit) error {
	if err := s.Sessions.End(w, r); err != nil {
		return err
	}
	return seeOther(w, signInPath)
}
