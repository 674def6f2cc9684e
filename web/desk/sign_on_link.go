package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"countersign/approvals"
	"countersign/templates"
	"countersign/web/page"
)

// linkOffer is where the reader can link an account; empty where they cannot, or did.
func (s *Site) linkOffer(r *http.Request, v *visit) (templates.Link, error) {
	if s.SignOn == nil {
		return "", nil
	}
	linked, err := s.People.Linked(r.Context(), v.Person.ID)
	if err != nil || linked {
		return "", err
	}
	return signOnPath, nil
}

// askedLink is the account that waits to be linked. CodeNotFound when none does.
func (v *visit) askedLink() (linkWish, error) {
	var asked linkWish
	if len(v.Values.Asked) > 0 {
		if err := json.Unmarshal(v.Values.Asked, &asked); err != nil {
			return asked, fmt.Errorf("read what is to be signed: %w", err)
		}
	}
	if asked.Account == nil {
		return asked, approvals.Refuse(approvals.CodeNotFound)
	}
	return asked, nil
}

func (s *Site) linkShow(w http.ResponseWriter, _ *http.Request, v *visit) error {
	return s.askToLink(w, v, http.StatusOK)
}

// askToLink shows which account it is, and asks for the passkey.
func (s *Site) askToLink(w http.ResponseWriter, v *visit, status int) error {
	asked, err := v.askedLink()
	if page.Is(err, approvals.CodeNotFound) {
		return page.SeeOther(w, Base)
	}
	if err != nil {
		return err
	}
	return s.show(w, status, templates.DeskLink{DevFrame: s.frame(v), What: []templates.DevFact{
		{Name: "Account", Value: asked.Label}, {Name: "Of", Value: asked.Account.Issuer}, {Name: "Its id there", Value: asked.Account.Subject},
		{Name: "Becomes the account of", Value: v.Person.Name},
	}, Passkey: templates.DevPasskey{
		Ask: "get", Submit: linkPath, Refresh: linkPath + "/options", CSRF: v.Values.Page, Button: "Link with your passkey", Refused: status != http.StatusOK,
	}})
}

func (s *Site) linkOptions(w http.ResponseWriter, r *http.Request, v *visit) error {
	asked, err := v.askedLink()
	if err != nil {
		return err
	}
	raw, err := s.People.BeginLink(r.Context(), v.Person.ID, *asked.Account)
	if err != nil {
		return err
	}
	return page.Options(w, raw)
}

// link links the account that was proved, once. The session gets a new id with it.
func (s *Site) link(w http.ResponseWriter, r *http.Request, v *visit) error {
	asked, err := v.askedLink()
	if page.Is(err, approvals.CodeNotFound) {
		return page.SeeOther(w, Base)
	}
	if err != nil {
		return err
	}
	err = s.People.Link(r.Context(), v.Person.ID, *asked.Account, []byte(v.form.Get("credential")))
	if page.Is(err, approvals.CodeProofWrong) {
		return s.askToLink(w, v, http.StatusUnprocessableEntity)
	}
	v.Values.Asked = nil
	if err != nil {
		return errors.Join(err, s.Sessions.Touch(w, r, v.Presence))
	}
	v.Values.Done = "The account is linked. You sign in with it from now on."
	if err := s.Sessions.Renew(w, r, v.Presence); err != nil {
		return err
	}
	return page.SeeOther(w, Base)
}
