package proxy_test

import (
	"net/http"
	"testing"

	"countersign/approvals"
	"countersign/web/problem"
	"countersign/web/proxy"
)

// A guarded request that is one too many is refused before anything is kept of
// it, an event included; one that is not guarded is not asked about.
func TestLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var asked []approvals.SellerKey
	limit := func(c *proxy.Config) {
		c.Approvals, c.Marketplace, c.Now = w.Service, w.Marketplace, w.Clock.Now
		c.Limit = func(_ *http.Request, s approvals.SellerKey) error {
			if asked = append(asked, s); len(asked) == 1 {
				return nil
			}
			return approvals.Refuse(problem.RateLimited).With("retry_at", approvals.FormatTime(w.Clock.Now()))
		}
	}
	r := routes(w.upstream.url(), localhost)
	for i := range r.Sensitive {
		r.Sensitive[i].ReturnURL = w.Marketplace.ReturnURLs[0]
	}
	_, w.address = serve(t, r, limit)
	w.sealed(bankChange("S-1"))
	before := countEvents(t, w)
	for range 3 {
		if a := w.send(bankChange("S-1")); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" || a.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %v %s", a.status, a.header, a.body)
		}
	}
	if n := countEvents(t, w); n != before {
		t.Errorf("%d events for requests that were too many", n-before)
	}
	if len(asked) != 4 || asked[0] != (approvals.SellerKey{Marketplace: w.Marketplace.ID, Seller: "S-1"}) {
		t.Errorf("asked about %v", asked)
	}
	if a := w.send(sent{method: "GET", target: "/orders"}); a.status != http.StatusOK || len(asked) != 4 {
		t.Errorf("not guarded: %d, asked %d times", a.status, len(asked))
	}
}

func countEvents(t *testing.T, w *world) (n int) {
	t.Helper()
	if err := w.DB.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM events").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
