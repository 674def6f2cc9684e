package api

import (
	"errors"
	"slices"

	"countersign/approvals"
)

// deliveryPage is one page of a list, newest first.
type deliveryPage struct {
	Data       []deliveryView `json:"data"`
	NextCursor string         `json:"next_cursor,omitempty"`
}

// webhookDeliveryList shows what became of webhooks.
func (a *API) webhookDeliveryList(c *call) (any, error) {
	q, err := a.deliveryQuery(c)
	if err != nil {
		return nil, err
	}
	found, err := a.Webhooks.Deliveries.Deliveries(c.ctx(), q)
	if err != nil {
		return nil, err
	}
	page := deliveryPage{Data: []deliveryView{}}
	if len(found) > pageSize {
		found = found[:pageSize]
		page.NextCursor = found[pageSize-1].ID
	}
	for _, s := range found {
		page.Data = append(page.Data, viewDelivery(s))
	}
	return page, nil
}

func (a *API) deliveryQuery(c *call) (approvals.DeliveryQuery, error) {
	q := approvals.DeliveryQuery{Marketplace: c.marketplace.ID, Limit: pageSize + 1}
	var f fields
	for name, v := range f.filters(c.http.URL.RawQuery, "endpoint, state, type and cursor") {
		switch name {
		case "endpoint":
			q.Endpoint = v
		case "state":
			if q.State = approvals.DeliveryState(v); !slices.Contains(approvals.DeliveryStates, q.State) {
				f.add(name, "must be pending, delivered or dead")
			}
		case "type":
			if q.Type = v; !slices.Contains(approvals.EventTypes(), v) && v != approvals.EventEndpointTest {
				f.add(name, "is not an event type")
			}
		case "cursor":
			q.Before = v
		}
	}
	if err := f.err(); err != nil || q.Before == "" {
		return q, err
	}
	_, err := a.Webhooks.Deliveries.Delivery(c.ctx(), approvals.DeliveryKey{Marketplace: c.marketplace.ID, ID: q.Before})
	if errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
		err = approvals.Invalid(approvals.FieldError{Field: "cursor", Message: "must be next_cursor of an earlier page"})
	}
	return q, err
}

// webhookDeliveryResend sends one again, under the same webhook-id.
func (a *API) webhookDeliveryResend(c *call) error {
	if err := c.noFields(); err != nil {
		return err
	}
	key := approvals.DeliveryKey{Marketplace: c.marketplace.ID, ID: c.http.PathValue("id")}
	return a.Webhooks.Resend(c.ctx(), key, by(c.marketplace), a.withDelivery(c))
}
