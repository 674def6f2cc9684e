package desk

import (
	"net/http"
	"strings"

	"countersign/approvals"
	"countersign/approvals/desk"
	"countersign/templates"
	"countersign/web/page"
)

// did leads back to the case after an act, or says why it was not done.
func (s *Site) did(w http.ResponseWriter, r *http.Request, v *visit, number int64, done string, err error) error {
	if err != nil {
		return s.caseRefused(w, r, v, number, err)
	}
	v.Values.Done = done
	if err := s.Sessions.Touch(w, r, v.Presence); err != nil {
		return err
	}
	return page.SeeOther(w, string(caseLink(number)))
}

// caseClaim takes the case, also from somebody else where the form says so.
func (s *Site) caseClaim(w http.ResponseWriter, r *http.Request, v *visit) error {
	number, err := caseNumber(r)
	if err != nil {
		return err
	}
	err = s.Cases.Claim(r.Context(), number, string(v.Person.ID), v.form.Get("over") == "yes")
	return s.did(w, r, v, number, "The case is yours for 30 minutes, and longer with everything you do in it.", err)
}

// caseLeave gives the case up.
func (s *Site) caseLeave(w http.ResponseWriter, r *http.Request, v *visit) error {
	number, err := caseNumber(r)
	if err != nil {
		return err
	}
	return s.did(w, r, v, number, "You left the case.", s.Cases.Leave(r.Context(), number, string(v.Person.ID)))
}

// caseNote adds a note.
func (s *Site) caseNote(w http.ResponseWriter, r *http.Request, v *visit) error {
	number, err := caseNumber(r)
	if err != nil {
		return err
	}
	text := strings.TrimSpace(v.form.Get("text"))
	if text == "" || len(text) > desk.MaxNote {
		return s.caseWrong(w, r, v, number, []templates.DevFault{{Field: "text", Message: "Write a note of at most 4000 characters"}})
	}
	return s.did(w, r, v, number, "The note is added.", s.Cases.Note(r.Context(), number, string(v.Person.ID), text))
}

// caseDecide drafts what was chosen, and asks for the passkey over it.
func (s *Site) caseDecide(w http.ResponseWriter, r *http.Request, v *visit) error {
	number, err := caseNumber(r)
	if err != nil {
		return err
	}
	verb, action, _ := strings.Cut(v.form.Get("verb"), ":")
	reason := desk.Reason(v.form.Get("reason"))
	var wrong []templates.DevFault
	if !desk.CaseVerb(verb).Known() {
		wrong = append(wrong, templates.DevFault{Field: "verb", Message: "Choose what is to be done"})
	}
	if !reason.Known() {
		wrong = append(wrong, templates.DevFault{Field: "reason", Message: "Choose a reason"})
	}
	if wrong != nil {
		return s.caseWrong(w, r, v, number, wrong)
	}
	d, err := s.Cases.Draft(r.Context(), desk.Intent{
		Case: number, Verb: desk.CaseVerb(verb), Action: approvals.ActionID(action), Reason: reason, Note: note(v), Person: string(v.Person.ID),
	})
	if err == nil && v.form.Get("seen") != seen(d.Facts) {
		err = approvals.Refuse(approvals.CodeCaseMoved).With("differences", "It is not what your page showed. Read it again before you decide.")
	}
	if fields := page.Wrong(err); fields != nil {
		return s.caseWrong(w, r, v, number, faults(fields, ""))
	}
	if err != nil {
		return s.caseRefused(w, r, v, number, err)
	}
	return s.ask(w, r, v, wish{Verb: desk.Propose, Decision: &d})
}

// caseAnswer asks for the passkey of the second person.
func (s *Site) caseAnswer(w http.ResponseWriter, r *http.Request, v *visit) error {
	number, err := caseNumber(r)
	if err != nil {
		return err
	}
	d, err := s.Cases.Case(r.Context(), number)
	switch {
	case err != nil:
		return err
	case d.Proposal == nil:
		return s.caseRefused(w, r, v, number, approvals.Refuse(approvals.CodeProposalOver))
	case d.Proposal.Proposer == string(v.Person.ID):
		return s.caseRefused(w, r, v, number, approvals.Refuse(approvals.CodeOwnProposal))
	case d.Proposal.ID != v.form.Get("decision"):
		return s.caseRefused(w, r, v, number, approvals.Refuse(approvals.CodeCaseMoved).With("differences", "Another proposal waits than your page showed. Read it before you answer."))
	}
	act, reason := desk.Verb(v.form.Get("answer")), desk.Reason(v.form.Get("reason"))
	var wrong []templates.DevFault
	if act != desk.Approve && act != desk.Reject {
		wrong = append(wrong, templates.DevFault{Field: "answer", Message: "Choose an answer"})
	}
	if !reason.Known() {
		wrong = append(wrong, templates.DevFault{Field: "second-reason", Message: "Choose a reason"})
	}
	if wrong != nil {
		return s.caseWrong(w, r, v, number, wrong)
	}
	answered := *d.Proposal
	answered.DeciderReason, answered.DeciderNote = reason, note(v)
	return s.ask(w, r, v, wish{Verb: act, Decision: &answered})
}

// note is what was typed, as browsers send it.
func note(v *visit) string {
	return strings.TrimSpace(strings.ReplaceAll(v.form.Get("note"), "\r\n", "\n"))
}

// faults say what is wrong with fields whose ids begin like this.
func faults(fields []approvals.FieldError, prefix string) (out []templates.DevFault) {
	for _, f := range fields {
		out = append(out, templates.DevFault{Field: prefix + f.Field, Message: "The " + f.Field + " " + f.Message})
	}
	return out
}
