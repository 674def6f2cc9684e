package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"countersign/client/conformance"
)

// TestMarket: the example passes the conformance kit.
func TestMarket(t *testing.T) {
	t.Parallel()
	var kit *conformance.Kit
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { kit.ServeHTTP(w, r) }))
	t.Cleanup(gateway.Close)
	settings := conformance.NewSettings(gateway.URL)
	m, err := newMarket(settings.URL, settings.APIKey, settings.WebhookSecret, settings.Marketplace)
	if err != nil {
		t.Fatal(err)
	}
	shop := httptest.NewServer(m.routes())
	t.Cleanup(shop.Close)
	m.returnURL = shop.URL + "/bank"
	kit, err = conformance.New(conformance.Config{
		Settings: settings, Now: time.Now, Quiet: 20 * time.Millisecond,
		Sandbox: conformance.Sandbox{Start: shop.URL + "/sandbox/start", Account: shop.URL + "/sandbox/account", Webhook: shop.URL + "/webhooks/countersign"},
	})
	if err != nil {
		t.Fatal(err)
	}
	report, err := kit.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Wrong()) > 0 || len(report.Results) != len(conformance.Scenarios()) {
		t.Errorf("of %d scenarios:\n%s", len(report.Results), report)
	}
}
