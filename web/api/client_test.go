package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/client"
)

// RoundTrip lets package client call the gateway without a network.
func (f *front) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RequestURI, in.Host = r.URL.RequestURI(), r.URL.Host
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, in)
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

// What a marketplace imports understands what the gateway answers.
func TestClient(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	through := client.HTTPClient(&http.Client{Transport: g.front})
	c, err := client.New(publicURL, ourKey, through)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	change := client.AccountChange{
		From: &client.Destination{IBAN: "IT60X0542811101000000123456", Holder: "Giulia Ferri"},
		To:   client.Destination{IBAN: "NL91ABNA0417164300", Holder: "Giulia Ferri"},
	}
	order := client.NewAction{
		Kind: client.PayoutAccountChange, Seller: client.Seller{ID: "S/2201", Email: "giulia@ferri.example", Locale: "it"},
		Details: change, Context: client.Context{IP: "203.0.113.7", SessionStartedAt: g.clock.Now()}, ReturnURL: returnURL,
		Metadata: map[string]string{"ticket": "4711"},
	}
	made, err := c.CreateAction(ctx, order)
	if err != nil || made.Next.Type != "redirect" || !strings.HasPrefix(made.Next.URL, publicURL+"/h/") || made.Reference == "" {
		t.Fatalf("%+v, %v", made, err)
	}
	if _, err := c.CreateAction(ctx, order); !client.HasCode(err, client.CodeActionAlreadyOpen) {
		t.Errorf("a second one: %v", err)
	}
	fresh, err := c.Handoff(ctx, made.ID)
	if err != nil || fresh.URL == made.Next.URL || !fresh.ExpiresAt.Equal(g.clock.Now().Add(approvals.HandoffLife)) {
		t.Errorf("%+v, %v", fresh, err)
	}
	if _, err := c.Claim(ctx, made.ID, change); !client.HasCode(err, client.CodeNotApproved) {
		t.Errorf("an early claim: %v", err)
	}
	g.drive(made.ID, approvals.CoolingOff)
	if now, err := c.AdvanceTestClock(ctx, 24*time.Hour); err != nil || !now.Equal(g.clock.Now()) {
		t.Errorf("%v, %v", now, err)
	}
	g.drive(made.ID, approvals.Approved)
	shown, err := c.Action(ctx, made.ID)
	if err != nil || shown.State != client.Approved || shown.Next.Type != "claim" || len(shown.Proofs) != 2 || len(shown.Timeline) == 0 || shown.ClaimBy.IsZero() {
		t.Errorf("%+v, %v", shown, err)
	}
	claimed, err := c.Claim(ctx, made.ID, change)
	if err != nil {
		t.Fatal(err)
	}
	releases, err := client.NewReleaseVerifier(publicURL, "market", through)
	if err != nil {
		t.Fatal(err)
	}
	releases.Now = g.clock.Now
	release, err := releases.Verify(ctx, claimed.ReleaseToken, client.Expect{
		Action: made.ID, Kind: client.PayoutAccountChange, Seller: "S/2201", Digest: made.Digest,
	})
	if err != nil || release.ReleaseID == "" {
		t.Errorf("%+v, %v", release, err)
	}
	done, err := c.Report(ctx, made.ID, client.Executed("r-1"))
	if err != nil || done.State != client.ExecutedState {
		t.Errorf("%+v, %v", done, err)
	}
	page, err := c.Actions(ctx, client.ActionQuery{Seller: "S/2201", State: client.ExecutedState, Kind: client.PayoutAccountChange})
	if err != nil || len(page.Data) != 1 || page.NextCursor != "" {
		t.Errorf("%+v, %v", page, err)
	}
	if own, err := c.SellerHandoff(ctx, "S/2201", client.ForHistory); err != nil || !strings.HasPrefix(own.URL, publicURL+"/h/seller/") {
		t.Errorf("%+v, %v", own, err)
	}
	if _, err := c.SellerHandoff(ctx, "S/nobody", client.ForHistory); !client.HasCode(err, client.CodeNotFound) {
		t.Errorf("a stranger: %v", err)
	}
	seller, err := c.LockSeller(ctx, "S/2201", "the seller called")
	if err != nil || !seller.Locked {
		t.Errorf("%+v, %v", seller, err)
	}
	if seller, err = c.Seller(ctx, "S/2201"); err != nil || !seller.Locked || seller.Email != "giulia@ferri.example" {
		t.Errorf("%+v, %v", seller, err)
	}
}
