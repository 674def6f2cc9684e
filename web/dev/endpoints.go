package dev

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/templates"
	"countersign/web/page"
)

const (
	endpointsPath  = Base + "/endpoints"
	deliveriesPath = Base + "/deliveries"
	deliveriesPage = 25
)

// endpointList is D3.
func (s *Site) endpointList(w http.ResponseWriter, r *http.Request, v *visit) error {
	p, err := s.endpoints(r, v)
	if err != nil {
		return err
	}
	if err := s.told(w, r, v); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, p)
}

func (s *Site) endpoints(r *http.Request, v *visit) (templates.DevEndpoints, error) {
	p := templates.DevEndpoints{DevFrame: s.frame(v), Add: endpointsPath}
	all, err := s.Webhooks.Endpoints.EndpointsOf(r.Context(), v.market.ID)
	if err != nil {
		return p, err
	}
	for _, e := range all {
		row := templates.DevEndpoint{
			ID: e.ID, URL: e.URL, Events: e.Events, DisabledAt: e.DisabledAt, Failures: e.Health.Failures,
			Deliveries: templates.Link(deliveriesPath + "?" + url.Values{"endpoint": {e.ID}}.Encode()), Gone: e.DisabledWhy == approvals.DisabledGone,
		}
		for _, key := range e.Keys {
			if key.Live(s.Now()) {
				row.Secrets++
			}
		}
		at := templates.Post(endpointsPath + "/" + e.ID)
		row.Roll = at + "/roll"
		if e.DisabledAt.IsZero() {
			row.Disable, row.Test, row.Resend = at+"/disable", at+"/test", templates.Link(at+"/resend")
		} else {
			row.Enable = at + "/enable"
		}
		p.Endpoints = append(p.Endpoints, row)
	}
	return p, nil
}

// secretOverlap is how long an old secret signs beside the new one.
const secretOverlap = 24 * time.Hour

// endpointAdd makes an endpoint; what is wrong with it is told first.
func (s *Site) endpointAdd(w http.ResponseWriter, r *http.Request, v *visit) error {
	d := decision{Verb: verbAddEndpoint, URL: strings.TrimSpace(v.form.Get("url"))}
	fields := page.Wrong(s.Webhooks.Check(approvals.NewEndpoint{Marketplace: v.market.ID, URL: d.URL}))
	if fields == nil {
		return s.decideOrDo(w, r, v, d)
	}
	p, err := s.endpoints(r, v)
	if err != nil {
		return err
	}
	p.URL = v.form.Get("url")
	p.Wrong = faultsOf(fields)
	return s.show(w, http.StatusUnprocessableEntity, p)
}

// makeEndpoint makes one, and shows its secret, once.
func (s *Site) makeEndpoint(w http.ResponseWriter, r *http.Request, v *visit, to string) error {
	var made approvals.Endpoint
	err := s.Webhooks.Add(r.Context(), approvals.NewEndpoint{
		Marketplace: v.market.ID, URL: to, By: v.Person.Actor(),
		Answer: func(e approvals.Endpoint) (*approvals.Answer, error) { made = e; return nil, nil },
	})
	if err != nil {
		return err
	}
	return s.secretMade(w, v, made)
}

// endpointRoll gives an endpoint of this marketplace a fresh secret.
func (s *Site) endpointRoll(w http.ResponseWriter, r *http.Request, v *visit) error {
	e, err := s.Webhooks.Endpoints.Endpoint(r.Context(), v.endpoint(r))
	if err != nil {
		return err
	}
	return s.decideOrDo(w, r, v, decision{Verb: verbRollEndpoint, Endpoint: e.ID, URL: e.URL})
}

// rollEndpoint shows the fresh secret, once; the old one signs besides it for a
// day.
func (s *Site) rollEndpoint(w http.ResponseWriter, r *http.Request, v *visit, id string) error {
	var rolled approvals.Endpoint
	key := approvals.EndpointID{Marketplace: v.market.ID, ID: id}
	err := s.Webhooks.Roll(r.Context(), key, secretOverlap, v.Person.Actor(), func(e approvals.Endpoint) (*approvals.Answer, error) {
		rolled = e
		return nil, nil
	})
	if err != nil {
		return err
	}
	return s.secretMade(w, v, rolled)
}

func (s *Site) secretMade(w http.ResponseWriter, v *visit, e approvals.Endpoint) error {
	return s.show(w, http.StatusOK, templates.DevSecretMade{
		DevFrame: s.frame(v), URL: e.URL, Secret: e.Keys[0].SecretText(), Public: e.Keys[0].PublicText(), Stored: endpointsPath,
	})
}

// endpoint is the key of the endpoint that the path names.
func (v *visit) endpoint(r *http.Request) approvals.EndpointID {
	return approvals.EndpointID{Marketplace: v.market.ID, ID: r.PathValue("id")}
}

func (s *Site) endpointDisable(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.did(w, r, v, endpointsPath, "The endpoint gets no webhooks any more.", s.Webhooks.Disable(r.Context(), v.endpoint(r), v.Person.Actor(), nil))
}

func (s *Site) endpointEnable(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.did(w, r, v, endpointsPath, "The endpoint gets webhooks again.", s.Webhooks.Enable(r.Context(), v.endpoint(r), v.Person.Actor(), nil))
}

func (s *Site) endpointTest(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.did(w, r, v, deliveriesPath, "A test event is on its way.", s.Webhooks.Test(r.Context(), v.endpoint(r), v.Person.Actor(), unanswered))
}

// did leads on and tells there what was done, unless it failed.
func (s *Site) did(w http.ResponseWriter, r *http.Request, v *visit, to, done string, err error) error {
	if err != nil {
		return err
	}
	v.Values.Done = done
	if err := s.Sessions.Touch(w, r, v.Presence); err != nil {
		return err
	}
	return page.SeeOther(w, to)
}

// deliveryList is D4.
func (s *Site) deliveryList(w http.ResponseWriter, r *http.Request, v *visit) error {
	q := r.URL.Query()
	state := approvals.DeliveryState(q.Get("state"))
	p := templates.DevDeliveries{DevFrame: s.frame(v), Endpoint: q.Get("endpoint")}
	known := true
	p.States, known = choices("Any state", approvals.DeliveryStates, state, known)
	if !known {
		state = ""
	}
	sent, err := s.Webhooks.Deliveries.Deliveries(r.Context(), approvals.DeliveryQuery{
		Marketplace: v.market.ID, Endpoint: q.Get("endpoint"), State: state, Before: q.Get("before"), Limit: deliveriesPage + 1,
	})
	if err != nil {
		return err
	}
	if len(sent) > deliveriesPage {
		sent = sent[:deliveriesPage]
		q.Set("before", sent[deliveriesPage-1].ID)
		p.Next = templates.Link(deliveriesPath + "?" + q.Encode())
	}
	for _, d := range sent {
		p.Deliveries = append(p.Deliveries, webhookRow(d))
	}
	if err := s.told(w, r, v); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, p)
}

// webhookRow is a delivery in a list.
func webhookRow(d approvals.Sent) templates.DevWebhook {
	row := templates.DevWebhook{
		ID: d.ID, Type: d.Event.Type, Endpoint: d.Endpoint, State: string(d.State), Attempts: len(d.Attempts), At: d.Event.At,
		URL: templates.Link(deliveriesPath + "/" + d.ID),
	}
	if n := len(d.Attempts); n > 0 {
		row.Status = d.Attempts[n-1].Status
	}
	return row
}

// deliveryShow is one delivery with each attempt.
func (s *Site) deliveryShow(w http.ResponseWriter, r *http.Request, v *visit) error {
	d, err := s.Webhooks.Deliveries.Delivery(r.Context(), v.delivery(r))
	if err != nil {
		return err
	}
	body, err := d.Event.Body()
	if err != nil {
		return err
	}
	p := templates.DevDeliveryShow{DevFrame: s.frame(v), Delivery: webhookRow(d), NextAt: d.NextAt, Event: d.Event.ID, Body: string(body)}
	for _, a := range slices.Backward(d.Attempts) {
		status := "no answer"
		if a.Status != 0 {
			status = strconv.Itoa(a.Status)
		}
		p.Attempts = append(p.Attempts, templates.DevAttempt{
			Number: a.Number, At: a.At, Status: status, Latency: a.Latency.Round(time.Millisecond).String(), Answer: a.Answer,
		})
	}
	if n := len(d.Attempts); n > 0 {
		stamp := strconv.FormatInt(d.Attempts[n-1].At.Unix(), 10)
		p.Headers = []templates.DevHeader{
			{Name: "webhook-id", Value: d.Event.ID}, {Name: "webhook-timestamp", Value: stamp}, {Name: "content-type", Value: "application/json"},
			{Name: "webhook-signature", Value: "v1,… v1a,… one of each for every live secret; not kept"},
		}
		p.Signed = d.Event.ID + "." + stamp + "." + p.Body
	}
	if d.State != approvals.DeliveryPending {
		p.Resend = templates.Post(deliveriesPath + "/" + d.ID + "/resend")
	}
	return s.show(w, http.StatusOK, p)
}

func (v *visit) delivery(r *http.Request) approvals.DeliveryKey {
	return approvals.DeliveryKey{Marketplace: v.market.ID, ID: r.PathValue("id")}
}

// deliveryResend sends one again, with the same event id.
func (s *Site) deliveryResend(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.did(w, r, v, deliveriesPath, "It is sent again, with the same webhook-id.", s.Webhooks.Resend(r.Context(), v.delivery(r), v.Person.Actor(), unanswered))
}

// unanswered keeps no answer: a page's page.Form has no Idempotency-Key.
func unanswered(approvals.Sent) (*approvals.Answer, error) { return nil, nil }
