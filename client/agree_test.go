package client_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/deliver"
	"countersign/approvals/keyring"
	"countersign/client"
)

// These tests hold both ends of each agreement together: what the gateway
// makes, this package accepts.

var approvedAt = time.Date(2026, 5, 16, 12, 0, 0, 120_000, time.UTC)

func TestDigestAgrees(t *testing.T) {
	t.Parallel()
	details := client.AccountChange{
		From: &client.Destination{IBAN: "IT60X0542811101000000123456", Holder: "Ferri Ceramiche S.r.l. <&>"},
		To:   client.Destination{IBAN: "NL91ABNA0417164300", Holder: "Zoë \u2028 \U0001F600", Country: "NL"},
	}
	raw, err := json.Marshal(details)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := approvals.ComputeDigest(approvals.Action{
		ID: "a1", Kind: approvals.PayoutAccountChange, Marketplace: "market", Seller: "S-1", Details: raw, CreatedAt: approvedAt,
	})
	if err != nil {
		t.Fatal(err)
	}
	ours, err := client.Digest(client.Digested{
		ID: "a1", Kind: client.PayoutAccountChange, Marketplace: "market", Seller: "S-1", Details: details, CreatedAt: approvedAt,
	})
	if err != nil || ours != theirs.String() {
		t.Errorf("got %s, %v, want %s", ours, err, theirs)
	}
}

func TestReleaseAgrees(t *testing.T) {
	t.Parallel()
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		set, err := keys.JWKS()
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(set)
	}))
	t.Cleanup(gateway.Close)
	action := approvals.Action{
		ID: "a1", Kind: approvals.PayoutAccountChange, Marketplace: "market", Seller: "S-1", Details: json.RawMessage(`{}`),
		State: approvals.Releasing, ClaimedAt: approvedAt, CreatedAt: approvedAt,
	}
	claims, err := approvals.ReleaseOf(action, gateway.URL)
	if err != nil {
		t.Fatal(err)
	}
	token, err := keys.SignRelease(claims)
	if err != nil {
		t.Fatal(err)
	}
	v, err := client.NewReleaseVerifier(gateway.URL, "market", client.HTTPClient(gateway.Client()))
	if err != nil {
		t.Fatal(err)
	}
	want := client.Expect{Action: "a1", Kind: client.PayoutAccountChange, Seller: "S-1", Digest: action.Digest.String()}
	v.Now = func() time.Time { return approvedAt.Add(time.Minute) }
	r, err := v.Verify(t.Context(), token, want)
	if err != nil || r.ReleaseID != claims.ReleaseID || r.Marketplace != "market" {
		t.Errorf("got %+v, %v", r, err)
	}
	v.Now = func() time.Time { return approvedAt.Add(approvals.ReleaseLife) }
	if _, err := v.Verify(t.Context(), token, want); !errors.Is(err, client.ErrRelease) {
		t.Errorf("after its life: got %v", err)
	}
}

func TestWebhookAgrees(t *testing.T) {
	t.Parallel()
	old, fresh := approvals.NewEndpointKey(), approvals.NewEndpointKey()
	old.Until = approvedAt.Add(time.Hour)
	var all []*client.Webhook // whoever has one of the four keys can verify
	for _, key := range []string{fresh.SecretText(), fresh.PublicText(), old.SecretText(), old.PublicText()} {
		hooks, err := client.NewWebhook(key)
		if err != nil {
			t.Fatal(err)
		}
		hooks.Now = func() time.Time { return approvedAt }
		all = append(all, hooks)
	}
	var got client.Event
	shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		for i, hooks := range all {
			r.Body = io.NopCloser(bytes.NewReader(body))
			var err error
			if got, err = hooks.Read(r); err != nil {
				t.Errorf("key %d: %v", i, err)
			}
		}
	}))
	t.Cleanup(shop.Close)
	courier := deliver.NewCourier(deliver.CourierConfig{Private: true, Now: func() time.Time { return approvedAt }})
	posted, err := courier.Post(t.Context(), approvals.Delivery{
		ID: "d-1", Endpoint: approvals.Endpoint{URL: shop.URL, Keys: []approvals.EndpointKey{fresh, old}},
		Event: approvals.ThinEvent{
			ID: "0190f3c1-0000-7000-8000-000000000001", Type: "action.approved", Action: "a1", Seller: "S-1", State: approvals.Approved,
			Digest: "d1", Sequence: 7, At: approvedAt,
		},
	}, approvedAt)
	if err != nil || posted.Status != http.StatusOK {
		t.Fatalf("post: %+v, %v", posted, err)
	}
	want := client.Event{
		ID: "0190f3c1-0000-7000-8000-000000000001", Type: "action.approved", Timestamp: approvedAt,
		Data: client.EventData{ID: "a1", Object: "action", Seller: "S-1", State: client.Approved, Digest: "d1", Sequence: 7},
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestStatesAgree: every state and code that the gateway knows has its name
// here.
func TestStatesAgree(t *testing.T) {
	t.Parallel()
	ours := []client.State{
		client.AwaitingStepUp, client.Notifying, client.CoolingOff, client.AwaitingConfirmation, client.Approved, client.Releasing,
		client.ExecutedState, client.ExecutionFailed, client.Unresolved, client.Held, client.Cancelled, client.Denied, client.Expired, client.FailedState,
	}
	for i, s := range approvals.States {
		if i >= len(ours) || string(ours[i]) != string(s) {
			t.Fatalf("state %s is missing or out of order", s)
		}
	}
	for ours, theirs := range map[string]approvals.Code{
		client.CodeActionAlreadyOpen: approvals.CodeOpen, client.CodeNotApproved: approvals.CodeNotApproved,
		client.CodePayloadMismatch: approvals.CodeMismatch, client.CodeAlreadyClaimed: approvals.CodeAlreadyClaimed,
		client.CodeSellerLocked: approvals.CodeSellerLocked, client.CodeClaimExpired: approvals.CodeClaimExpired,
		client.CodeNotFound: approvals.CodeNotFound, client.CodeTravelLock: approvals.CodeTravelLock, client.CodeRequestInProgress: approvals.CodeIdempotencyRunning,
	} {
		if ours != string(theirs) {
			t.Errorf("code %s is %s at the gateway", ours, theirs)
		}
	}
}
