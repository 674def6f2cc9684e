package desk

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"countersign/approvals/desk"
	"countersign/auth"
	"countersign/templates"
)

// handover is C9.
func (s *Site) handover(w http.ResponseWriter, r *http.Request, v *visit) error {
	names, people := map[string]string{}, []string{}
	for _, role := range auth.DeskRoles() {
		all, err := s.People.List(r.Context(), "", role)
		if err != nil {
			return err
		}
		for _, one := range all {
			names[string(one.ID)] = one.Name
			people = append(people, string(one.ID))
		}
	}
	h, err := s.Views.Shift.Handover(r.Context(), string(v.Person.ID), people, s.Now())
	if err != nil {
		return err
	}
	p := templates.DeskHandover{DevFrame: s.frame(v), Promises: dueCases(h.Promises), Bounced: dueCases(h.Bounced), More: h.More}
	for _, l := range h.Lapsing {
		p.Lapsing = append(p.Lapsing, templates.DeskDue{DeskPointer: templates.DeskPointer{
			Name: desk.Case{Number: l.Case}.Name(), URL: caseLink(l.Case), Text: templates.CaseVerbText(l.Verb) + ", proposed by " + names[l.Proposer],
		}, By: l.LapsesAt})
	}
	for _, o := range h.Open {
		p.Open = append(p.Open, templates.DevFact{Name: templates.CaseReasonText(o.Reason), Value: strconv.Itoa(o.Cases)})
	}
	for _, one := range h.Reveals {
		p.Reveals = append(p.Reveals, templates.DevFact{Name: names[one.Person], Value: strconv.Itoa(one.Times)})
	}
	p.Paces = []templates.DeskPace{paceIn(h.Week), paceIn(h.Month)}
	return s.show(w, http.StatusOK, p)
}

func dueCases(all []desk.Case) []templates.DeskDue {
	var out []templates.DeskDue
	for _, c := range all {
		out = append(out, templates.DeskDue{DeskPointer: templates.DeskPointer{Name: c.Name(), URL: caseLink(c.Number), Text: templates.CaseReasonText(c.Reason)}, By: c.DecideBy})
	}
	return out
}

// paceIn says a pace in words. Of no case there is none.
func paceIn(p desk.Pace) templates.DeskPace {
	out := templates.DeskPace{Period: strconv.Itoa(p.Days) + " days", Answer: "no case", Resolution: "no case", Reopened: "no case"}
	if p.Answered > 0 {
		out.Answer = took(p.Answer) + ", of " + strconv.Itoa(p.Answered)
	}
	if p.Closed > 0 {
		out.Resolution = took(p.Resolution) + ", of " + strconv.Itoa(p.Closed)
		out.Reopened = fmt.Sprintf("%.0f %%", 100*p.Reopened)
	}
	return out
}

func took(d time.Duration) string {
	if d < 2*time.Hour {
		return strconv.Itoa(int(d.Minutes())) + " min"
	}
	return strconv.Itoa(int(d.Hours())) + " h"
}
