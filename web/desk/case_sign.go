package desk

import (
	"context"
	"net/http"
	"slices"

	"countersign/approvals"
	"countersign/approvals/desk"
	"countersign/auth"
	"countersign/templates"
)

// decides reports whether a role decides in cases. The decision itself is refused
// for any other, whoever asks (package approvals/desk).
func decides(r auth.Role) bool { return slices.Contains([]auth.Role{auth.Agent, auth.Lead}, r) }

// decider lets those through who decide in cases.
func decider(p handler) handler {
	return func(w http.ResponseWriter, r *http.Request, v *visit) error {
		if !decides(v.Person.Role) {
			return approvals.Refuse(approvals.CodeForbidden)
		}
		return p(w, r, v)
	}
}

// caseWish is a decision to be signed, as it was drafted or read. What it rests on
// is part of what is signed, so that it decides nothing once that has changed.
type caseWish struct {
	site     *Site
	act      desk.Verb
	decision desk.Decision
	proposer string
	place    []templates.DeskFact // which destination it is about, none where it is about no destination
}

func (s *Site) caseMatter(r *http.Request, v *visit, asked wish) (matter, error) {
	if !decides(v.Person.Role) {
		return nil, approvals.Refuse(approvals.CodeForbidden)
	}
	name, err := s.name(r.Context(), asked.Decision.Proposer)
	if err != nil {
		return nil, err
	}
	place, err := s.place(r.Context(), asked.Decision.Ring)
	return caseWish{site: s, act: asked.Verb, decision: *asked.Decision, proposer: name, place: place}, err
}

// place is a destination as people know it: the ring by its name, the account masked.
func (s *Site) place(ctx context.Context, key approvals.RingKey) ([]templates.DeskFact, error) {
	if key == (approvals.RingKey{}) {
		return nil, nil
	}
	ring, err := s.Views.Rings.RingOf(ctx, key)
	if err != nil {
		return nil, err
	}
	return []templates.DeskFact{{Name: "Ring", Value: ring.Name()}, {Name: "Account", Value: accountOf(ring.Account)}}, nil
}

func (m caseWish) subject() [32]byte { return m.decision.Subject(m.act) }

func (m caseWish) moved() error {
	return approvals.Refuse(approvals.CodeCaseMoved).With("differences", "Something else waits to be signed than your page showed. Choose again.")
}

func (m caseWish) next() string { return string(caseLink(m.decision.Case)) }

// sheet shows the verb, the case, the reason and the facts. The proposer's note is
// there once the second person has chosen (UX C5).
func (m caseWish) sheet(_ *http.Request, frame templates.DevFrame, ask templates.DevPasskey) (templates.DevPage, error) {
	d := m.decision
	fact := func(name, value string) templates.DeskFact { return templates.DeskFact{Name: name, Value: value} }
	p := templates.DeskSign{DevFrame: frame, Facts: templates.FactSentences(d.Facts), Back: caseLink(d.Case), Passkey: ask, What: []templates.DeskFact{
		fact("What", actText(m.act, d.Verb)), fact("Decision", templates.CaseVerbText(d.Verb)), fact("Case", desk.Case{Number: d.Case}.Name()),
		fact("Seller", string(d.Seller.Seller)), fact("Marketplace", string(d.Seller.Marketplace)),
	}}
	if a, ok := d.Facts.Action(d.Action); ok {
		p.What = append(p.What, fact("About", a.Reference))
	}
	p.What = append(p.What, m.place...)
	for _, one := range d.Sellers {
		p.What = append(p.What, fact("Seller named", string(one.Seller)+" of "+string(one.Marketplace)))
	}
	if m.act == desk.Propose {
		p.What = append(p.What, fact("Reason", templates.ReasonText(d.Reason)))
		if d.Note != "" {
			p.What = append(p.What, fact("Your note", d.Note))
		}
		return p, nil
	}
	p.What = append(p.What, fact("Proposed by", m.proposer), fact("Their reason", templates.ReasonText(d.Reason)), fact("Your reason", templates.ReasonText(d.DeciderReason)))
	if d.DeciderNote != "" {
		p.What = append(p.What, fact("Your note", d.DeciderNote))
	}
	if d.Note != "" {
		p.Said = &templates.DeskNote{By: m.proposer, Text: d.Note, At: d.ProposedAt}
	}
	return p, nil
}

// actText is what signing does.
func actText(act desk.Verb, v desk.CaseVerb) string {
	switch act {
	case desk.Approve:
		return "Approve: it is carried out at once"
	case desk.Reject:
		return "Reject: it ends, and everything stays as it is"
	case desk.Propose:
	}
	if v.Two() {
		return "Propose: a second person decides within 4 hours"
	}
	return "Decide alone: it is carried out at once"
}

func (m caseWish) carryOut(r *http.Request, sig approvals.Signature) (string, error) {
	d, what := m.decision, templates.CaseVerbText(m.decision.Verb)
	switch m.act {
	case desk.Approve:
		_, err := m.site.Cases.Approve(r.Context(), d.ID, d.DeciderReason, d.DeciderNote, sig)
		return "Approved and carried out: " + what + ".", err
	case desk.Reject:
		_, err := m.site.Cases.Reject(r.Context(), d.ID, d.DeciderReason, d.DeciderNote, sig)
		return "Rejected: " + what + ". Everything stays as it is.", err
	case desk.Propose:
	}
	_, err := m.site.Cases.Propose(r.Context(), d, sig)
	if d.Verb.Two() {
		return "Proposed: " + what + ". Another agent has 4 hours to decide.", err
	}
	return "Done: " + what + ".", err
}

// refused shows the case as it is now, with why nothing was decided.
func (m caseWish) refused(w http.ResponseWriter, r *http.Request, v *visit, err error) error {
	return m.site.caseRefused(w, r, v, m.decision.Case, err)
}
