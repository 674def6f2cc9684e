package api

import (
	"net/http"
	"time"

	"countersign/approvals"
)

// endpoint is the id of the endpoint the path names, whatever stands there.
func (c *call) endpoint() approvals.EndpointID {
	return approvals.EndpointID{Marketplace: c.marketplace.ID, ID: c.http.PathValue("id")}
}

// noFields is for calls that ask for nothing more than their path says.
func (c *call) noFields() error {
	if len(c.body) == 0 {
		return nil
	}
	return approvals.DecodeStrict(c.body, &struct{}{}, "")
}

// webhookEndpointCreate adds an endpoint and shows its secret, once.
func (a *API) webhookEndpointCreate(c *call) error {
	var in struct {
		URL    string   `json:"url"`
		Events []string `json:"events"`
	}
	if err := approvals.DecodeStrict(c.body, &in, ""); err != nil {
		return err
	}
	return a.Webhooks.Add(c.ctx(), approvals.NewEndpoint{
		Marketplace: c.marketplace.ID, URL: in.URL, Events: in.Events, By: by(c.marketplace), Answer: a.withSecret(c, http.StatusCreated),
	})
}

// webhookEndpointList shows all of a marketplace's endpoints: there are few.
func (a *API) webhookEndpointList(c *call) (any, error) {
	if err := noQuery(c.http); err != nil {
		return nil, err
	}
	found, err := a.Webhooks.Endpoints.EndpointsOf(c.ctx(), c.marketplace.ID)
	if err != nil {
		return nil, err
	}
	page := struct {
		Data []endpointView `json:"data"`
	}{[]endpointView{}}
	for _, e := range found {
		page.Data = append(page.Data, a.viewEndpoint(e))
	}
	return page, nil
}

func (a *API) webhookEndpointShow(c *call) (any, error) {
	if err := noQuery(c.http); err != nil {
		return nil, err
	}
	e, err := a.Webhooks.Endpoints.Endpoint(c.ctx(), c.endpoint())
	if err != nil {
		return nil, err
	}
	return a.viewEndpoint(e), nil
}

// webhookEndpointRoll replaces the keys; the old ones sign on for a while.
func (a *API) webhookEndpointRoll(c *call) error {
	in := struct {
		OverlapHours *int `json:"overlap_hours"`
	}{}
	if err := approvals.DecodeStrict(c.body, &in, ""); err != nil {
		return err
	}
	overlap := approvals.DefaultRoll
	if in.OverlapHours != nil {
		hours := min(max(*in.OverlapHours, -1), int(approvals.MaxRoll/time.Hour)+1)
		overlap = time.Duration(hours) * time.Hour
	}
	return a.Webhooks.Roll(c.ctx(), c.endpoint(), overlap, by(c.marketplace), a.withSecret(c, http.StatusOK))
}

func (a *API) webhookEndpointDisable(c *call) error {
	if err := c.noFields(); err != nil {
		return err
	}
	return a.Webhooks.Disable(c.ctx(), c.endpoint(), by(c.marketplace), a.withEndpoint(c))
}

func (a *API) webhookEndpointEnable(c *call) error {
	if err := c.noFields(); err != nil {
		return err
	}
	return a.Webhooks.Enable(c.ctx(), c.endpoint(), by(c.marketplace), a.withEndpoint(c))
}

// webhookEndpointTest sends an event that says nothing.
func (a *API) webhookEndpointTest(c *call) error {
	if err := c.noFields(); err != nil {
		return err
	}
	return a.Webhooks.Test(c.ctx(), c.endpoint(), by(c.marketplace), a.withDelivery(c))
}

// webhookEndpointResend sends again what an endpoint missed.
func (a *API) webhookEndpointResend(c *call) error {
	var in struct {
		From   string `json:"from"`
		To     string `json:"to"`
		All    bool   `json:"all"`
		DryRun bool   `json:"dry_run"`
	}
	if err := approvals.DecodeStrict(c.body, &in, ""); err != nil {
		return err
	}
	var f fields
	if in.From == "" {
		f.add("from", "must be there")
	}
	if in.To == "" {
		f.add("to", "must be there")
	}
	r := approvals.ResendRange{Endpoint: c.endpoint(), From: f.time("from", in.From), To: f.time("to", in.To), All: in.All, DryRun: in.DryRun}
	if err := f.err(); err != nil {
		return err
	}
	r.Answer = func(count int) (*approvals.Answer, error) {
		return a.make(c, http.StatusOK, "", struct {
			Count  int  `json:"count"`
			DryRun bool `json:"dry_run"`
		}{count, in.DryRun})
	}
	_, err := a.Webhooks.ResendRange(c.ctx(), r, by(c.marketplace))
	return err
}
