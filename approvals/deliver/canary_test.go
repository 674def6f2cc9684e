package deliver

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
)

// TestWH08_NothingOfTheSellerLeaves: whatever happens to an action, no webhook
// and no event holds an account, a name, an address or a link, and none has
// 20 kB (WH-08).
func TestWH08_NothingOfTheSellerLeaves(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var bodies []string
	types := map[string]bool{}
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		bodies = append(bodies, string(raw)+" "+r.URL.String())
		for name, values := range r.Header {
			if name != "Webhook-Signature" { // it may spell anything
				bodies = append(bodies, name+": "+strings.Join(values, " "))
			}
		}
	}))
	t.Cleanup(srv.Close)
	w := approvalstest.Service(t, approvalstest.OpenSQLite(t), approvalstest.NewClock())
	hooks := &approvals.Webhooks{
		Endpoints: w.Parts.Endpoints, Deliveries: w.Parts.Deliveries, CheckURL: func(string) string { return "" }, NewID: approvalstest.NewID, Now: w.Clock.Now,
	}
	err := hooks.Add(t.Context(), approvals.NewEndpoint{Marketplace: w.Marketplace.ID, URL: srv.URL, By: audit.Actor{Type: audit.Marketplace}})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range approvals.States {
		w.Drive(t, s)
	}
	a := w.Drive(t, approvals.CoolingOff)
	if _, err := w.Service.Lock(t.Context(), a.SellerKey(), approvals.LockMarketplace, "called us from +39 333", audit.Actor{Type: audit.Marketplace}); err != nil {
		t.Fatal(err)
	}
	courier := NewCourier(CourierConfig{Private: true, Now: w.Clock.Now})
	rows, err := w.Parts.Waker.Outgoing(t.Context(), w.Clock.Now(), 10_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Kind == approvals.OutgoingDelivery {
			_ = w.Service.Deliver(t.Context(), courier, r.ID) // the other endpoint is at a name that nobody has
		}
	}
	feed, err := w.Parts.Deliveries.Events(t.Context(), approvals.FeedQuery{Marketplace: w.Marketplace.ID, Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range feed {
		raw, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, string(raw))
		types[e.Type] = true
	}
	if len(types) < len(approvals.States) || len(bodies) < 2*len(feed) {
		t.Fatalf("%d texts of %d types, of %d events", len(bodies), len(types), len(feed))
	}
	for _, b := range bodies {
		if len(b) > 20_000 {
			t.Errorf("%d bytes: %.80s", len(b), b)
		}
		for _, canary := range []string{
			"NL91", "ABNA", "0417164300", "GB33", "BUKB", "20201555555555", "DE89", "Rossi", "Anna", "@", "Mozilla", "192.0.2.7", "example.com", "T-1", "acme.example",
			"+39", "/h/", "whsec", "fingerprint",
		} {
			if strings.Contains(b, canary) {
				t.Errorf("%s is in %.300s", canary, b)
			}
		}
	}
}

// TestWH08_LargestBody: with the longest of everything a body is far from
// 20 kB.
func TestWH08_LargestBody(t *testing.T) {
	t.Parallel()
	body, err := approvals.ThinEvent{
		ID: approvalstest.NewID(), Type: "action.awaiting_confirmation", At: time.Unix(1, 0), Action: approvals.ActionID(approvalstest.NewID()),
		Seller: approvals.SellerID(strings.Repeat("\u20ac", 128)), State: approvals.AwaitingConfirmation, Digest: strings.Repeat("d", 64), Sequence: 1 << 40,
	}.Body()
	if err != nil || len(body) > 2_000 {
		t.Errorf("%d bytes, %v", len(body), err)
	}
}
