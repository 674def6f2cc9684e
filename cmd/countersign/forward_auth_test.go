package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/client"
)

// askable starts a node again with forward-auth for its marketplace, and
// returns where proxies ask.
func (n *node) askable() string {
	n.t.Helper()
	address := strings.Replace(freeAddress(n.t), "localhost", "127.0.0.1", 1)
	f, err := os.OpenFile(n.config, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		n.t.Fatal(err)
	}
	fmt.Fprintf(f, "forward_auth: {listen: %q, trusted: [127.0.0.1], marketplace: %s}\n", address, n.market())
	if err := f.Close(); err != nil {
		n.t.Fatal(err)
	}
	n.stop()
	n.start()
	return "http://" + address + "/check"
}

// market is the id of the node's only marketplace.
func (n *node) market() (id approvals.MarketplaceID) {
	n.t.Helper()
	err := withDatabase(n.t.Context(), n.config, func(_ Config, db *approvaldb.DB) error {
		all, err := approvaldb.New(db, approvaldb.Config{}).Registry.Marketplaces(n.t.Context())
		if len(all) == 1 {
			id = all[0].ID
		}
		return err
	})
	if err != nil || id == "" {
		n.t.Fatalf("marketplace %q, %v", id, err)
	}
	return id
}

// asked is what a proxy is answered about a request.
func asked(ctx context.Context, url string, r client.BoundRequest, action, key string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	for name, value := range map[string]string{
		"X-Forwarded-Method": r.Method, "X-Forwarded-Uri": r.Target, "Content-Type": r.ContentType, "Content-Digest": r.ContentDigest,
		"Countersign-Action": action, "Idempotency-Key": key,
	} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	return res.StatusCode, res.Header.Get(client.ReleaseHeader), nil
}

// FW-06, TA-13, on two real nodes: a request that both are asked about at once is
// released once, and both hand out the one token.
func TestTwoNodes_ForwardAuth(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	doors := []string{p.a.askable(), p.b.askable()}
	l := p.life()
	request := client.BoundRequest{Method: "POST", Target: "/bank?tab=1", ContentType: "application/json", ContentDigest: client.ContentDigest([]byte(`{"iban":"x"}`))}
	change := l.change()
	details := change.Details.(client.AccountChange)
	details.Request = &request
	change.Details = details
	action := p.approve(l, change)

	if status, _, err := asked(t.Context(), doors[0], request, "", ""); status != 401 || err != nil {
		t.Errorf("no action named: %d, %v", status, err)
	}
	var mu sync.Mutex
	tokens, statuses := map[string]int{}, map[int]int{}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			status, token, err := asked(t.Context(), doors[i%2], request, action.ID, `"change-1"`)
			mu.Lock()
			defer mu.Unlock()
			if statuses[status]++; err != nil {
				t.Error(err)
			}
			tokens[token]++
		})
	}
	all.Wait()
	if len(tokens) != 1 || tokens[""] != 0 || statuses[200] != 20 {
		t.Errorf("%v, %d tokens\n%s", statuses, len(tokens), p.a.log())
	}
	if claims, err := p.a.rows("SELECT count(*) FROM claims"); claims != 1 || err != nil {
		t.Errorf("%d claims, %v", claims, err)
	}
	for _, n := range []*node{p.a, p.b} {
		if !strings.Contains(n.log(), `"route":"forward-auth","status":200`) || strings.Contains(n.log(), "/bank?tab") {
			t.Errorf("the log has no line of the checks, or what was asked:\n%s", n.log())
		}
	}
}

// A gateway that was told of a marketplace that is not there does not start, and
// says what to write.
func TestForwardAuth_NoSuchMarketplace(t *testing.T) {
	t.Parallel()
	n := newNode(t, buildWithCrashpoints(t), "sqlite:"+t.TempDir()+"/db", "localhost:25")
	n.prepare("http://localhost:1")
	f, err := os.OpenFile(n.config, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(f, `forward_auth: {listen: "127.0.0.1:0", trusted: [127.0.0.1], marketplace: nobody}`)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	n.start()
	<-n.ended
	if !strings.Contains(n.log(), "there is no marketplace nobody") {
		t.Errorf("says %s", n.log())
	}
}
