package dev

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"countersign/approvals"
	"countersign/templates"
	"countersign/web/page"
)

// minuteForm is how a browser writes a date with a time (HTML, "local date and
// time"); it is read as UTC, as the page says.
const minuteForm = "2006-01-02T15:04"

// resendShow counts what a range of time holds before it is sent again. To look
// changes nothing, so that the address can be passed on.
func (s *Site) resendShow(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.resendPage(w, r, v, r.URL.Query())
}

// resendPage shows the form with what was typed and, where it is a range, how
// many it holds.
func (s *Site) resendPage(w http.ResponseWriter, r *http.Request, v *visit, typed url.Values) error {
	at := endpointsPath + "/" + url.PathEscape(r.PathValue("id")) + "/resend"
	p := templates.DevResend{
		DevFrame: s.frame(v), Look: templates.Link(at), From: typed.Get("from"), To: typed.Get("to"), All: typed.Get("all") != "",
	}
	status := http.StatusOK
	if p.From == "" && p.To == "" { // a first visit: the last day
		p.To = s.Now().UTC().Add(time.Minute).Format(minuteForm)
		p.From = s.Now().UTC().Add(-24 * time.Hour).Format(minuteForm)
	} else {
		status = http.StatusUnprocessableEntity
	}
	count, err := s.resend(r, v, p.From, p.To, p.All, true)
	switch fields := page.Wrong(err); {
	case fields != nil:
		p.Wrong = faultsOf(fields)
		return s.show(w, status, p)
	case err != nil:
		return err
	}
	p.Count, p.Send = count, templates.Post(at)
	return s.show(w, http.StatusOK, p)
}

// resendRange sends it again.
func (s *Site) resendRange(w http.ResponseWriter, r *http.Request, v *visit) error {
	count, err := s.resend(r, v, v.form.Get("from"), v.form.Get("to"), v.form.Get("all") != "", false)
	if page.Wrong(err) != nil {
		return s.resendPage(w, r, v, url.Values(v.form))
	}
	done := fmt.Sprintf("%d webhooks are sent again, each with its own webhook-id.", count)
	if count == 1 {
		done = "One webhook is sent again, with its own webhook-id."
	}
	return s.did(w, r, v, deliveriesPath, done, err)
}

func (s *Site) resend(r *http.Request, v *visit, from, to string, all, dry bool) (int, error) {
	begin, end, err := span(from, to)
	if err != nil {
		return 0, err
	}
	return s.Webhooks.ResendRange(r.Context(), approvals.ResendRange{
		Endpoint: v.endpoint(r), From: begin, To: end, All: all, DryRun: dry,
	}, v.Person.Actor())
}

// span reads the two ends of a range, in UTC.
func span(from, to string) (begin, end time.Time, err error) {
	var wrong []approvals.FieldError
	read := func(field, s string) time.Time {
		t, err := time.Parse(minuteForm, s)
		if err != nil {
			wrong = append(wrong, approvals.FieldError{Field: field, Message: "must be a date and a time, such as 2026-11-23T09:30"})
		}
		return t
	}
	begin, end = read("from", from), read("to", to)
	if len(wrong) > 0 {
		return begin, end, approvals.Invalid(wrong...)
	}
	return begin, end, nil
}
