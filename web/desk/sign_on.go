package desk

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"

	"countersign/approvals"
	"countersign/auth"
	"countersign/templates"
	"countersign/web/page"
	"countersign/web/problem"
	"countersign/web/session"
	"countersign/web/signon"
)

const (
	signOnPath = Base + "/sign-on"
	// SignOnBack is where a sign-on leads back to, below the public URL.
	SignOnBack = signOnPath + "/back"
	linkPath   = signOnPath + "/link"
)

// asking is what the browser keeps while the sign-on is asked.
const asking = approvals.Purpose("desk-sign-on")

// signOnTable are the pages of the company's sign-on; without one they are not
// there.
func (s *Site) signOnTable() page.Table {
	has := func(p page.Func) page.Func {
		return func(w http.ResponseWriter, r *http.Request) error {
			if s.SignOn == nil {
				return approvals.Refuse(approvals.CodeNotFound)
			}
			return p(w, r)
		}
	}
	return page.Table{
		"GET " + signOnPath:             has(s.signOnBegin),
		"GET " + SignOnBack:             has(s.signOnBack),
		"POST " + SignOnBack:            has(s.signOnFinish),
		"GET " + linkPath:               has(s.signedIn(s.linkShow)),
		"POST " + linkPath:              has(s.signedIn(s.link)),
		"POST " + linkPath + "/options": has(s.signedIn(s.linkOptions)),
	}
}

// signOnBegin sends the browser to the sign-on, with a random word of its own.
// Nothing is written here.
func (s *Site) signOnBegin(w http.ResponseWriter, r *http.Request) error {
	kept := session.Pointer{Purpose: asking, Token: rand.Text() + rand.Text()}
	to, err := s.SignOn.Begin(r.Context(), kept.Token)
	if err != nil {
		return err
	}
	if r.Method != http.MethodHead {
		if err := s.Doors.Point(w, kept); err != nil {
			return err
		}
	}
	return page.SeeOther(w, to)
}

// signOnBack is where the browser comes back to, from another site: its cookies of
// the desk are not sent with that, so the page has a button, and so nothing happens
// before it is pressed. A state that is not this browser's gets no button.
func (s *Site) signOnBack(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	kept, open := s.Doors.Pointed(r, asking)
	if !open || kept.Ended || !signon.Ours(kept.Token, q.Get("state")) {
		return approvals.Refuse(approvals.CodeSignOnRefused)
	}
	return s.show(w, http.StatusOK, templates.DeskSignOnBack{
		DevFrame: templates.DevFrame{Now: s.Now(), CSRF: kept.Page()}, Host: s.SignOn.Host(), Submit: SignOnBack, Again: templates.Link(s.door.SignInPath()),
		Code: q.Get("code"), State: q.Get("state"), Issuer: q.Get("iss"), Refused: q.Get("error"),
	})
}

// signOnFinish signs in whoever has linked the account that was proved. Somebody who
// is signed in with their passkey and has linked none is asked to link it.
func (s *Site) signOnFinish(w http.ResponseWriter, r *http.Request) error {
	kept, open := s.Doors.Pointed(r, asking)
	if !open || kept.Ended {
		return approvals.Refuse(approvals.CodeSignOnRefused)
	}
	f, err := page.Post(r, kept.OwnPage)
	if err != nil {
		return err
	}
	said, err := s.SignOn.Finish(r.Context(), kept.Token, signon.Answer{Code: f.Get("code"), State: f.Get("state"), Issuer: f.Get("iss")})
	if err == nil {
		err = s.People.TakeSignOn(r.Context(), said.SignedOn)
	}
	if err != nil {
		problem.TraceOf(r.Context()).Cause = err // why, for the log alone
		return err
	}
	person, err := s.People.SignOn(r.Context(), said.Account)
	if page.Is(err, approvals.CodeSignOnUnknown) {
		return s.signOnUnknown(w, r, said, err)
	}
	if err != nil {
		return err
	}
	return s.door.Enter(w, r, asking, person)
}

// linkWish is an account that waits in a session to be linked.
type linkWish struct {
	Account *auth.Account `json:"account"`
	Label   string        `json:"label"`
}

func (s *Site) signOnUnknown(w http.ResponseWriter, r *http.Request, said signon.Identity, refusal error) error {
	there, err := s.Sessions.Current(r)
	if err != nil {
		return err
	}
	if there == nil || !there.Person.Role.Desk() {
		return refusal
	}
	linked, err := s.People.Linked(r.Context(), there.Person.ID)
	if err != nil {
		return err
	}
	if linked {
		return refusal
	}
	if there.Values.Asked, err = json.Marshal(linkWish{&said.Account, said.Label}); err != nil {
		return fmt.Errorf("write what is to be signed: %w", err)
	}
	if err := s.Doors.Unpoint(w, asking); err != nil {
		return err
	}
	if err := s.Sessions.Touch(w, r, there); err != nil {
		return err
	}
	return page.SeeOther(w, linkPath)
}
