package forwardauth_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/web/forwardauth"
	"countersign/web/peer"
)

const publicURL = "https://approve.market.example"

// The request that actions of these tests approve.
const (
	boundBody   = `{"iban":"GB33BUKB20201555555555"}`
	boundTarget = "/bank?tab=1"
	boundType   = "application/json"
)

// door is the listener that proxies ask, over a real database.
type door struct {
	*approvalstest.World
	t       *testing.T
	url     string
	sellers atomic.Int64
}

func open(t *testing.T, db *approvaldb.DB, change ...func(*forwardauth.Config)) *door {
	t.Helper()
	d := &door{World: approvalstest.Service(t, db, approvalstest.NewClock()), t: t}
	d.url = d.node(change...)
	return d
}

func openSQLite(t *testing.T, change ...func(*forwardauth.Config)) *door {
	t.Helper()
	return open(t, approvalstest.OpenSQLite(t), change...)
}

// node serves another listener on the same database.
func (d *door) node(change ...func(*forwardauth.Config)) string {
	d.t.Helper()
	s := httptest.NewServer(d.handler(change...))
	d.t.Cleanup(s.Close)
	return s.URL
}

func (d *door) handler(change ...func(*forwardauth.Config)) http.Handler {
	d.t.Helper()
	cfg := forwardauth.Config{
		Service: d.Service, Answers: d.Parts.Answers, Releases: d.Keys, Gate: d.Parts.Governor,
		Marketplace: d.Marketplace.ID, Trusted: trusted(d.t, "127.0.0.1"), PublicURL: publicURL,
		Patience: time.Minute, // a busy machine is no reason for a 403 here
		Log:      slog.New(slog.DiscardHandler), Now: d.Clock.Now,
	}
	for _, c := range change {
		c(&cfg)
	}
	h, err := forwardauth.New(cfg)
	if err != nil {
		d.t.Fatal(err)
	}
	return h
}

func trusted(t *testing.T, entries ...string) peer.List {
	t.Helper()
	l, err := peer.Parse(entries)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// bound asks for an action that approves one request.
func (d *door) bound() approvals.Request {
	d.t.Helper()
	r := d.Request(d.SellerKey(1000 + d.sellers.Add(1)))
	r.Details = bind(d.t, approvals.BoundRequest{
		Method: "POST", Target: boundTarget, ContentType: boundType, ContentDigest: approvals.ContentDigest([]byte(boundBody)),
	})
	return r
}

func bind(t *testing.T, r approvals.BoundRequest) []byte {
	t.Helper()
	var details map[string]any
	if err := json.Unmarshal([]byte(approvalstest.Details), &details); err != nil {
		t.Fatal(err)
	}
	details["request"] = r
	raw, err := json.Marshal(details)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (d *door) create(r approvals.Request) approvals.Action {
	d.t.Helper()
	a, err := d.Service.Create(d.t.Context(), r)
	if err != nil {
		d.t.Fatal(err)
	}
	return a
}

// in returns a bound action in this state.
func (d *door) in(s approvals.State) approvals.Action {
	d.t.Helper()
	if s == approvals.Denied {
		return d.denied()
	}
	return d.DriveOn(d.t, d.create(d.bound()), s)
}

func (d *door) denied() approvals.Action {
	d.t.Helper()
	service := *d.Service
	service.Policy = deny{}
	a, err := service.Create(d.t.Context(), d.bound())
	if err != nil || a.State != approvals.Denied {
		d.t.Fatalf("%s, %v", a.State, err)
	}
	return a
}

type deny struct{}

func (deny) Decide(f approvals.Facts) approvals.Decision {
	decision := approvalstest.DefaultWaits.Decide(f)
	decision.Outcome = approvals.Deny
	return decision
}

// said is the answer to a check.
type said struct {
	status int
	header http.Header
	body   string
}

func (s said) token() string { return s.header.Get(forwardauth.ReleaseHeader) }

// check is what a proxy asks; an empty value leaves its header out.
type check map[string]string

// of is the check of the request that a approves.
func of(a approvals.Action) check {
	return check{
		"Countersign-Action": string(a.ID), "Content-Digest": approvals.ContentDigest([]byte(boundBody)), "Content-Type": boundType,
		"X-Forwarded-Method": "POST", "X-Forwarded-Uri": boundTarget,
	}
}

// with is c with other headers.
func (c check) with(pairs ...string) check {
	out := maps.Clone(c)
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

func (d *door) ask(c check) said {
	d.t.Helper()
	return d.send(http.MethodGet, d.url+forwardauth.CheckPath, c, "")
}

func (d *door) send(method, url string, c check, body string) said {
	d.t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(d.t.Context(), method, url, content)
	if err != nil {
		d.t.Fatal(err)
	}
	for name, value := range c {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	return d.do(req)
}

// do sends a check and holds the answer against what every answer must be.
func (d *door) do(req *http.Request) said {
	d.t.Helper()
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	s := said{res.StatusCode, res.Header, string(raw)}
	if s.status != 200 && s.status != 401 && s.status != 403 {
		d.t.Errorf("status %d", s.status)
	}
	if s.body != "" || s.header.Get("Cache-Control") != "no-store" {
		d.t.Errorf("body %q, Cache-Control %q", s.body, s.header.Get("Cache-Control"))
	}
	if (s.status == 200) != (s.token() != "") || (s.status == 200) != (s.header.Get("Countersign-Action") != "") {
		d.t.Errorf("%d with token %q for action %q", s.status, s.token(), s.header.Get("Countersign-Action"))
	}
	if (s.status == 401) != (s.header.Get("WWW-Authenticate") != "") || s.status != 401 && s.header.Get("Countersign-Location") != "" {
		d.t.Errorf("%d with %v", s.status, s.header)
	}
	return s
}

// state is the action's, as stored.
func (d *door) state(a approvals.Action) approvals.State {
	d.t.Helper()
	return d.Read(d.t, a).State
}
