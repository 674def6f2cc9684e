package api

import (
	"errors"
	"slices"

	"countersign/approvals"
)

// actionShow is the only source of truth about an action.
func (a *API) actionShow(c *call) (any, error) {
	if err := noQuery(c.http); err != nil {
		return nil, err
	}
	key := c.action()
	x, err := a.Reader.Action(c.ctx(), key)
	if err != nil {
		return nil, err
	}
	events, err := a.Reader.Timeline(c.ctx(), key)
	if err != nil {
		return nil, err
	}
	v, err := a.view(x)
	v.Timeline = timelineOf(events)
	return v, err
}

const pageSize = 50

// actionPage is one page of a list, newest first.
type actionPage struct {
	Data       []actionView `json:"data"`
	NextCursor string       `json:"next_cursor,omitempty"`
}

// actionList lists the marketplace's own actions.
func (a *API) actionList(c *call) (any, error) {
	q, err := a.query(c)
	if err != nil {
		return nil, err
	}
	found, err := a.Reader.Actions(c.ctx(), q)
	if err != nil {
		return nil, err
	}
	page := actionPage{Data: []actionView{}}
	if len(found) > pageSize {
		found = found[:pageSize]
		page.NextCursor = string(found[pageSize-1].ID)
	}
	for _, x := range found {
		v, err := a.view(x)
		if err != nil {
			return nil, err
		}
		page.Data = append(page.Data, v)
	}
	return page, nil
}

// query reads the filters. A filter that is unknown, doubled or malformed is
// refused, because leaving it out would show more than was asked for.
func (a *API) query(c *call) (approvals.Query, error) {
	q := approvals.Query{Marketplace: c.marketplace.ID, Limit: pageSize + 1}
	var f fields
	for name, v := range f.filters(c.http.URL.RawQuery, "seller, state, kind and cursor") {
		switch name {
		case "seller":
			if problem := approvals.CheckSellerID(v); problem != "" {
				f.add(name, problem)
			}
			q.Seller = approvals.SellerID(v)
		case "state":
			if q.State = approvals.State(v); !slices.Contains(approvals.States, q.State) {
				f.add(name, "is not a state of an action")
			}
		case "kind":
			if q.Kind = approvals.Kind(v); !q.Kind.Known() {
				f.add(name, "is not a kind of action")
			}
		case "cursor":
			q.Before = approvals.ActionID(v)
		}
	}
	if err := f.err(); err != nil {
		return q, err
	}
	return q, a.checkCursor(c, q.Before)
}

// checkCursor accepts only what a page of this marketplace gave out
// (RELIABILITY K18).
func (a *API) checkCursor(c *call, before approvals.ActionID) error {
	if before == "" {
		return nil
	}
	_, err := a.Reader.Action(c.ctx(), approvals.ActionKey{Marketplace: c.marketplace.ID, ID: before})
	if errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
		return approvals.Invalid(approvals.FieldError{Field: "cursor", Message: "must be the next_cursor of the page before"})
	}
	return err
}
