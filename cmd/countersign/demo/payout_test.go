package demo

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"countersign/client"
)

// A kind of the shop's own is claimed with the very details it was asked for with,
// paid out once, and leaves alone where the seller is paid.
func TestPayout_paidOutOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	if v := s.get("/payout"); v.StatusCode != http.StatusSeeOther {
		t.Errorf("not signed in: %d", v.StatusCode)
	}
	s.signIn()
	if v := s.post("/payout", "amount", "250.01"); v.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(v.text, "Choose one of the sums.") {
		t.Errorf("another sum: %d", v.StatusCode)
	}
	v := s.post("/payout", "amount", "250.00")
	id, ok := strings.CutPrefix(v.Header.Get("Location"), s.gateway.URL+"/h/")
	if v.StatusCode != http.StatusSeeOther || !ok {
		t.Fatalf("payout: %d %s %s", v.StatusCode, v.Header.Get("Location"), v.text)
	}
	if v := s.post("/payout", "amount", "100.00"); v.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(v.text, "Another payout is open.") {
		t.Errorf("a second: %d", v.StatusCode)
	}
	if got := textOf(byID(s.get("/payout").doc, "change")); !strings.Contains(got, "Instant payout, BD-a1 Waiting for your approval. Nothing is paid out yet. EUR 250.00 Paid into IT60") {
		t.Errorf("asked: %s", got)
	}
	s.gateway.become(id, client.Approved)
	for range 2 {
		if code := s.hook("action.approved", id, nil); code != http.StatusNoContent {
			t.Fatalf("webhook: %d", code)
		}
	}
	s.unchanged()
	s.gateway.set(func() {
		a := s.gateway.actions[id]
		if a.request.Kind != "payout.instant" || s.gateway.claims != 1 || !slices.Equal(s.gateway.results, []string{"executed BOTTEGA-BD-a1"}) {
			t.Errorf("%s: %d claims, results %q", a.request.Kind, s.gateway.claims, s.gateway.results)
		}
	})
	if got := textOf(byID(s.get("/payout").doc, "change")); !strings.Contains(got, "Paid out.") {
		t.Errorf("paid out: %s", got)
	}
}
