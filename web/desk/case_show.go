package desk

import (
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"countersign/approvals"
	"countersign/approvals/desk"
	"countersign/templates"
	"countersign/web/page"
	"countersign/web/problem"
)

// caseNumber is the case that an address is about, by its number or its name.
func caseNumber(r *http.Request) (int64, error) {
	if number := desk.CaseNumber(r.PathValue("case")); number > 0 {
		return number, nil
	}
	number, err := strconv.ParseInt(r.PathValue("case"), 10, 64)
	if err != nil || number < 1 {
		return 0, approvals.Refuse(approvals.CodeNotFound)
	}
	return number, nil
}

// caseShow is C3.
func (s *Site) caseShow(w http.ResponseWriter, r *http.Request, v *visit) error {
	number, err := caseNumber(r)
	if err != nil {
		return err
	}
	return s.showCase(w, r, v, number, http.StatusOK, func(*templates.DeskCase) {})
}

// caseBack leads from the address of a form to its case.
func (s *Site) caseBack(w http.ResponseWriter, r *http.Request, _ *visit) error {
	number, err := caseNumber(r)
	if err != nil {
		return err
	}
	return page.SeeOther(w, string(caseLink(number)))
}

// showCase prints a case as it is now, with what is to be said beside.
func (s *Site) showCase(w http.ResponseWriter, r *http.Request, v *visit, number int64, status int, beside func(*templates.DeskCase)) error {
	d, err := s.Cases.Case(r.Context(), number)
	if err != nil {
		return err
	}
	p, err := s.view(r.Context(), v, d)
	if err != nil {
		return err
	}
	beside(&p)
	if err := s.told(w, r, v); err != nil {
		return err
	}
	return s.show(w, status, p)
}

// caseRefused shows the case as it is now, with why nothing was done, and how it
// differs from what was decided on. What is no refusal of that kind comes back.
func (s *Site) caseRefused(w http.ResponseWriter, r *http.Request, v *visit, number int64, err error) error {
	said := problem.Of(r.Context(), err)
	if said.Status >= http.StatusInternalServerError || page.Is(err, approvals.CodeNotFound) || page.Is(err, approvals.CodeSessionEnded) {
		return err
	}
	return s.showCase(w, r, v, number, said.Status, func(p *templates.DeskCase) {
		if text := said.Facts["differences"]; text != "" {
			p.Moved = strings.Split(text, "\n")
			return
		}
		p.Refusal = said.Title + ". " + said.Detail
		if why := said.Facts["why"]; why != "" {
			p.Refusal = said.Title + ". " + why
		}
	})
}

// caseWrong shows the case again with what is wrong with the form, and what was
// chosen and typed.
func (s *Site) caseWrong(w http.ResponseWriter, r *http.Request, v *visit, number int64, wrong []templates.DevFault) error {
	return s.showCase(w, r, v, number, http.StatusUnprocessableEntity, func(p *templates.DeskCase) {
		p.Wrong = wrong
		keep := func(choices []templates.DevChoice) {
			for i := range choices {
				choices[i].Chosen = choices[i].Value == v.form.Get("reason")
			}
		}
		if p.Decide != nil && v.form.Has("seen") {
			p.Decide.Note = v.form.Get("note")
			keep(p.Decide.Reasons)
			for i, c := range p.Decide.Choices {
				p.Decide.Choices[i].Chosen = c.Value == v.form.Get("verb")
			}
		}
		if p.Proposal != nil && p.Proposal.Answer != nil && !v.form.Has("seen") {
			p.Proposal.Answer.Chosen, p.Proposal.Answer.NoteText = v.form.Get("answer"), v.form.Get("note")
			keep(p.Proposal.Answer.Reasons)
		}
		if p.NoteForm != nil {
			p.NoteForm.Text = v.form.Get("text")
		}
	})
}

// seen is the facts a page shows, as its form says them again.
func seen(f desk.Facts) string {
	digest := f.Digest()
	return hex.EncodeToString(digest[:])
}
