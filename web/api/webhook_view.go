package api

import (
	"net/http"

	"countersign/approvals"
)

// endpointView is an endpoint as its marketplace sees it. The secret stands in
// it once: in the answer to the call that made it.
type endpointView struct {
	ID          string            `json:"id"`
	Object      string            `json:"object"`
	URL         string            `json:"url"`
	Events      []string          `json:"events"`
	Secret      string            `json:"secret,omitempty"`
	Keys        []endpointKeyView `json:"keys"`
	CreatedAt   string            `json:"created_at"`
	DisabledAt  string            `json:"disabled_at,omitempty"`
	DisabledWhy string            `json:"disabled_why,omitempty"`
	Failures    int               `json:"failures"`
	PausedUntil string            `json:"paused_until,omitempty"`
}

type endpointKeyView struct {
	PublicKey  string `json:"public_key,omitempty"`
	SignsUntil string `json:"signs_until,omitempty"`
}

func (a *API) viewEndpoint(e approvals.Endpoint) endpointView {
	now := a.Now()
	v := endpointView{
		ID: e.ID, Object: "webhook_endpoint", URL: e.URL, Events: e.Events, Keys: []endpointKeyView{}, CreatedAt: approvals.FormatTime(e.CreatedAt),
		DisabledWhy: e.DisabledWhy, Failures: e.Health.Failures,
	}
	if v.Events == nil {
		v.Events = []string{}
	}
	for _, k := range e.LiveKeys(now) {
		v.Keys = append(v.Keys, endpointKeyView{PublicKey: k.PublicText(), SignsUntil: formatTime(k.Until)})
	}
	v.DisabledAt = formatTime(e.DisabledAt)
	if e.Health.OpensAt.After(now) {
		v.PausedUntil = approvals.FormatTime(e.Health.OpensAt)
	}
	return v
}

// deliveryView is a delivery with each attempt.
type deliveryView struct {
	ID            string              `json:"id"`
	Object        string              `json:"object"`
	Endpoint      string              `json:"endpoint"`
	Event         approvals.ThinEvent `json:"event"`
	State         string              `json:"state"`
	NextAttemptAt string              `json:"next_attempt_at,omitempty"`
	SettledAt     string              `json:"settled_at,omitempty"`
	Attempts      []attemptView       `json:"attempts"`
}

type attemptView struct {
	Number    int    `json:"number"`
	At        string `json:"at"`
	Status    int    `json:"status,omitempty"`
	LatencyMS int64  `json:"latency_ms"`
	Answer    string `json:"answer"`
}

func viewDelivery(s approvals.Sent) deliveryView {
	v := deliveryView{
		ID: s.ID, Object: "webhook_delivery", Endpoint: s.Endpoint, Event: s.Event, State: string(s.State),
		NextAttemptAt: formatTime(s.NextAt), SettledAt: formatTime(s.SettledAt), Attempts: []attemptView{},
	}
	for _, t := range s.Attempts {
		v.Attempts = append(v.Attempts, attemptView{
			Number: t.Number, At: approvals.FormatTime(t.At), Status: t.Status, LatencyMS: t.Latency.Milliseconds(), Answer: t.Answer,
		})
	}
	return v
}

// withEndpoint makes the answer that shows an endpoint.
func (a *API) withEndpoint(c *call) func(approvals.Endpoint) (*approvals.Answer, error) {
	return func(e approvals.Endpoint) (*approvals.Answer, error) {
		return a.make(c, http.StatusOK, "", a.viewEndpoint(e))
	}
}

// withSecret is withEndpoint for a call that made a secret.
func (a *API) withSecret(c *call, status int) func(approvals.Endpoint) (*approvals.Answer, error) {
	return func(e approvals.Endpoint) (*approvals.Answer, error) {
		v := a.viewEndpoint(e)
		v.Secret = e.Keys[0].SecretText()
		return a.make(c, status, "", v)
	}
}

// withDelivery makes the answer that shows a delivery.
func (a *API) withDelivery(c *call) func(approvals.Sent) (*approvals.Answer, error) {
	return func(s approvals.Sent) (*approvals.Answer, error) {
		return a.make(c, http.StatusOK, "", viewDelivery(s))
	}
}
