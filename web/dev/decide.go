package dev

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/templates"
	"countersign/web/page"
)

const decidePath = Base + "/decide"

// Verbs of a decision.
const (
	verbAdd          = "add"
	verbRoll         = "roll"
	verbAddEndpoint  = "add_endpoint"
	verbRollEndpoint = "roll_endpoint"
)

// decision is what somebody wants done with keys, or with endpoints, whose
// secrets are keys too. On a live gateway their passkey signs it first: it waits
// in their session, and its digest is part of the challenge.
type decision struct {
	Verb    string            `json:"verb"`
	Wish    approvals.KeyWish `json:"wish,omitzero"`
	Key     string            `json:"key,omitempty"`
	Name    string            `json:"name,omitempty"`
	Hint    string            `json:"hint,omitempty"`
	Overlap time.Duration     `json:"overlap,omitempty"`
	// Of endpoints.
	Endpoint string `json:"endpoint,omitempty"`
	URL      string `json:"url,omitempty"`
}

// back is the page that a decision was asked for on.
func (d decision) back() templates.Link {
	if d.Verb == verbAddEndpoint || d.Verb == verbRollEndpoint {
		return endpointsPath
	}
	return keysPath
}

// decideOrDo does it on a test gateway, and asks for a fresh passkey on a live
// one.
func (s *Site) decideOrDo(w http.ResponseWriter, r *http.Request, v *visit, d decision) error {
	if s.Keys.Test {
		return s.do(w, r, v, d)
	}
	raw, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("write decision: %w", err)
	}
	v.Values.Asked = raw
	if err := s.Sessions.Touch(w, r, v.Presence); err != nil {
		return err
	}
	return page.SeeOther(w, decidePath)
}

// asked is the decision that waits in a session, and what is signed of it.
func (v *visit) asked() (d decision, subject [32]byte, err error) {
	if len(v.Values.Asked) == 0 {
		return d, subject, approvals.Refuse(approvals.CodeNotFound)
	}
	if err := json.Unmarshal(v.Values.Asked, &d); err != nil {
		return d, subject, fmt.Errorf("read decision: %w", err)
	}
	text := strings.Join([]string{"countersign/decision/v1", string(v.market.ID), string(v.Person.ID), string(v.Values.Asked)}, "\n")
	return d, sha256.Sum256([]byte(text)), nil
}

// decideShow shows what is to be done, and asks for the passkey.
func (s *Site) decideShow(w http.ResponseWriter, _ *http.Request, v *visit) error {
	return s.askToDecide(w, v, http.StatusOK, false)
}

func (s *Site) askToDecide(w http.ResponseWriter, v *visit, status int, refused bool) error {
	d, _, err := v.asked()
	if page.Is(err, approvals.CodeNotFound) {
		return page.SeeOther(w, keysPath)
	}
	if err != nil {
		return err
	}
	p := templates.DevDecide{DevFrame: s.frame(v), What: d.facts(), Back: d.back(), Passkey: templates.DevPasskey{
		Ask: "get", Submit: decidePath, Refresh: decidePath + "/options", CSRF: v.Values.Page, Button: "Confirm with your passkey", Refused: refused,
	}}
	return s.show(w, status, p)
}

// facts are the decision in words.
func (d decision) facts() []templates.DevFact {
	switch d.Verb {
	case verbAddEndpoint:
		return []templates.DevFact{{Name: "What", Value: "Make a webhook endpoint"}, {Name: "URL", Value: d.URL}}
	case verbRollEndpoint:
		return []templates.DevFact{{Name: "What", Value: "Make a new secret"}, {Name: "URL", Value: d.URL}, {Name: "The old secret ends", Value: overlapText(secretOverlap)}}
	case verbRoll:
		return []templates.DevFact{{Name: "What", Value: "Roll the key " + d.Hint}, {Name: "Name", Value: d.Name}, {Name: "The old key ends", Value: overlapText(d.Overlap)}}
	}
	var scopes, ranges []string
	for _, scope := range d.Wish.Scopes {
		scopes = append(scopes, string(scope))
	}
	for _, p := range d.Wish.Ranges {
		ranges = append(ranges, p.String())
	}
	until := "it is revoked"
	if !d.Wish.ExpiresAt.IsZero() {
		until = approvals.FormatTime(d.Wish.ExpiresAt)
	}
	return []templates.DevFact{
		{Name: "What", Value: "Make a key"}, {Name: "Name", Value: d.Wish.Name}, {Name: "Scopes", Value: strings.Join(scopes, " ")},
		{Name: "From", Value: either(len(ranges) > 0, strings.Join(ranges, " "), "everywhere")}, {Name: "Counts until", Value: until},
	}
}

func (s *Site) decideOptions(w http.ResponseWriter, r *http.Request, v *visit) error {
	_, subject, err := v.asked()
	if err != nil {
		return err
	}
	raw, err := s.People.BeginDecision(r.Context(), v.Person.ID, subject)
	if err != nil {
		return err
	}
	return page.Options(w, raw)
}

// decide does what was signed, once. The session gets a new id with it.
func (s *Site) decide(w http.ResponseWriter, r *http.Request, v *visit) error {
	d, subject, err := v.asked()
	if page.Is(err, approvals.CodeNotFound) {
		return page.SeeOther(w, keysPath)
	}
	if err != nil {
		return err
	}
	err = s.People.Decide(r.Context(), v.Person.ID, subject, []byte(v.form.Get("credential")))
	if page.Is(err, approvals.CodeProofWrong) {
		return s.askToDecide(w, v, http.StatusUnprocessableEntity, true)
	}
	if err != nil {
		return err
	}
	v.Values.Asked = nil
	if err := s.Sessions.Renew(w, r, v.Presence); err != nil {
		return err
	}
	return s.do(w, r, v, d)
}

// do carries a decision out and shows the key or the secret, once: it is in this
// answer and nowhere else.
func (s *Site) do(w http.ResponseWriter, r *http.Request, v *visit, d decision) error {
	var k approvals.APIKey
	var secret string
	err := errors.New("no decision has the verb " + d.Verb)
	switch d.Verb {
	case verbAdd:
		d.Wish.Marketplace = v.market.ID
		k, secret, err = s.Keys.Add(r.Context(), d.Wish, v.maker())
	case verbRoll:
		k, secret, err = s.Keys.Roll(r.Context(), v.market.ID, d.Key, d.Overlap, v.maker())
	case verbAddEndpoint:
		return s.makeEndpoint(w, r, v, d.URL)
	case verbRollEndpoint:
		return s.rollEndpoint(w, r, v, d.Endpoint)
	}
	if err != nil {
		return err
	}
	return s.show(w, http.StatusOK, templates.DevKeyMade{DevFrame: s.frame(v), Key: k, Secret: secret, Stored: keysPath})
}
