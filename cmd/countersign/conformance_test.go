package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/client/conformance"
	"countersign/cmd/countersign/demo"
)

// conformanceRun is the command, set up for a sandbox, with free ports.
func conformanceRun(t *testing.T) (*ConformanceCmd, conformance.Settings) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c := &ConformanceCmd{
		Listen: l.Addr().String(), Settings: filepath.Join(t.TempDir(), "settings.json"), Patience: 15 * time.Second, Quiet: 20 * time.Millisecond,
	}
	var out strings.Builder
	if err := c.run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(c.Settings)
	if err != nil {
		t.Fatal(err)
	}
	var s conformance.Settings
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	for _, printed := range []string{"http://" + c.Listen, s.APIKey, s.WebhookSecret, s.Marketplace, "run again with --start"} {
		if !strings.Contains(out.String(), printed) {
			t.Errorf("%q is not printed:\n%s", printed, out.String())
		}
	}
	return c, s
}

// TestConformance_DemoMarketplace: the example of how to join a marketplace to
// a gateway passes every scenario.
func TestConformance_DemoMarketplace(t *testing.T) {
	t.Parallel()
	c, s := conformanceRun(t)
	var shop *demo.Marketplace
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { shop.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	shop, err := demo.NewMarketplace(demo.Config{
		GatewayURL: s.URL, APIKey: s.APIKey, WebhookSecret: s.WebhookSecret, MarketplaceID: s.Marketplace,
		PublicURL: server.URL, MailboxURL: "http://mailbox.example", Dir: t.TempDir(), Wait: "no time", Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Start, c.Account, c.Webhook = server.URL+"/sandbox/start", server.URL+"/sandbox/account", shop.WebhookURL()
	c.Session = server.URL + "/sandbox/session"
	var out strings.Builder
	if err := c.run(t.Context(), &out); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	n := len(conformance.Scenarios())
	if !strings.Contains(out.String(), "The seller was signed out.") {
		t.Errorf("the seller was not signed out:\n%s", out.String())
	}
	if want := fmt.Sprintf("%d of %d scenarios are right, 0 wrong.", n, n); !strings.Contains(out.String(), want) {
		t.Errorf("the report does not say %q:\n%s", want, out.String())
	}
}

// TestConformance_SaysNo: a marketplace that does nothing fails, with an error
// that becomes the exit code 1.
func TestConformance_SaysNo(t *testing.T) {
	t.Parallel()
	c, _ := conformanceRun(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`{"account":"DE89370400440532013000","changes":0}`))
	}))
	t.Cleanup(server.Close)
	c.Start, c.Account, c.Webhook, c.Only, c.Patience = server.URL, server.URL, server.URL, []string{"approved_once"}, 50*time.Millisecond
	var out strings.Builder
	if err := c.run(t.Context(), &out); !errors.Is(err, errNotConformant) || !strings.Contains(out.String(), "0 of 1 scenarios are right, 1 wrong.") {
		t.Errorf("%v\n%s", err, out.String())
	}
	c.Only = []string{"nonsense"}
	if err := c.run(t.Context(), &out); err == nil || !strings.Contains(err.Error(), `no scenario "nonsense"`) {
		t.Errorf("unknown id: %v", err)
	}
	c.Account = "nonsense"
	if err := c.run(t.Context(), &out); err == nil || !strings.Contains(err.Error(), "account must be a complete") {
		t.Errorf("no URL: %v", err)
	}
	out.Reset()
	c.List = true
	if err := c.run(t.Context(), &out); err != nil || strings.Count(out.String(), "\n") != len(conformance.Scenarios()) {
		t.Errorf("list: %v\n%s", err, out.String())
	}
}
