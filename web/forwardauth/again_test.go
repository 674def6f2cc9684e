package forwardauth_test

import (
	"sync"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	"countersign/web/forwardauth"
)

// FW-06: the same question within 30 seconds gets the same token, from any
// node, and the release is claimed once. Any other question is refused.
func TestAgain(t *testing.T) {
	t.Parallel()
	d := openSQLite(t)
	second := d.node()
	a := d.in(approvals.Approved)
	c := of(a).with("Idempotency-Key", `"k 1"`)
	first := d.ask(c)
	if first.status != 200 || first.header.Get("Countersign-Action") != string(a.ID) {
		t.Fatalf("%d %v", first.status, first.header)
	}
	d.Clock.Advance(forwardauth.Window)
	if got := d.send("GET", second+forwardauth.CheckPath, c, ""); got.status != 200 || got.token() != first.token() {
		t.Errorf("after 30 s on another node: %d, the same token %v", got.status, got.token() == first.token())
	}
	for name, other := range map[string]check{
		"another key":    c.with("Idempotency-Key", `"k 2"`),
		"no key":         c.with("Idempotency-Key", ""),
		"another body":   c.with("Content-Digest", approvals.ContentDigest(nil)),
		"another target": c.with("X-Forwarded-Uri", "/bank"),
		"another method": c.with("X-Forwarded-Method", "PUT"),
		"another type":   c.with("Content-Type", "text/plain"),
	} {
		if got := d.ask(other); got.status != 403 {
			t.Errorf("%s: %d, want 403", name, got.status)
		}
	}
	if got := d.ask(c); got.status != 200 {
		t.Errorf("after the others: %d", got.status)
	}
	d.Clock.Advance(time.Second)
	if got := d.ask(c); got.status != 403 {
		t.Errorf("after 31 s: %d, want 403", got.status)
	}
	if now := d.Read(t, a); now.State != approvals.Releasing || now.Claims != 1 {
		t.Errorf("is %s after %d claims", now.State, now.Claims)
	}
}

// Without an Idempotency-Key two requests cannot be told from one sent twice:
// the second does not pass.
func TestAgain_NoKey(t *testing.T) {
	t.Parallel()
	d := openSQLite(t)
	a := d.in(approvals.Approved)
	if one, two := d.ask(of(a)), d.ask(of(a)); one.status != 200 || two.status != 403 {
		t.Errorf("%d, %d", one.status, two.status)
	}
}

// A release that is out is not let through again once it must not be: the
// seller is locked, releases are halted, or the marketplace has said what came
// of it.
func TestAgain_Stopped(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(*door, approvals.Action) error{
		"locked": func(d *door, a approvals.Action) error {
			_, err := d.Service.Lock(d.t.Context(), a.SellerKey(), approvals.LockMarketplace, "", audit.Actor{Type: audit.System})
			return err
		},
		"halted": func(d *door, _ approvals.Action) error { d.halt(); return nil },
		"executed": func(d *door, a approvals.Action) error {
			_, err := d.Service.Report(d.t.Context(), a.Key(), approvals.Result{Outcome: approvals.ResultExecuted}, nil)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := openSQLite(t)
			a := d.in(approvals.Approved)
			c := of(a).with("Idempotency-Key", "k")
			if got := d.ask(c); got.status != 200 {
				t.Fatal(got.status)
			}
			if err := stop(d, a); err != nil {
				t.Fatal(err)
			}
			if got := d.ask(c); got.status != 403 {
				t.Errorf("%d, want 403", got.status)
			}
		})
	}
}

// A release that the marketplace could not put in place is claimed again, with
// a token of its own for the same release.
func TestAgain_AfterFailure(t *testing.T) {
	t.Parallel()
	d := openSQLite(t)
	a := d.in(approvals.Approved)
	c := of(a).with("Idempotency-Key", "k")
	first := d.ask(c)
	if _, err := d.Service.Report(t.Context(), a.Key(), approvals.Result{Outcome: approvals.ResultFailed}, nil); err != nil {
		t.Fatal(err)
	}
	d.Clock.Advance(time.Second)
	second, third := d.ask(c), d.ask(c)
	if first.status != 200 || second.status != 200 || second.token() == first.token() || third.token() != second.token() {
		t.Errorf("%d, %d, %d", first.status, second.status, third.status)
	}
	if now := d.Read(t, a); now.Claims != 2 {
		t.Errorf("%d claims", now.Claims)
	}
}

// No call of the API can ask for the answer kept here: its key is no
// Idempotency-Key.
func TestAgain_KeyIsNobodys(t *testing.T) {
	t.Parallel()
	d := openSQLite(t)
	a := d.in(approvals.Approved)
	got := d.ask(of(a).with("Idempotency-Key", "k"))
	kept, err := d.Parts.Answers.Answer(t.Context(), a.Marketplace, "forward-auth "+string(a.ID)+" 1")
	if err != nil || string(kept.Body) != got.token() {
		t.Errorf("%+v, %v", kept, err)
	}
}

// TA-13, FW-06: the same check at once on two nodes claims once; with one
// Idempotency-Key all get the one token, without one a single check passes.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		d := open(t, db)
		nodes := []string{d.url, d.node()}
		for key, passed := range map[string]int{"k": 20, "": 1} {
			a := d.in(approvals.Approved)
			c := of(a).with("Idempotency-Key", key)
			var mu sync.Mutex
			tokens, statuses := map[string]int{}, map[int]int{}
			var all sync.WaitGroup
			for i := range 20 {
				all.Go(func() {
					got := d.send("GET", nodes[i%2]+forwardauth.CheckPath, c, "")
					mu.Lock()
					defer mu.Unlock()
					statuses[got.status]++
					if got.status == 200 {
						tokens[got.token()]++
					}
				})
			}
			all.Wait()
			if statuses[200] != passed || statuses[403] != 20-passed || len(tokens) != 1 {
				t.Errorf("key %q: %v, %d tokens", key, statuses, len(tokens))
			}
			if now := d.Read(t, a); now.Claims != 1 || now.State != approvals.Releasing {
				t.Errorf("key %q: %s after %d claims", key, now.State, now.Claims)
			}
		}
	})
}
