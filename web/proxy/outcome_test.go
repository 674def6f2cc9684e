package proxy_test

import (
	"sync"
	"testing"

	"countersign/web/problem"
	"countersign/web/proxy"
)

// Every request is counted once, by who answered it.
func TestOutcome_CountedOnce(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var counted []proxy.Outcome
	w := newWorldWith(t, nil, func(c *proxy.Config) {
		c.Count = func(o proxy.Outcome) {
			mu.Lock()
			defer mu.Unlock()
			counted = append(counted, o)
		}
	})
	for _, c := range []struct {
		name string
		send sent
		want proxy.Outcome
	}{
		{"passed", sent{method: "GET", target: "/catalogue"}, proxy.Outcome{Kind: proxy.Passed, Status: 200}},
		{"sealed", bankChange("S-1"), proxy.Outcome{Kind: proxy.Sealed, Route: "bank", Status: 202}},
		{"nobody", bankChange(""), proxy.Outcome{Kind: proxy.Refused, Code: problem.IdentityMissing}},
		{"ambiguous", sent{method: "POST", target: "//bank", seller: "S-1"}, proxy.Outcome{Kind: proxy.Refused, Code: problem.AmbiguousRequest}},
	} {
		mu.Lock()
		counted = nil
		mu.Unlock()
		w.send(c.send)
		mu.Lock()
		if len(counted) != 1 || counted[0] != c.want {
			t.Errorf("%s: counted %+v, want %+v once", c.name, counted, c.want)
		}
		mu.Unlock()
	}
}

// The seller's pages and the marketplace must not share an origin: a script of
// the marketplace's would act on the pages as the seller.
func TestPagesHost_IsNotTheMarketplaces(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, nil, func(c *proxy.Config) { c.PublicURL = "https://Shop.example" })
	for _, target := range []string{"/", "/bank", "/security"} {
		a := w.send(sent{method: "GET", target: target})
		if accepted, _ := w.upstream.got(); a.status != 421 || accepted != 0 {
			t.Errorf("GET %s under the host of the pages: %d %s, %d connections upstream", target, a.status, a.body, accepted)
		}
	}
}
