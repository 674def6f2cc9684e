package main

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/client"
	"countersign/web/webtest"
)

// A demo that is started again on the same data goes on where it stopped: the
// same addresses, the same passkeys, the same clock, the same waiting action.
func TestDemo_GoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	options := demoOptions{Addr: "localhost:0", Dir: t.TempDir(), Delay: 24 * time.Hour, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	first, err := startDemo(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	shop, err := client.New(first.BaseURL, first.APIKey)
	if err != nil {
		t.Fatal(err)
	}
	action, err := shop.CreateAction(t.Context(), newChange(first, "S-2201"))
	if err != nil {
		t.Fatal(err)
	}
	seller, err := webtest.NewSeller(first.BaseURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := seller.Approve(t.Context(), action.Next.URL); err != nil {
		t.Fatal(err)
	}
	if _, err := shop.AdvanceTestClock(t.Context(), 24*time.Hour+time.Minute); err != nil {
		t.Fatal(err)
	}
	before := first.Gateway.Clock.Now()
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}

	again, err := startDemo(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := again.Stop(); err != nil {
			t.Error(err)
		}
	})
	if again.BaseURL != first.BaseURL || again.APIKey != first.APIKey || again.MailboxURL != first.MailboxURL {
		t.Errorf("addresses or keys changed: %s, %s", again.BaseURL, again.MailboxURL)
	}
	e, err := again.entrances(t.Context())
	for link, at := range map[string]string{e.developers: "/dev/join/", e.desk: "/desk/join/", e.agents[0]: "/desk/join/", e.agents[1]: "/desk/join/"} {
		if _, token, ok := strings.Cut(link, again.BaseURL+at); err != nil || !ok || len(token) < 43 {
			t.Errorf("people begin at %q, %v, want %s", link, err, at)
		}
	}
	if again.Gateway.Clock.Now().Before(before) {
		t.Error("the moved clock was forgotten")
	}
	if err := seller.Confirm(t.Context(), mailedLink(t, again, "/confirm/")); err != nil {
		t.Fatal(err)
	}
	now, err := shop.Action(t.Context(), action.ID)
	if err != nil || len(now.Proofs) != 2 {
		t.Fatalf("%+v, %v", now, err)
	}
}

func TestDemo_SaysWhatIsWrongWithItsAddress(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"8080":         "must be localhost and a port",
		"0.0.0.0:8080": "must be localhost and a port",
		"localhost:x":  "must be localhost and a port",
	} {
		_, err := startDemo(t.Context(), demoOptions{Addr: addr, Dir: t.TempDir(), Delay: time.Minute})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

func TestDemo_KeepsItsAddress(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	raw, err := json.Marshal(demoState{Addresses: [3]string{"localhost:8080", "localhost:8081", "localhost:8082"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(demoFile(dir), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = startDemo(t.Context(), demoOptions{Addr: "localhost:9090", Dir: dir, Delay: time.Minute})
	if err == nil || !strings.Contains(err.Error(), "belongs to localhost:8080") {
		t.Errorf("other address: %v", err)
	}
}

func TestDemo_ReadyFile(t *testing.T) {
	t.Parallel()
	d := demoForTest(t)
	path := filepath.Join(t.TempDir(), "ready.json")
	if err := d.writeReady(path); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"base_url", "marketplace_url", "mailbox_url", "desk_url", "api_key", "webhook_secret", "return_url"} {
		if got[key] == "" {
			t.Errorf("%s is missing", key)
		}
	}
}
