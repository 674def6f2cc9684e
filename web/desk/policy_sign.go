package desk

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"countersign/approvals"
	"countersign/approvals/desk"
	"countersign/auth"
	"countersign/templates"
)

const newPath = policyPath + "/new"

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

// policyWish is a version of the policy to be signed, as it is now: what is signed
// is worked out anew for each request.
type policyWish struct {
	site    *Site
	verb    desk.Verb
	version desk.Version
}

func (s *Site) policyMatter(r *http.Request, v *visit, asked wish) (matter, error) {
	if v.Person.Role != auth.Admin {
		return nil, approvals.Refuse(approvals.CodeForbidden)
	}
	m := policyWish{site: s, verb: asked.Verb}
	var err error
	if asked.Verb == desk.Propose {
		m.version, err = s.Policies.Draft(r.Context(), []byte(asked.Source))
	} else {
		m.version, err = s.Policies.Store.Version(r.Context(), asked.Number)
	}
	return m, err
}

func (m policyWish) subject() [32]byte { return m.version.Subject(m.verb) }

func (m policyWish) moved() error { return approvals.Refuse(approvals.CodePolicyMoved) }

func (m policyWish) next() string { return policyPath }

func (m policyWish) refused(_ http.ResponseWriter, _ *http.Request, _ *visit, err error) error {
	return err
}

func (m policyWish) sheet(r *http.Request, frame templates.DevFrame, ask templates.DevPasskey) (templates.DevPage, error) {
	p := templates.DeskPolicySign{DevFrame: frame, Milder: m.version.Milder, Back: policyPath, Passkey: ask, What: []templates.DevFact{
		{Name: "What", Value: verbText(m.verb, m.version)}, {Name: "Policy", Value: m.version.Name},
		{Name: "SHA-256", Value: approvals.Digest(m.version.Hash).String()}, {Name: "Compared with", Value: strconv.Itoa(m.version.Base)},
	}}
	var err error
	p.Replay, p.Diff, err = m.site.effect(r.Context(), m.version)
	return p, err
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

func (m policyWish) carryOut(r *http.Request, sig approvals.Signature) (string, error) {
	switch m.verb {
	case desk.Approve:
		return "Approved. It comes into force in 24 hours.", m.site.Policies.Approve(r.Context(), m.version.Number, sig)
	case desk.Reject:
		return "Rejected. It never comes into force.", m.site.Policies.Reject(r.Context(), m.version.Number, sig)
	case desk.Propose:
	}
	done := "In force."
	if len(m.version.Milder) > 0 {
		done = "Proposed. Another admin has 4 hours to decide."
	}
	return done, m.site.Policies.Propose(r.Context(), m.version, sig)
}
