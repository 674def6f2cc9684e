package desk

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/approvals/desk"
	"countersign/templates"
	"countersign/web/page"
)

// caseReveal shows one masked field for a minute, on a page of its own.
func (s *Site) caseReveal(w http.ResponseWriter, r *http.Request, v *visit) error {
	number, err := caseNumber(r)
	if err != nil {
		return err
	}
	name, action, _ := strings.Cut(v.form.Get("field"), ":")
	why := desk.Reason(v.form.Get("because"))
	var wrong []templates.DevFault
	if !slices.Contains(desk.RevealFields(), desk.RevealField(name)) {
		wrong = append(wrong, templates.DevFault{Field: "field", Message: "Choose what is to be shown"})
	}
	if !why.Known() {
		wrong = append(wrong, templates.DevFault{Field: "because", Message: "Choose why"})
	}
	if wrong != nil {
		return s.caseWrong(w, r, v, number, wrong)
	}
	shown, err := s.Cases.Reveal(r.Context(), number, desk.RevealField(name), approvals.ActionID(action), why, string(v.Person.ID))
	if err != nil {
		return s.caseRefused(w, r, v, number, err)
	}
	return page.SeeOther(w, string(caseLink(number))+"/reveals/"+shown.ID)
}

// caseRevealed is C4: the field, until its minute is over; then the browser goes
// back to the case by itself.
func (s *Site) caseRevealed(w http.ResponseWriter, r *http.Request, v *visit) error {
	number, err := caseNumber(r)
	if err != nil {
		return err
	}
	shown, err := s.Cases.Revealed(r.Context(), r.PathValue("id"), string(v.Person.ID))
	if err == nil && shown.Case != number {
		err = approvals.Refuse(approvals.CodeNotFound)
	}
	if page.Is(err, approvals.CodeNotFound) { // over, or another's
		return page.SeeOther(w, string(caseLink(number)))
	}
	if err != nil {
		return err
	}
	d, err := s.Cases.Case(r.Context(), number)
	if err != nil {
		return err
	}
	reference := ""
	for _, a := range d.Actions {
		if a.ID == shown.Action {
			reference = a.Reference
		}
	}
	left := max(1, int((shown.Until().Sub(s.Now())+time.Second-1)/time.Second))
	w.Header().Set("Refresh", fmt.Sprintf("%d; url=%s", left, caseLink(number)))
	w.Header().Set("Cache-Control", "no-store")
	return s.show(w, http.StatusOK, templates.DeskRevealed{
		DevFrame: s.frame(v), Case: d.Case.Name(), Field: templates.RevealText(shown.Field, reference), Value: shown.Value, Back: caseLink(number),
		Shown: "shown to " + v.Person.Name + " " + shown.At.UTC().Format("15:04") + " UTC", Count: counted(shown.Count),
	})
}

func counted(n int) string {
	if n == 1 {
		return "1 reveal today."
	}
	return fmt.Sprintf("%d reveals today.", n)
}
