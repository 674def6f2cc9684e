package forwardauth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"countersign/approvals"
	"countersign/web/peer"
	"countersign/web/problem"
)

// Signer makes release tokens; the same claims give the same token.
type Signer interface {
	SignRelease(c approvals.ReleaseClaims) (string, error)
}

// Gate tells whether releases are halted, and the clock's high-water mark.
type Gate interface {
	Gate(ctx context.Context) (approvals.Gate, error)
}

// Config is what the handler stands on. Every field but Limit and Patience is needed.
type Config struct {
	Service  *approvals.Service
	Answers  approvals.Answers
	Releases Signer
	Gate     Gate
	// Marketplace is whose actions may be named.
	Marketplace approvals.MarketplaceID
	// Trusted are the proxies that may ask.
	Trusted peer.List
	// PublicURL is where sellers reach the gateway, without a slash at its end;
	// it is also the issuer of release tokens.
	PublicURL string
	// Limit refuses a claim of an action that is asked about too often, by the
	// address of the proxy that asks, before anything is kept of it; nil: none is.
	Limit func(ctx context.Context, action approvals.ActionID, proxy string) error
	// Patience is how long one check may take before it is 403; zero is CheckTime.
	Patience time.Duration
	Log      *slog.Logger
	Now      func() time.Time
}

type handler struct {
	Config
	refused refusals
}

// New returns the handler of the listener that proxies ask.
func New(c Config) (http.Handler, error) {
	if c.Service == nil || c.Answers == nil || c.Releases == nil || c.Gate == nil || c.Log == nil || c.Now == nil {
		return nil, errors.New("forwardauth: a part is missing")
	}
	if c.Marketplace == "" || len(c.Trusted) == 0 || c.PublicURL == "" {
		return nil, errors.New("forwardauth: the marketplace, the trusted proxies or the public URL is missing")
	}
	c.Patience = cmp.Or(c.Patience, CheckTime)
	return &handler{Config: c}, nil
}

// CheckTime is how long one answer may take: a proxy has a client waiting.
const CheckTime = 5 * time.Second

// Headers of an answer, beside WWW-Authenticate.
const (
	// ReleaseHeader carries the release token, with 200.
	ReleaseHeader = "Countersign-Release"
	// ActionHeader names the action, in the request and with 200.
	ActionHeader = "Countersign-Action"
	// LocationHeader is where the seller goes on, with 401, if the action waits
	// for the seller.
	LocationHeader = "Countersign-Location"
)

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t := problem.TraceOf(r.Context())
	t.Route, t.Marketplace = "forward-auth", string(h.Marketplace)
	v, err := h.decide(r)
	t.Code = v.why
	if err != nil {
		v = verdict{status: http.StatusForbidden}
		note(t, err)
	}
	v.write(w)
}

// decide is check within its time. A panic is an error like any other; what was
// panicked with may hold a request's data, so only its type is told.
func (h *handler) decide(r *http.Request) (v verdict, err error) {
	defer func() {
		if p := recover(); p != nil {
			h.Log.ErrorContext(r.Context(), "panic", "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			err = errPanic
		}
	}()
	ctx, cancel := context.WithTimeout(r.Context(), h.Patience)
	defer cancel()
	return h.check(ctx, r)
}

var errPanic = errors.New("a check panicked")

// note tells the log why the answer is no. The client is not told: who may not
// pass learns nothing of the action.
func note(t *problem.Trace, err error) {
	if e, ok := errors.AsType[*approvals.Error](err); ok {
		t.Code = e.Code
		return
	}
	t.Code, t.Cause = approvals.CodeUnavailable, err
}

// verdict is one answer.
type verdict struct {
	status   int
	action   approvals.ActionID // with 200
	token    string             // with 200
	why      approvals.Code     // with 401, for the log
	location string             // with 401, if there is one
}

// waits is 401: the seller, or somebody for the seller, has to do something first.
func waits(why approvals.Code, location string) verdict {
	return verdict{status: http.StatusUnauthorized, why: why, location: location}
}

func (v verdict) write(w http.ResponseWriter) {
	head := w.Header()
	head.Set("Cache-Control", "no-store")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Content-Length", "0")
	switch v.status {
	case http.StatusOK:
		head.Set(ActionHeader, string(v.action))
		head.Set(ReleaseHeader, v.token)
	case http.StatusUnauthorized:
		head.Set("WWW-Authenticate", problem.StepUp)
		if v.location != "" {
			head.Set(LocationHeader, v.location)
		}
	}
	w.WriteHeader(v.status)
}
