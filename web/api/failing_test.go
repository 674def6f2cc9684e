package api_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	"countersign/web/api"
)

// failing is a database that answers nothing but err. It stands for what no
// real one can be made to do at will.
type failing struct {
	err error
	// known are the kept answers, where looking them up works.
	known map[string]approvals.Answer
}

func (f *failing) Create(context.Context, approvals.Look, func(approvals.Seller, *approvals.Action, approvals.Signals) (approvals.Creation, error)) (approvals.Action, error) {
	return approvals.Action{}, f.err
}

func (f *failing) Judge(context.Context, approvals.ActionKey, func(approvals.Action) approvals.Look, func(approvals.Action, approvals.Seller, approvals.Signals) (approvals.Change, error)) (approvals.Action, error) {
	return approvals.Action{}, f.err
}

func (f *failing) Update(context.Context, approvals.ActionKey, func(approvals.Action, approvals.Seller) (approvals.Change, error)) (approvals.Action, error) {
	return approvals.Action{}, f.err
}

func (f *failing) Release(context.Context, approvals.ActionKey, ...func(approvals.Action, approvals.Seller, approvals.Gate) (approvals.Change, error)) (approvals.Action, error) {
	return approvals.Action{}, f.err
}

func (f *failing) UpdateSeller(context.Context, approvals.SellerKey, func(approvals.Seller, []approvals.Action) (approvals.SellerChange, error)) (approvals.Seller, error) {
	return approvals.Seller{}, f.err
}

func (f *failing) AddSellerHandoff(context.Context, approvals.SellerHandoff, audit.Event, *approvals.Answer) error {
	return f.err
}

func (f *failing) SellerHandoff(context.Context, [32]byte) (approvals.SellerHandoff, error) {
	return approvals.SellerHandoff{}, f.err
}

func (f *failing) SpendSellerHandoff(context.Context, [32]byte, time.Time) error { return f.err }

func (f *failing) Refuse(context.Context, audit.Event, string) error { return f.err }

func (f *failing) Action(context.Context, approvals.ActionKey) (approvals.Action, error) {
	return approvals.Action{}, f.err
}

func (f *failing) ActionByReference(context.Context, approvals.SellerKey, string) (approvals.Action, error) {
	return approvals.Action{}, f.err
}
func (f *failing) Actions(context.Context, approvals.Query) ([]approvals.Action, error) {
	return nil, f.err
}

func (f *failing) Record(context.Context, approvals.ActionKey) (approvals.Record, error) {
	return approvals.Record{}, f.err
}

func (f *failing) Timeline(context.Context, approvals.ActionKey) ([]audit.Event, error) {
	return nil, f.err
}

func (f *failing) Seller(context.Context, approvals.SellerKey) (approvals.Seller, error) {
	return approvals.Seller{}, f.err
}

func (f *failing) Link(context.Context, approvals.Purpose, [32]byte) (approvals.ActionKey, approvals.Link, error) {
	return approvals.ActionKey{}, approvals.Link{}, f.err
}

func (f *failing) Answer(_ context.Context, _ approvals.MarketplaceID, key string) (approvals.Answer, error) {
	if f.known == nil {
		return approvals.Answer{}, f.err
	}
	if a, ok := f.known[key]; ok {
		return a, nil
	}
	return approvals.Answer{}, approvals.Refuse(approvals.CodeNotFound)
}

func (f *failing) SaveAnswer(context.Context, approvals.Answer) error { return f.err }

func (f *failing) Advance(context.Context, time.Duration) (time.Time, error) {
	return time.Time{}, f.err
}

func (f *failing) SignRelease(approvals.ReleaseClaims) (string, error) { return "", f.err }
func (f *failing) JWKS() ([]byte, error)                               { return nil, f.err }

func failingFront(t *testing.T, f *failing, r registry) *front {
	t.Helper()
	return newFront(t, api.Config{
		Service: &approvals.Service{Store: f, Reader: f, Handoffs: f, Policy: approvalstest.DefaultWaits, NewID: func() string { return anID }, Now: fixedNow, FingerprintKey: make([]byte, 32)},
		Reader:  f, Records: f, Registry: r, Answers: f, Releases: f, Clock: f, Test: true, Now: fixedNow,
	})
}

const anID = "01970000-0000-7000-8000-000000000001"

// everyCall is one well-formed request to each call that needs the database.
func everyCall(id string) []request {
	return []request{
		{method: "POST", path: "/v1/actions", body: createBody, key: "k1"},
		{method: "GET", path: "/v1/actions"},
		{method: "GET", path: "/v1/actions/" + id},
		{method: "GET", path: "/v1/actions/" + id + "/evidence"},
		{method: "POST", path: "/v1/actions/" + id + "/handoff", body: "{}", key: "k2"},
		{method: "POST", path: "/v1/actions/" + id + "/cancel", body: `{"reason":"marketplace"}`, key: "k3"},
		{method: "POST", path: "/v1/actions/" + id + "/claim", body: `{"details":` + detailsBody + `}`, key: "k4"},
		{method: "POST", path: "/v1/actions/" + id + "/result", body: `{"outcome":"executed"}`, key: "k5"},
		{method: "GET", path: "/v1/sellers/S-2201"},
		{method: "POST", path: "/v1/sellers/S-2201/handoff", body: `{"purpose":"security"}`, key: "k8"},
		{method: "POST", path: "/v1/sellers/S-2201/lock", body: `{"reason":"called us"}`, key: "k6"},
		{method: "POST", path: "/v1/sellers/S-2201/cases", body: `{"reason":"called us"}`, key: "k8"},
		{method: "POST", path: "/v1/test/clock/advance", body: `{"by":"1h"}`, key: "k7"},
	}
}

const (
	detailsBody = `{"from":{"iban":"IT60X0542811101000000123456","holder":"Giulia Ferri"},"to":{"iban":"NL91ABNA0417164300","holder":"Giulia Ferri"}}`
	createBody  = `{"kind":"payout_account.change","seller":{"id":"S-2201","email":"giulia@ferri.example"},"details":` + detailsBody +
		`,"context":{},"return_url":"` + returnURL + `"}`
)

// Rule 17, AS-42: a database that cannot be asked is 503 and says when to come
// back; one that says anything else is an internal error that tells nothing.
func TestFailingStore(t *testing.T) {
	t.Parallel()
	secret := errors.New("pq: (giulia@ferri.example) NL91ABNA0417164300")
	for _, c := range []struct {
		name   string
		err    error
		status int
		code   string
	}{
		{"unavailable", fmt.Errorf("begin: %w", approvals.Refuse(approvals.CodeUnavailable)), 503, "unavailable"},
		{"out of time", fmt.Errorf("begin: %w", context.DeadlineExceeded), 503, "unavailable"},
		{"broken assertion", fmt.Errorf("claim: %w", approvals.ErrBroken), 503, "releases_halted"},
		{"anything else", secret, 500, "internal_error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, f := range []*front{
				failingFront(t, &failing{err: c.err}, registry{}),
				failingFront(t, &failing{err: c.err, known: map[string]approvals.Answer{}}, registry{}),
				failingFront(t, &failing{err: c.err}, registry{err: c.err}),
			} {
				for _, r := range everyCall(anID) {
					a := f.send(r)
					if a.status != c.status || a.code() != c.code {
						t.Errorf("%s %s: %d %s", r.method, r.path, a.status, a.body)
					}
					if (a.header.Get("Retry-After") != "") != (c.status == 503) {
						t.Errorf("%s %s: Retry-After %q", r.method, r.path, a.header.Get("Retry-After"))
					}
					if strings.Contains(string(a.body), "giulia") {
						t.Errorf("%s %s tells of the inside: %s", r.method, r.path, a.body)
					}
				}
			}
		})
	}
}

// M3, IK-02: the other call has won but its answer cannot be seen yet.
func TestDuplicate_stillRunning(t *testing.T) {
	t.Parallel()
	f := failingFront(t, &failing{err: approvals.ErrDuplicateAnswer, known: map[string]approvals.Answer{}}, registry{})
	for _, r := range everyCall(anID) {
		if r.method == "GET" || strings.HasSuffix(r.path, "/advance") {
			continue
		}
		a := f.raw(r)
		if a.status != 409 || a.code() != "request_in_progress" || a.header.Get("Retry-After") != "1" {
			t.Errorf("%s: %d %s", r.path, a.status, a.body)
		}
	}
}

// A live gateway has no clock to move, and takes no test key (K7).
func TestLive(t *testing.T) {
	t.Parallel()
	f := &failing{err: errors.New("never asked"), known: map[string]approvals.Answer{}}
	live := newFront(t, api.Config{Service: &approvals.Service{}, Reader: f, Records: f, Registry: registry{}, Answers: f, Releases: f, Now: fixedNow})
	for _, r := range everyCall(anID) {
		if a := live.raw(r); a.status != 401 {
			t.Errorf("%s %s with a test key: %d", r.method, r.path, a.status)
		}
	}
}

func TestNew_parts(t *testing.T) {
	t.Parallel()
	f := &failing{}
	good := api.Config{Service: &approvals.Service{}, Reader: f, Records: f, Registry: registry{}, Answers: f, Releases: f, PublicURL: publicURL, Now: fixedNow}
	if _, err := api.New(good); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*api.Config){
		"nothing":                func(c *api.Config) { *c = api.Config{} },
		"no address":             func(c *api.Config) { c.PublicURL = "" },
		"a clock on a live one":  func(c *api.Config) { c.Clock = f },
		"no clock on a test one": func(c *api.Config) { c.Test = true },
		"no signer":              func(c *api.Config) { c.Releases = nil },
	} {
		bad := good
		change(&bad)
		if _, err := api.New(bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
