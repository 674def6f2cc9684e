package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/client"
)

// bankApp is a marketplace that knows nothing of the gateway: it keeps what it
// is asked to do.
type bankApp struct {
	*httptest.Server
	mu  sync.Mutex
	got []*http.Request
	raw []string
}

func newBankApp(t *testing.T) *bankApp {
	t.Helper()
	a := &bankApp{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		if r.Method == http.MethodPost {
			a.got, a.raw = append(a.got, r), append(a.raw, string(body))
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"page":"`+r.URL.Path+`"}`)
	}))
	t.Cleanup(a.Close)
	return a
}

func (a *bankApp) posts() ([]*http.Request, []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.got), slices.Clone(a.raw)
}

// behind puts the node in front of an application. It returns where.
func (n *node) behind(upstream string, market madeMarketplace, returnURL string) string {
	n.t.Helper()
	address := strings.Replace(freeAddress(n.t), "localhost", "127.0.0.1", 1)
	raw, err := os.ReadFile(n.config)
	if err != nil {
		n.t.Fatal(err)
	}
	text := fmt.Sprintf(`%sroutes:
  upstream: %s
  listen: %s
  marketplace: %s
  identity: {peer: {trusted: [127.0.0.1], header: X-Seller}}
  sensitive:
    - name: bank
      method: POST
      path: /bank
      seller: identity.id
      email: identity.id + '@sellers.example'
      kind: payout_account.change
      details: "{'to': {'iban': body.iban, 'holder': body.holder}}"
      return_url: %s
`, raw, upstream, address, market.ID, returnURL)
	if err := os.WriteFile(n.config, []byte(text), 0o600); err != nil {
		n.t.Fatal(err)
	}
	return "http://" + address
}

const bankForm = "iban=NL91ABNA0417164300&holder=G.+Ferri"

func postBank(t *testing.T, base string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/bank", strings.NewReader(bankForm))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"}, "X-Seller": {"S-2201"}, "Cookie": {"session=secret"},
		"Accept": {"text/html"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Site": {"same-origin"},
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// An application that changes nothing, behind the real gateway: a seller's form
// waits for two proofs, and is then sent as it was, once, with a token.
func TestProxied_bankChange(t *testing.T) {
	t.Parallel()
	l := newLife(t, buildWithCrashpoints(t), "sqlite:"+filepath.Join(t.TempDir(), "countersign.db"))
	app := newBankApp(t)
	front := l.node.behind(app.URL, l.market, l.receiver.URL+"/back")
	l.node.start()

	page, err := http.Get(front + "/orders?page=2") //nolint:noctx // the test's own server
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close()
	if body, err := io.ReadAll(page.Body); err != nil || string(body) != `{"page":"/orders"}` {
		t.Fatalf("%s, %v", body, err)
	}

	res := postBank(t, front)
	var made struct{ ID, State, Digest string }
	if err := json.NewDecoder(res.Body).Decode(&made); err != nil || res.StatusCode != http.StatusSeeOther || made.State != "awaiting_step_up" {
		t.Fatalf("%d %+v, %v", res.StatusCode, made, err)
	}
	if err := l.seller.Approve(t.Context(), res.Header.Get("Location")); err != nil {
		t.Fatal(err)
	}
	l.action = &client.Action{ID: made.ID}
	l.untilExecuted()
	requests, bodies := app.posts()
	if len(requests) != 1 || bodies[0] != bankForm || requests[0].URL.Path != "/bank" || requests[0].Header["Cookie"] != nil || requests[0].Header["X-Seller"] != nil {
		t.Fatalf("%d requests: %q %v", len(requests), bodies, requests[0].Header)
	}
	l.verifyRelease(requests[0].Header.Get("Countersign-Release"), made.ID, made.Digest)
	if err := l.node.verify(); len(err) > 0 {
		t.Error(err)
	}
}

// untilExecuted plays the seller until the gateway has sent the action itself.
func (l *life) untilExecuted() {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 60*time.Second)
	defer cancel()
	var last error
	for ctx.Err() == nil {
		now, err := l.shop.Action(ctx, l.action.ID)
		switch {
		case err != nil:
			last = err
		case now.State == "executed":
			return
		case now.State != "approved" && now.State != "releasing":
			_, last = l.step(ctx)
		}
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Millisecond):
		}
	}
	l.t.Fatalf("the action did not end; last error: %v\n%s", last, l.node.log())
}

// verifyRelease checks a token as the marketplace does, on the gateway's clock.
func (l *life) verifyRelease(token, action, digest string) {
	l.t.Helper()
	now, err := l.shop.AdvanceTestClock(l.t.Context(), time.Second)
	if err != nil {
		l.t.Fatal(err)
	}
	v, err := client.NewReleaseVerifier(l.node.url, string(l.market.ID))
	if err != nil {
		l.t.Fatal(err)
	}
	v.Now = func() time.Time { return now }
	release, err := v.Verify(l.t.Context(), token, client.Expect{Action: action, Kind: client.PayoutAccountChange, Seller: "S-2201", Digest: digest})
	if err != nil || release.Request == nil || release.Request.Target != "/bank" || len(release.Proofs) != 2 {
		l.t.Fatalf("%+v, %v", release, err)
	}
}

// A gateway that is not there lets nothing through.
func TestProxied_gatewayKilled(t *testing.T) {
	t.Parallel()
	l := newLife(t, buildWithCrashpoints(t), "sqlite:"+filepath.Join(t.TempDir(), "countersign.db"))
	app := newBankApp(t)
	front := l.node.behind(app.URL, l.market, l.receiver.URL+"/back")
	l.node.start()
	if res := postBank(t, front); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.Status)
	}
	if err := l.node.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-l.node.ended
	if res, err := http.Get(front + "/bank"); err == nil { //nolint:noctx // it must fail at once
		_ = res.Body.Close()
		t.Errorf("somebody answered: %s", res.Status)
	}
	if requests, _ := app.posts(); len(requests) > 0 {
		t.Errorf("the application was asked: %v", requests[0].Header)
	}
}
