package api

import (
	"net/http"
	"time"

	"countersign/approvals"
	"countersign/web/problem"
)

// maxAdvance is the furthest one call moves the clock: a year.
const maxAdvance = 366 * 24 * time.Hour

// clockAdvance moves a test gateway's clock and makes everything due happen.
// Two calls at once with one key could move it twice, so they go one by one.
func (a *API) clockAdvance(c *call) error {
	if a.Clock == nil {
		return approvals.Refuse(problem.TestModeOnly)
	}
	var in struct {
		By string `json:"by"`
	}
	if err := approvals.DecodeStrict(c.body, &in, ""); err != nil {
		return err
	}
	by, err := time.ParseDuration(in.By)
	if err != nil || by <= 0 || by > maxAdvance {
		return approvals.Invalid(approvals.FieldError{Field: "by", Message: "must be a duration such as 72h or 90m, at most 8784h"})
	}
	a.advancing.Lock()
	defer a.advancing.Unlock()
	if _, err := a.stored(c); err == nil {
		return approvals.ErrDuplicateAnswer
	}
	now, err := a.Clock.Advance(c.ctx(), by)
	if err != nil {
		return err
	}
	if _, err := a.make(c, http.StatusOK, "", struct {
		Now string `json:"now"`
	}{approvals.FormatTime(now)}); err != nil {
		return err
	}
	return a.save(c)
}
