package dev

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"countersign/approvals"
	"countersign/templates"
	"countersign/web/problem"
)

const clockPath = Base + "/clock"

// maxAdvance is the furthest one form moves the clock.
const maxAdvance = 366 * 24 * time.Hour

// Clock moves a test gateway's clock. Everything due happens before it returns.
type Clock interface {
	Advance(ctx context.Context, by time.Duration) (time.Time, error)
}

// clockOf is how the simulator offers to move the clock; nil on a live gateway.
func (s *Site) clockOf() *templates.DevClock {
	if s.Clock == nil {
		return nil
	}
	c := &templates.DevClock{Submit: clockPath, Now: s.Now()}
	for _, h := range []int{1, 24, 72, 168} {
		c.Steps = append(c.Steps, templates.DevClockStep{To: clockValue(s.Now().Add(time.Duration(h) * time.Hour)), Text: "On by " + strconv.Itoa(h) + " h"})
	}
	return c
}

// clockFor is how an action's page offers to move the clock to what time does to it
// next; nil where it does nothing.
func (s *Site) clockFor(a approvals.Action) *templates.DevClock {
	at, what := a.DueAt(), dueWords[a.State]
	if a.State == approvals.AwaitingConfirmation { // its link is renewed before that, daily
		at = a.ConfirmBy
	}
	if s.Clock == nil || what == "" || !at.After(s.Now()) {
		return nil
	}
	return &templates.DevClock{Submit: clockPath, Now: s.Now(), Action: string(a.ID), Steps: []templates.DevClockStep{{To: clockValue(at), Text: what}}}
}

// dueWords say what happens at an action's deadline.
var dueWords = map[approvals.State]string{
	approvals.AwaitingStepUp:       "To its end: nobody approved it",
	approvals.Notifying:            "To its hold: nobody could be told",
	approvals.CoolingOff:           "To the confirmation window",
	approvals.AwaitingConfirmation: "To its end: nobody confirmed it",
	approvals.Approved:             "To its end: nobody claimed it",
	approvals.Releasing:            "To where its result is overdue",
	approvals.Held:                 "To its end: nobody freed it",
}

func clockValue(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }

// clockMove moves the clock of a test gateway to the time that a page offered.
func (s *Site) clockMove(w http.ResponseWriter, r *http.Request, v *visit) error {
	if s.Clock == nil {
		return approvals.Refuse(problem.TestModeOnly)
	}
	to, err := time.Parse(time.RFC3339Nano, v.form.Get("to"))
	if err != nil || to.Sub(s.Now()) > maxAdvance {
		return approvals.Invalid(approvals.FieldError{Field: "to", Message: "must be a time, at most a year from now"})
	}
	done := "The clock is there already."
	if by := to.Sub(s.Now()); by > 0 {
		now, err := s.Clock.Advance(r.Context(), by)
		if err != nil {
			return err
		}
		done = "It is now " + approvals.FormatTime(now) + ". Everything due by then has happened."
	}
	back := simulatorPath
	if id := v.form.Get("action"); id != "" {
		back = actionsPath + "/" + url.PathEscape(id)
	}
	return s.did(w, r, v, back, done, nil)
}
