package api

import (
	"errors"

	"countersign/approvals"
)

// eventPageSize is how many events one answer holds.
const eventPageSize = 100

// eventPage is what happened after an event, oldest first.
type eventPage struct {
	Data []approvals.ThinEvent `json:"data"`
	// NextAfter is what to ask for next; it is there from the first event on.
	NextAfter string `json:"next_after,omitempty"`
	More      bool   `json:"more"`
}

// eventList is for whoever cannot be called: the events of the webhooks, in an
// order in which none can be missed (STANDARDS CI-07).
func (a *API) eventList(c *call) (any, error) {
	var f fields
	after := f.filters(c.http.URL.RawQuery, "after")["after"]
	if err := f.err(); err != nil {
		return nil, err
	}
	found, err := a.Webhooks.Deliveries.Events(c.ctx(), approvals.FeedQuery{Marketplace: c.marketplace.ID, After: after, Limit: eventPageSize + 1})
	if errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
		return nil, approvals.Invalid(approvals.FieldError{Field: "after", Message: "must be the id of an event of yours, or next_after of an earlier answer"})
	}
	if err != nil {
		return nil, err
	}
	page := eventPage{Data: []approvals.ThinEvent{}, NextAfter: after, More: len(found) > eventPageSize}
	page.Data = append(page.Data, found[:min(len(found), eventPageSize)]...)
	if n := len(page.Data); n > 0 {
		page.NextAfter = page.Data[n-1].ID
	}
	return page, nil
}
