package examples_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"countersign/client/conformance"
)

// TestMarket: the marketplace in JavaScript passes the conformance kit.
func TestMarket(t *testing.T) {
	t.Parallel()
	var kit *conformance.Kit
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { kit.ServeHTTP(w, r) }))
	t.Cleanup(gateway.Close)
	settings := conformance.NewSettings(gateway.URL)
	shop := startMarket(t, settings)
	kit, err := conformance.New(conformance.Config{
		Settings: settings, Now: time.Now, Quiet: 20 * time.Millisecond,
		Sandbox: conformance.Sandbox{Start: shop + "/sandbox/start", Account: shop + "/sandbox/account", Webhook: shop + "/webhooks/countersign"},
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

// startMarket runs market.js until the test ends, and returns its address.
func startMarket(t *testing.T, s conformance.Settings) string {
	t.Helper()
	w := newWorkshop(t)
	c := w.command(t, "market.js")
	c.Env = append(c.Environ(), "GATEWAY="+s.URL, "API_KEY="+s.APIKey, "WEBHOOK_SECRET="+s.WebhookSecret, "MARKETPLACE="+s.Marketplace, "PORT=0")
	c.Stderr = t.Output()
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Wait() }) // the test's context has ended it
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("market.js did not start: %v", err)
	}
	return strings.TrimSpace(line)
}
