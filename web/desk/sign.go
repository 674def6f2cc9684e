package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"countersign/approvals"
	"countersign/approvals/desk"
	"countersign/templates"
	"countersign/web/page"
)

const (
	newPath  = policyPath + "/new"
	signPath = policyPath + "/sign"
)

// policyNew is where a policy is written, beginning with the one in force.
func (s *Site) policyNew(w http.ResponseWriter, r *http.Request, v *visit) error {
	standing, err := s.Policies.Advance(r.Context())
	if err != nil {
		return err
	}
	compiled, err := s.Policies.Compiled(r.Context(), standing.Effective.Number)
	if err != nil {
		return err
	}
	return s.show(w, http.StatusOK, templates.DeskPolicyNew{DevFrame: s.frame(v), Submit: newPath, Source: string(compiled.Source()), Back: policyPath})
}

// policyDraft reads what was written. What is wrong with it is said with its place.
func (s *Site) policyDraft(w http.ResponseWriter, r *http.Request, v *visit) error {
	source := strings.ReplaceAll(v.form.Get("source"), "\r\n", "\n") // as browsers send it
	_, err := s.Policies.Draft(r.Context(), []byte(source))
	if e, ok := errors.AsType[*approvals.Error](err); ok && e.Code == approvals.CodeInvalid {
		p := templates.DeskPolicyNew{DevFrame: s.frame(v), Submit: newPath, Source: source, Back: policyPath}
		for _, f := range e.Fields {
			p.Wrong = append(p.Wrong, templates.DevFault{Field: f.Field, Message: f.Message})
		}
		return s.show(w, http.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	return s.ask(w, r, v, wish{Verb: desk.Propose, Source: source})
}

// answer asks for the passkey of who approves or rejects. Whoever proposed it is
// told at once that they cannot approve it.
func (s *Site) answer(verb desk.Verb) handler {
	return func(w http.ResponseWriter, r *http.Request, v *visit) error {
		number, err := strconv.Atoi(r.PathValue("number"))
		if err != nil {
			return approvals.Refuse(approvals.CodeNotFound)
		}
		standing, err := s.Policies.Advance(r.Context())
		switch {
		case err != nil:
			return err
		case standing.Open == nil || standing.Open.Number != number:
			return approvals.Refuse(approvals.CodePolicyMoved)
		case verb == desk.Approve && standing.Open.Proposer == string(v.Person.ID):
			return approvals.Refuse(approvals.CodeOwnProposal)
		}
		return s.ask(w, r, v, wish{Verb: verb, Number: number})
	}
}

// wish is what somebody wants to sign. It waits in their session.
type wish struct {
	Verb   desk.Verb `json:"verb"`
	Number int       `json:"number,omitempty"` // of a stored version
	Source string    `json:"source,omitempty"` // of a new one
}

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

// asked is what waits in the session, and the version it is about as it is now:
// what is signed is worked out anew for each request.
func (s *Site) asked(r *http.Request, v *visit) (wish, desk.Version, error) {
	var asked wish
	if len(v.Values.Asked) == 0 {
		return asked, desk.Version{}, approvals.Refuse(approvals.CodeNotFound)
	}
	if err := json.Unmarshal(v.Values.Asked, &asked); err != nil {
		return asked, desk.Version{}, fmt.Errorf("read what is to be signed: %w", err)
	}
	if asked.Verb == "" { // something else waits
		return asked, desk.Version{}, approvals.Refuse(approvals.CodeNotFound)
	}
	if asked.Verb == desk.Propose {
		draft, err := s.Policies.Draft(r.Context(), []byte(asked.Source))
		return asked, draft, err
	}
	version, err := s.Policies.Store.Version(r.Context(), asked.Number)
	return asked, version, err
}

func (s *Site) signShow(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.askToSign(w, r, v, http.StatusOK)
}

// askToSign shows what is signed, and what it does.
func (s *Site) askToSign(w http.ResponseWriter, r *http.Request, v *visit, status int) error {
	asked, version, err := s.asked(r, v)
	if page.Is(err, approvals.CodeNotFound) {
		return page.SeeOther(w, policyPath)
	}
	if err != nil {
		return err
	}
	p := templates.DeskPolicySign{DevFrame: s.frame(v), Milder: version.Milder, Back: policyPath, What: []templates.DevFact{
		{Name: "What", Value: verbText(asked.Verb, version)}, {Name: "Policy", Value: version.Name},
		{Name: "SHA-256", Value: approvals.Digest(version.Hash).String()}, {Name: "Compared with", Value: strconv.Itoa(version.Base)},
	}, Passkey: templates.DevPasskey{
		Ask: "get", Submit: signPath, Refresh: signPath + "/options", CSRF: v.Values.Page, Button: "Sign with your passkey", Refused: status != http.StatusOK,
	}}
	if p.Replay, p.Diff, err = s.effect(r.Context(), version); err != nil {
		return err
	}
	return s.show(w, status, p)
}

func verbText(verb desk.Verb, v desk.Version) string {
	switch verb {
	case desk.Approve:
		return "Approve: in force in 24 hours"
	case desk.Reject:
		return "Reject: it never comes into force"
	case desk.Propose:
	}
	if len(v.Milder) > 0 {
		return "Propose: another admin decides within 4 hours"
	}
	return "Put in force at once"
}

func (s *Site) signOptions(w http.ResponseWriter, r *http.Request, v *visit) error {
	asked, version, err := s.asked(r, v)
	if err != nil {
		return err
	}
	raw, err := s.People.BeginDecision(r.Context(), v.Person.ID, version.Subject(asked.Verb))
	if err != nil {
		return err
	}
	return page.Options(w, raw)
}

// sign does what was signed, once. The session gets a new id with it.
func (s *Site) sign(w http.ResponseWriter, r *http.Request, v *visit) error {
	asked, version, err := s.asked(r, v)
	if page.Is(err, approvals.CodeNotFound) {
		return page.SeeOther(w, policyPath)
	}
	if err != nil {
		return err
	}
	sig, err := s.People.Sign(r.Context(), v.Person.ID, version.Subject(asked.Verb), []byte(v.form.Get("credential")))
	if page.Is(err, approvals.CodeProofWrong) {
		return s.askToSign(w, r, v, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	done, err := s.carryOut(r, asked, version, sig)
	v.Values.Asked = nil
	if err != nil {
		return errors.Join(err, s.Sessions.Touch(w, r, v.Presence))
	}
	v.Values.Done = done
	if err := s.Sessions.Renew(w, r, v.Presence); err != nil {
		return err
	}
	return page.SeeOther(w, policyPath)
}

// carryOut takes the step, and says what was done.
func (s *Site) carryOut(r *http.Request, asked wish, v desk.Version, sig approvals.Signature) (string, error) {
	switch asked.Verb {
	case desk.Approve:
		return "Approved. It comes into force in 24 hours.", s.Policies.Approve(r.Context(), v.Number, sig)
	case desk.Reject:
		return "Rejected. It never comes into force.", s.Policies.Reject(r.Context(), v.Number, sig)
	case desk.Propose:
	}
	done := "In force."
	if len(v.Milder) > 0 {
		done = "Proposed. Another admin has 4 hours to decide."
	}
	return done, s.Policies.Propose(r.Context(), v, sig)
}
