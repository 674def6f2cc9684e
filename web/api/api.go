package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"countersign/approvals"
	"countersign/web/problem"
	"countersign/web/rate"
)

// Releases signs release tokens and publishes the keys. The same claims give
// the same token.
type Releases interface {
	SignRelease(c approvals.ReleaseClaims) (string, error)
	JWKS() ([]byte, error)
}

// Clock moves the time of a test gateway forward, makes everything due happen,
// and returns the new time.
type Clock interface {
	Advance(ctx context.Context, by time.Duration) (time.Time, error)
}

// Limits are how often somebody may ask. A nil limiter allows everything.
type Limits struct {
	// Calls counts the calls of each marketplace, those that only stop something
	// excepted.
	Calls *rate.Limiter
	// Failures counts the calls without a good key of each address.
	Failures  *rate.Limiter
	Addresses rate.Addresses
}

// Config is what the API stands on.
type Config struct {
	Service  *approvals.Service
	Reader   approvals.Reader
	Records  approvals.Records
	Registry approvals.Registry
	Answers  approvals.Answers
	Releases Releases
	// Webhooks are the marketplaces' endpoints; without it there are no calls
	// about them.
	Webhooks *approvals.Webhooks
	// Clock is nil on a live gateway.
	Clock Clock
	// Limits says how often somebody may ask; without it everybody may at any time.
	Limits Limits
	// Uses is told of each use of a key; nil: nobody is.
	Uses *approvals.KeyUses
	// PublicURL has no slash at its end; it is also the issuer of release tokens.
	PublicURL string
	// Test says that keys begin with cs_test_ instead of cs_live_. A key of the
	// other mode is refused.
	Test bool
	Now  func() time.Time
}

// API answers the calls of /v1.
type API struct {
	Config
	docs      problem.Documents
	advancing sync.Mutex // one move of the clock at a time
}

// New checks that nothing is missing.
func New(c Config) (*API, error) {
	switch {
	case c.Service == nil || c.Reader == nil || c.Records == nil || c.Registry == nil || c.Answers == nil || c.Releases == nil || c.Now == nil:
		return nil, errors.New("api: a part is missing")
	case c.PublicURL == "":
		return nil, errors.New("api: the public URL is missing")
	case c.Test != (c.Clock != nil):
		return nil, errors.New("api: a test gateway has a clock that can be moved, a live one has none")
	}
	return &API{Config: c, docs: problem.Documents{PublicURL: c.PublicURL, Now: c.Now}}, nil
}

// Refuse answers with the problem document of err.
func (a *API) Refuse(w http.ResponseWriter, r *http.Request, err error) { a.docs.Refuse(w, r, err) }

// Route is one call. Path is a pattern of net/http without its method.
type Route struct {
	Method, Path string
	Handler      http.Handler
}

// Routes returns every call, in the order of DESIGN §6.
func (a *API) Routes() []Route {
	const get, post = http.MethodGet, http.MethodPost
	return slices.Concat([]Route{
		{post, "/v1/actions", a.post(a.actionCreate)},
		{get, "/v1/actions", a.get(a.actionList)},
		{get, "/v1/actions/{id}", a.get(a.actionShow)},
		{post, "/v1/actions/{id}/handoff", a.post(a.actionHandoff)},
		{post, "/v1/actions/{id}/cancel", a.stop(a.actionCancel)},
		{post, "/v1/actions/{id}/claim", a.post(a.actionClaim)},
		{post, "/v1/actions/{id}/result", a.post(a.actionResult)},
		{post, "/v1/destinations/assess", a.post(a.destinationAssess)},
		{get, "/v1/actions/{id}/evidence", a.get(a.actionEvidence)},
		{get, "/v1/sellers/{id}", a.get(a.sellerShow)},
		{post, "/v1/sellers/{id}/handoff", a.post(a.sellerHandoff)},
		{post, "/v1/sellers/{id}/lock", a.stop(a.sellerLock)},
		{post, "/v1/sellers/{id}/cases", a.post(a.sellerCase)},
		{post, "/v1/test/clock/advance", a.post(a.clockAdvance)},
		{get, "/v1/openapi.yaml", http.HandlerFunc(a.openAPI)},
		{get, "/.well-known/jwks.json", a.open(a.jwks)},
		{get, "/problems/{code}", problem.Help(a.Refuse)},
	}, a.webhookRoutes())
}

func (a *API) webhookRoutes() []Route {
	if a.Webhooks == nil {
		return nil
	}
	const get, post = http.MethodGet, http.MethodPost
	return []Route{
		{get, "/v1/events", a.get(a.eventList)},
		{post, "/v1/webhook_endpoints", a.post(a.webhookEndpointCreate)},
		{get, "/v1/webhook_endpoints", a.get(a.webhookEndpointList)},
		{get, "/v1/webhook_endpoints/{id}", a.get(a.webhookEndpointShow)},
		{post, "/v1/webhook_endpoints/{id}/roll", a.post(a.webhookEndpointRoll)},
		{post, "/v1/webhook_endpoints/{id}/disable", a.post(a.webhookEndpointDisable)},
		{post, "/v1/webhook_endpoints/{id}/enable", a.post(a.webhookEndpointEnable)},
		{post, "/v1/webhook_endpoints/{id}/test", a.post(a.webhookEndpointTest)},
		{post, "/v1/webhook_endpoints/{id}/resend", a.post(a.webhookEndpointResend)},
		{get, "/v1/webhook_deliveries", a.get(a.webhookDeliveryList)},
		{post, "/v1/webhook_deliveries/{id}/resend", a.post(a.webhookDeliveryResend)},
	}
}
