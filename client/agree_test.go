package client_test

import (
	"encoding/json"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/client"
)

// TestDigestAgrees: what a marketplace recomputes is what the gateway signs.
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
	created := time.Date(2026, 5, 16, 12, 0, 0, 120_000, time.UTC)
	theirs, err := approvals.ComputeDigest(approvals.Action{
		ID: "a1", Kind: approvals.PayoutAccountChange, Marketplace: "market", Seller: "S-1", Details: raw, CreatedAt: created,
	})
	if err != nil {
		t.Fatal(err)
	}
	ours, err := client.Digest(client.Digested{
		ID: "a1", Kind: client.PayoutAccountChange, Marketplace: "market", Seller: "S-1", Details: details, CreatedAt: created,
	})
	if err != nil || ours != theirs.String() {
		t.Errorf("got %s, %v, want %s", ours, err, theirs)
	}
}
