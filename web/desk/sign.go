package desk

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"countersign/approvals"
	"countersign/approvals/desk"
	"countersign/templates"
	"countersign/web/page"
)

// signPath is where the desk signs what is decided, about policies and in cases.
const signPath = Base + "/sign"

// wish is what somebody wants to sign. It waits in their session.
type wish struct {
	Verb     desk.Verb      `json:"verb"`
	Number   int            `json:"number,omitempty"`   // of a stored version of the policy
	Source   string         `json:"source,omitempty"`   // of a new one
	Decision *desk.Decision `json:"decision,omitempty"` // in a case, as it was shown
}

// matter is what a wish comes to when it is read.
type matter interface {
	// subject is what is signed.
	subject() [32]byte
	// sheet shows exactly that, above the passkey.
	sheet(r *http.Request, frame templates.DevFrame, ask templates.DevPasskey) (templates.DevPage, error)
	// carryOut does it, and says what was done.
	carryOut(r *http.Request, sig approvals.Signature) (string, error)
	// refused answers what could not be done, or gives err back.
	refused(w http.ResponseWriter, r *http.Request, v *visit, err error) error
	// moved is the refusal of what is no longer what a page showed.
	moved() error
	// next is where it leads when it is done, or given up.
	next() string
}

// ask leads to where the wish is signed.
func (s *Site) ask(w http.ResponseWriter, r *http.Request, v *visit, asked wish) error {
	raw, err := json.Marshal(asked)
	if err != nil {
		return fmt.Errorf("write what is to be signed: %w", err)
	}
	v.Values.Asked = raw
	if err := s.Sessions.Touch(w, r, v.Presence); err != nil {
		return err
	}
	return page.SeeOther(w, signPath)
}

// asked is what waits in the session; CodeNotFound when nothing does.
func (s *Site) asked(r *http.Request, v *visit) (matter, error) {
	var asked wish
	if len(v.Values.Asked) > 0 {
		if err := json.Unmarshal(v.Values.Asked, &asked); err != nil {
			return nil, fmt.Errorf("read what is to be signed: %w", err)
		}
	}
	switch {
	case asked.Verb == "": // nothing, or something that is signed elsewhere
		return nil, approvals.Refuse(approvals.CodeNotFound)
	case asked.Decision != nil:
		return s.caseMatter(r, v, asked)
	}
	return s.policyMatter(r, v, asked)
}

// shown is what waits in the session, where it is what the page of this form showed:
// another tab may have asked for something else since.
func (s *Site) shown(r *http.Request, v *visit) (matter, error) {
	m, err := s.asked(r, v)
	if err == nil && v.form.Get("subject") != subjectOf(m) {
		err = m.moved()
	}
	return m, err
}

func subjectOf(m matter) string {
	subject := m.subject()
	return hex.EncodeToString(subject[:])
}

func (s *Site) signShow(w http.ResponseWriter, r *http.Request, v *visit) error {
	m, err := s.asked(r, v)
	if page.Is(err, approvals.CodeNotFound) {
		return page.SeeOther(w, Base)
	}
	if err != nil {
		return err
	}
	return s.askToSign(w, r, v, m, http.StatusOK)
}

// askToSign shows what is signed, and what it does.
func (s *Site) askToSign(w http.ResponseWriter, r *http.Request, v *visit, m matter, status int) error {
	p, err := m.sheet(r, s.frame(v), templates.DevPasskey{
		Ask: "get", Submit: signPath, Refresh: signPath + "/options", CSRF: v.Values.Page, Subject: subjectOf(m), Button: "Sign with your passkey", Refused: status != http.StatusOK,
	})
	if err != nil {
		return err
	}
	return s.show(w, status, p)
}

func (s *Site) signOptions(w http.ResponseWriter, r *http.Request, v *visit) error {
	m, err := s.shown(r, v)
	if err != nil {
		return err
	}
	raw, err := s.People.BeginDecision(r.Context(), v.Person.ID, m.subject())
	if err != nil {
		return err
	}
	return page.Options(w, raw)
}

// sign does what was signed, once. The session gets a new id with it.
func (s *Site) sign(w http.ResponseWriter, r *http.Request, v *visit) error {
	m, err := s.shown(r, v)
	if page.Is(err, approvals.CodeNotFound) {
		return page.SeeOther(w, Base)
	}
	if m != nil && err != nil {
		return m.refused(w, r, v, err)
	}
	if err != nil {
		return err
	}
	sig, err := s.People.Sign(r.Context(), v.Person.ID, m.subject(), []byte(v.form.Get("credential")))
	if page.Is(err, approvals.CodeProofWrong) {
		return s.askToSign(w, r, v, m, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	done, err := m.carryOut(r, sig)
	v.Values.Asked = nil
	if err != nil {
		if failed := s.Sessions.Touch(w, r, v.Presence); failed != nil {
			return errors.Join(err, failed)
		}
		return m.refused(w, r, v, err)
	}
	v.Values.Done = done
	if err := s.Sessions.Renew(w, r, v.Presence); err != nil {
		return err
	}
	return page.SeeOther(w, m.next())
}
