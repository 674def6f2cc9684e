package forwardauth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	"countersign/web/forwardauth"
	"countersign/web/problem"
)

// FW-01, FW-02, MF-01: what each state is answered. Only an action that can be claimed
// passes: one that is approved, and one whose release the marketplace has
// reported as failed, which is the same release again.
func TestStates(t *testing.T) {
	t.Parallel()
	want := map[approvals.State]int{
		approvals.AwaitingStepUp: 401, approvals.Notifying: 401, approvals.CoolingOff: 401, approvals.AwaitingConfirmation: 401,
		approvals.Approved: 200, approvals.ExecutionFailed: 200,
		approvals.Releasing: 403, approvals.Executed: 403, approvals.Unresolved: 403, approvals.Held: 403,
		approvals.Cancelled: 403, approvals.Denied: 403, approvals.Expired: 403, approvals.Failed: 403,
	}
	pages := map[approvals.State]string{approvals.AwaitingStepUp: "", approvals.AwaitingConfirmation: "/status"}
	for _, state := range approvals.States {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			d := openSQLite(t)
			a := d.in(state)
			got := d.ask(of(a))
			if got.status != want[state] {
				t.Fatalf("%d, want %d", got.status, want[state])
			}
			page, has := pages[state]
			if location := got.header.Get("Countersign-Location"); has && location != publicURL+"/actions/"+a.Reference+page || !has && location != "" {
				t.Errorf("Countersign-Location %q", location)
			}
			after := state
			if want[state] == 200 {
				after = approvals.Releasing
			}
			if now := d.Read(t, a); now.State != after || want[state] == 200 && now.Claims != a.Claims+1 {
				t.Errorf("is %s after %d claims", now.State, now.Claims)
			}
		})
	}
}

// What stops a claim stops a check: every rule is asked again (TA-13).
func TestRules(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(*door, approvals.Action){
		"rule 13: the seller is locked": func(d *door, a approvals.Action) {
			if _, err := d.Service.Lock(d.t.Context(), a.SellerKey(), approvals.LockMarketplace, "", audit.Actor{Type: audit.System}); err != nil {
				d.t.Fatal(err)
			}
		},
		"rule 17: halted": func(d *door, _ approvals.Action) { d.halt() },
		"rule 16: the clock went back": func(d *door, _ approvals.Action) {
			if err := d.Parts.Governor.MarkClock(d.t.Context(), d.Clock.Now()); err != nil {
				d.t.Fatal(err)
			}
			d.Clock.Advance(-time.Minute)
		},
		"rule 16: the node is unsure": func(d *door, _ approvals.Action) {
			d.Service.Sure = func() error { return approvals.Refuse(approvals.CodeClock) }
		},
		"rule 4: the time to claim is over": func(d *door, a approvals.Action) { d.Clock.Set(a.ClaimBy.Add(time.Second)) },
		"the seller travels": func(d *door, a approvals.Action) {
			if err := d.Service.TravelLock(d.t.Context(), a.SellerKey(), d.Clock.Now().Add(48*time.Hour)); err != nil {
				d.t.Fatal(err)
			}
		},
		"no database": func(d *door, _ approvals.Action) {
			if err := d.DB.SQL().Close(); err != nil {
				d.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := openSQLite(t)
			a := d.in(approvals.Approved)
			stop(d, a)
			if got := d.ask(of(a)); got.status != 403 {
				t.Errorf("%d, want 403", got.status)
			}
		})
	}
}

func (d *door) halt() {
	d.t.Helper()
	if err := d.Parts.Governor.Halt(d.t.Context(), approvals.Halt{By: audit.Actor{Type: audit.System}, Reason: "drill", At: d.Clock.Now()}); err != nil {
		d.t.Fatal(err)
	}
}

// Rule 17: while releases are halted a seller is not sent anywhere either.
func TestHalted_Waiting(t *testing.T) {
	t.Parallel()
	d := openSQLite(t)
	a := d.in(approvals.AwaitingStepUp)
	d.halt()
	if got := d.ask(of(a)); got.status != 403 {
		t.Errorf("%d, want 403", got.status)
	}
}

type brokenSigner struct{ panics bool }

func (s brokenSigner) SignRelease(approvals.ReleaseClaims) (string, error) {
	if s.panics {
		panic("no key")
	}
	return "", errors.New("no key")
}

type brokenGate struct{}

func (brokenGate) Gate(context.Context) (approvals.Gate, error) { panic("no gate") }

// FW-03, TA-06: what goes wrong inside is 403, takes no release, and harms no later
// check.
func TestBroken(t *testing.T) {
	t.Parallel()
	for name, breakIt := range map[string]func(*forwardauth.Config){
		"panic":                     func(c *forwardauth.Config) { c.Gate = brokenGate{} },
		"panic in the transaction":  func(c *forwardauth.Config) { c.Releases = brokenSigner{true} },
		"error in the transaction":  func(c *forwardauth.Config) { c.Releases = brokenSigner{} },
		"another marketplace's own": func(c *forwardauth.Config) { c.Marketplace = "other" },
		"untrusted proxy":           func(c *forwardauth.Config) { c.Trusted = trusted(t, "192.0.2.1") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := openSQLite(t)
			d.AddMarketplace(t, "other")
			a := d.in(approvals.Approved)
			broken := d.node(breakIt)
			if got := d.send("GET", broken+forwardauth.CheckPath, of(a), ""); got.status != 403 {
				t.Errorf("%d, want 403", got.status)
			}
			if now := d.state(a); now != approvals.Approved {
				t.Errorf("is %s", now)
			}
			if got := d.ask(of(a)); got.status != 200 {
				t.Errorf("%d afterwards, want 200", got.status)
			}
		})
	}
}

// SU-01, FW-02: the challenge is one Bearer challenge with the error and the age
// of RFC 9470 §3.
func TestChallenge(t *testing.T) {
	t.Parallel()
	d := openSQLite(t)
	none := check{"X-Forwarded-Method": "POST", "X-Forwarded-Uri": boundTarget}
	got := d.ask(none)
	if got.status != 401 || got.header.Get("Countersign-Location") != "" {
		t.Fatalf("%d %v", got.status, got.header)
	}
	scheme, rest, _ := strings.Cut(got.header.Get("WWW-Authenticate"), " ")
	params := map[string]string{}
	for _, p := range strings.Split(rest, ", ") {
		name, value, _ := strings.Cut(p, "=")
		params[name] = value
	}
	if scheme != "Bearer" || params["error"] != `"insufficient_user_authentication"` || params["max_age"] != "0" || len(params) != 3 {
		t.Errorf("%s %v", scheme, params)
	}
}

// Why a question was not answered with yes is in the log, and nothing that the
// client sent.
func TestLogged(t *testing.T) {
	t.Parallel()
	d := openSQLite(t)
	a, b := d.in(approvals.AwaitingStepUp), d.in(approvals.Approved)
	h := d.handler()
	for _, c := range []struct {
		ask  check
		want approvals.Code
	}{
		{of(a).with("Countersign-Action", ""), "no_action"}, {of(a), approvals.CodeNotApproved}, {of(a).with("X-Forwarded-Uri", "//bank"), "ambiguous_request"},
		{of(a).with("Content-Digest", ""), "content_digest"}, {of(a).with("Countersign-Action", "nobody's"), approvals.CodeNotFound},
		{of(b), ""}, {of(b), approvals.CodeAlreadyClaimed},
	} {
		trace := &problem.Trace{}
		r := httptest.NewRequest(http.MethodGet, forwardauth.CheckPath, nil)
		r.RemoteAddr = "127.0.0.1:1"
		for name, value := range c.ask {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		h.ServeHTTP(httptest.NewRecorder(), r.WithContext(problem.WithTrace(r.Context(), trace)))
		if trace.Code != c.want || trace.Route != "forward-auth" || trace.Cause != nil {
			t.Errorf("%v: %+v, want %s", c.ask, trace, c.want)
		}
	}
}

// An action that nobody knows and one of another marketplace are one answer.
func TestForeign(t *testing.T) {
	t.Parallel()
	d := openSQLite(t)
	other, _ := d.AddMarketplace(t, "other")
	r := d.bound()
	r.Marketplace, r.Seller.SellerKey.Marketplace, r.ReturnURL = other, other.ID, other.ReturnURLs[0]
	foreign := d.DriveOn(t, d.create(r), approvals.Approved)
	one, two := d.ask(of(foreign)), d.ask(of(approvals.Action{ID: approvals.ActionID(approvalstest.NewID())}))
	one.header.Del("Date")
	two.header.Del("Date")
	if one.status != 403 || two.status != 403 || len(one.header) != len(two.header) {
		t.Errorf("%v\n%v", one, two)
	}
	if now := d.state(foreign); now != approvals.Approved {
		t.Errorf("is %s", now)
	}
}
