package forwardauth_test

import (
	"net/http"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/web/forwardauth"
)

// F13, FW-04, rule 7: one byte of the request that differs from what was
// approved is a claim of another payload: refused, recorded, and the action is
// held with a case.
func TestRule7_AnotherRequest(t *testing.T) {
	t.Parallel()
	for name, other := range map[string][]string{
		"method":       {"X-Forwarded-Method", "PUT"},
		"path":         {"X-Forwarded-Uri", "/bank2?tab=1"},
		"query":        {"X-Forwarded-Uri", "/bank?tab=2"},
		"no query":     {"X-Forwarded-Uri", "/bank"},
		"content type": {"Content-Type", "text/plain"},
		"no type":      {"Content-Type", ""},
		"body":         {"Content-Digest", approvals.ContentDigest([]byte(boundBody + " "))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := openSQLite(t)
			a := d.in(approvals.Approved)
			if got := d.ask(of(a).with(other...)); got.status != 403 {
				t.Fatalf("%d, want 403", got.status)
			}
			if now := d.Read(t, a); now.State != approvals.Held || now.Hold != approvals.HoldMismatch {
				t.Errorf("is %s %s", now.State, now.Hold)
			}
			if open, err := d.Parts.Cases.OpenCase(t.Context(), a.SellerKey()); err != nil || open.Reason != approvals.CaseMismatch {
				t.Errorf("case %+v, %v", open, err)
			}
			events, err := d.Service.Reader.Timeline(t.Context(), a.Key())
			if err != nil || events[len(events)-1].Data["refused"] != "payload_mismatch" {
				t.Errorf("%+v, %v", events[len(events)-1], err)
			}
			if got := d.ask(of(a)); got.status != 403 {
				t.Errorf("the right request afterwards: %d", got.status)
			}
		})
	}
}

// An action that approves no request is for the API; a check neither passes it
// nor holds it.
func TestUnbound(t *testing.T) {
	t.Parallel()
	d := openSQLite(t)
	a := d.DriveOn(t, d.Create(t), approvals.Approved)
	if got := d.ask(of(a)); got.status != 403 || d.state(a) != approvals.Approved {
		t.Errorf("%d, %s", got.status, d.state(a))
	}
}

// What the gateway itself sends upstream is released to nobody else.
func TestPushed(t *testing.T) {
	t.Parallel()
	d := openSQLite(t)
	r := d.bound()
	r.Push = &approvals.Push{Route: "bank", Body: []byte(boundBody)}
	a := d.DriveOn(t, d.create(r), approvals.Approved)
	if got := d.ask(of(a)); got.status != 403 || d.state(a) != approvals.Approved {
		t.Errorf("%d, %s", got.status, d.state(a))
	}
}

// A check that cannot be understood in one way is refused before anything is
// looked at: the action stays as it is, and so do its neighbours.
func TestMalformed(t *testing.T) {
	t.Parallel()
	d := openSQLite(t)
	a := d.in(approvals.Approved)
	good := of(a)
	for name, c := range map[string]check{
		"F10: nothing told":             {"Countersign-Action": string(a.ID), "Content-Digest": good["Content-Digest"]},
		"F10: no method":                good.with("X-Forwarded-Method", ""),
		"F10: no path":                  good.with("X-Forwarded-Uri", ""),
		"F12: no digest":                good.with("Content-Digest", ""),
		"two methods":                   good.with("X-Original-Method", "GET"),
		"two paths":                     good.with("X-Original-Uri", "/bank"),
		"another way to tell a path":    good.with("X-Original-Url", "/public"),
		"X-Rewrite-URL":                 good.with("X-Rewrite-Url", boundTarget),
		"F7: method override":           good.with("X-Http-Method-Override", "GET"),
		"G14: lower case":               good.with("X-Forwarded-Method", "post"),
		"a method that changes nothing": good.with("X-Forwarded-Method", "GET"),
		"TRACE":                         good.with("X-Forwarded-Method", "TRACE"),
		"G1":                            good.with("X-Forwarded-Uri", "/x/../bank?tab=1"),
		"G2":                            good.with("X-Forwarded-Uri", "/%62ank?tab=1"),
		"G3":                            good.with("X-Forwarded-Uri", "//bank?tab=1"),
		"G5":                            good.with("X-Forwarded-Uri", "/a/..;/bank"),
		"G10":                           good.with("X-Forwarded-Uri", "/bank%00"),
		"F6: absolute form":             good.with("X-Forwarded-Uri", "http://market.example/bank?tab=1"),
		"id too long":                   good.with("Countersign-Action", strings.Repeat("a", 65)),
		"id that is none":               good.with("Countersign-Action", "'; DROP TABLE actions"),
		"key too long":                  good.with("Idempotency-Key", strings.Repeat("a", 258)),
		"EX-03: a part of the body":     good.with("X-Envoy-Auth-Partial-Body", "true"),
		"SHA-512 only":                  good.with("Content-Digest", "sha-512=:"+strings.Repeat("A", 86)+"==:"),
		"digest without colons":         good.with("Content-Digest", "sha-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg="),
	} {
		if got := d.ask(c); got.status != 403 {
			t.Errorf("%s: %d, want 403", name, got.status)
		}
	}
	for name, url := range map[string]string{"another path": "/", "below": forwardauth.CheckPath + "/x", "a dot": "/./check", "health": "/healthz", "prefix": "/envoys/bank"} {
		if got := d.send("GET", d.url+url, good, ""); got.status != 403 {
			t.Errorf("%s: %d, want 403", name, got.status)
		}
	}
	if now := d.state(a); now != approvals.Approved {
		t.Errorf("is %s", now)
	}
	if got := d.ask(good.with("X-Original-Method", "POST", "X-Original-Uri", boundTarget)); got.status != 200 {
		t.Errorf("told twice alike: %d", got.status)
	}
}

// F4: a header that decides stands there once.
func TestDoubledHeaders(t *testing.T) {
	t.Parallel()
	d := openSQLite(t)
	a := d.in(approvals.Approved)
	for name := range of(a).with("Idempotency-Key", "k") {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.url+forwardauth.CheckPath, nil)
		if err != nil {
			t.Fatal(err)
		}
		for n, v := range of(a).with("Idempotency-Key", "k") {
			req.Header.Set(n, v)
		}
		req.Header.Add(name, req.Header.Get(name))
		if got := d.do(req); got.status != 403 {
			t.Errorf("%s twice: %d, want 403", name, got.status)
		}
	}
}

// HS-02: a body that comes along is compared with its digests, all of them.
func TestBodySentAlong(t *testing.T) {
	t.Parallel()
	d := openSQLite(t)
	a := d.in(approvals.Approved)
	long := "sha-512=:" + strings.Repeat("A", 86) + "==:"
	for name, body := range map[string]string{"another": boundBody + " ", "a part": boundBody[:5]} {
		if got := d.send("POST", d.url+forwardauth.CheckPath, of(a), body); got.status != 403 {
			t.Errorf("%s: %d, want 403", name, got.status)
		}
	}
	tooLong := strings.Repeat("x", 64<<10+1)
	if got := d.send("POST", d.url+forwardauth.CheckPath, of(a).with("Content-Digest", approvals.ContentDigest([]byte(tooLong))), tooLong); got.status != 403 {
		t.Errorf("too long: %d, want 403", got.status)
	}
	both := of(a)["Content-Digest"] + ", " + long
	if got := d.send("POST", d.url+forwardauth.CheckPath, of(a).with("Content-Digest", both), boundBody); got.status != 403 {
		t.Errorf("a second digest that is wrong: %d, want 403", got.status)
	}
	if now := d.state(a); now != approvals.Approved {
		t.Fatalf("is %s", now)
	}
	if got := d.send("POST", d.url+forwardauth.CheckPath, of(a), boundBody); got.status != 200 {
		t.Errorf("the right one: %d", got.status)
	}
}

// EX-02, EX-03: Envoy asks with the original method under the original path.
func TestEnvoy(t *testing.T) {
	t.Parallel()
	d := openSQLite(t)
	a := d.in(approvals.Approved)
	c := of(a).with("X-Forwarded-Method", "", "X-Forwarded-Uri", "")
	for name, try := range map[string]struct {
		path  string
		check check
	}{
		"told besides by a header": {"/envoy" + boundTarget, of(a)},
		"a part of the body":       {"/envoy" + boundTarget, c.with("X-Envoy-Auth-Partial-Body", "true")},
		"ambiguous":                {"/envoy//bank?tab=1", c},
	} {
		if got := d.send("POST", d.url+try.path, try.check, ""); got.status != 403 {
			t.Errorf("%s: %d, want 403", name, got.status)
		}
	}
	if got := d.send("POST", d.url+"/envoy"+boundTarget, c.with("X-Envoy-Auth-Partial-Body", "false"), boundBody); got.status != 200 || d.state(a) != approvals.Releasing {
		t.Errorf("%d, %s", got.status, d.state(a))
	}
}

// A request without a body and without a type can be approved too.
func TestNoBody(t *testing.T) {
	t.Parallel()
	d := openSQLite(t)
	r := d.bound()
	r.Details = bind(t, approvals.BoundRequest{Method: "DELETE", Target: "/bank/", ContentDigest: approvals.ContentDigest(nil)})
	a := d.DriveOn(t, d.create(r), approvals.Approved)
	c := check{
		"Countersign-Action": string(a.ID), "Content-Digest": approvals.ContentDigest(nil),
		"X-Original-Method": "DELETE", "X-Original-Uri": "/bank/",
	}
	if got := d.ask(c); got.status != 200 {
		t.Errorf("%d, want 200", got.status)
	}
}
