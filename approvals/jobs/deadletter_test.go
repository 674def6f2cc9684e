package jobs_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	"countersign/approvals/deliver"
	"countersign/approvals/jobs"
)

// movable is a test gateway's clock over one that stands still.
type movable struct{ *approvalstest.Clock }

func (c movable) Machine() time.Time    { return approvalstest.NewClock().Now() }
func (c movable) Raise(d time.Duration) { c.Set(c.Machine().Add(d)) }

// silent is a mail server that takes everything.
type silent struct{}

func (silent) Send(context.Context, approvals.OutMail) (approvals.Verdict, string, error) {
	return approvals.VerdictAccepted, "250 OK", nil
}

// TestWH07_DeadLetterAndResend: with nobody at home each of several deliveries
// is tried ten times over about 75 hours and is dead then; one call sends all of
// them again under their old ids, and they arrive.
func TestWH07_DeadLetterAndResend(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		var works atomic.Bool
		seen := map[string]int{} // one attempt at a time
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !works.Load() {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			seen[r.Header.Get("Webhook-Id")]++
		}))
		t.Cleanup(srv.Close)
		w := approvalstest.Service(t, db, approvalstest.NewClock())
		hooks := &approvals.Webhooks{
			Endpoints: w.Parts.Endpoints, Deliveries: w.Parts.Deliveries, CheckURL: func(string) string { return "" }, NewID: approvalstest.NewID, Now: w.Clock.Now,
		}
		x := &working{w: w}
		x.marketplace(t, "shop", srv.URL)
		for i := range 3 {
			x.create(t, "shop", i)
		}
		log := slog.New(slog.DiscardHandler)
		advancer := &jobs.Advancer{
			Sweeper: &jobs.Sweeper{Service: w.Service, Waker: w.Parts.Waker, Log: log}, Mailer: silent{}, Governor: w.Parts.Governor, Clock: movable{w.Clock},
			Courier: deliver.NewCourier(deliver.CourierConfig{Private: true, Now: w.Clock.Now}),
		}
		if _, err := advancer.Advance(t.Context(), 76*time.Hour); err != nil {
			t.Fatal(err)
		}
		list := func() []approvals.Sent {
			t.Helper()
			all, err := w.Parts.Deliveries.Deliveries(t.Context(), approvals.DeliveryQuery{Marketplace: "shop", Limit: 100})
			if err != nil {
				t.Fatal(err)
			}
			var first []approvals.Sent // what happens to the actions later is not asked about
			for _, s := range all {
				if s.Event.Type == "action.awaiting_step_up" {
					first = append(first, s)
				}
			}
			return first
		}
		for _, s := range list() {
			span := s.Attempts[len(s.Attempts)-1].At.Sub(s.Attempts[0].At)
			t.Logf("%d attempts over %v, %s", len(s.Attempts), span, s.State)
		}
		if _, err := advancer.Advance(t.Context(), 10*time.Hour); err != nil {
			t.Fatal(err)
		}
		for _, s := range list() {
			if s.State != approvals.DeliveryDead || len(s.Attempts) != 10 {
				t.Errorf("%s after %d attempts", s.State, len(s.Attempts))
			}
		}
		works.Store(true)
		e := list()[0].Endpoint
		n, err := hooks.ResendRange(t.Context(), approvals.ResendRange{
			Endpoint: approvals.EndpointID{Marketplace: "shop", ID: e}, From: time.Unix(0, 0), To: w.Clock.Now(),
		}, audit.Actor{Type: audit.Marketplace})
		if err != nil || n < 3 {
			t.Fatalf("%d sent again, %v", n, err)
		}
		if _, err := advancer.Advance(t.Context(), time.Hour); err != nil {
			t.Fatal(err)
		}
		for _, s := range list() {
			if s.State != approvals.DeliveryDelivered || seen[s.Event.ID] != 1 || len(s.Attempts) != 11 {
				t.Errorf("%s, arrived %d times, %d attempts", s.State, seen[s.Event.ID], len(s.Attempts))
			}
		}
	})
}
