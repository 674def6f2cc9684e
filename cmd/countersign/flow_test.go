package main

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/client"
	"countersign/web/webtest"
)

// The main job, end to end and on real parts: API, pages, SMTP, the wait, the
// second proof, the webhook, the claim.
func TestFlow_PayoutChange(t *testing.T) {
	t.Parallel()
	d := demoForTest(t)
	shop, err := client.New(d.BaseURL, d.APIKey, described(t, http.DefaultTransport))
	if err != nil {
		t.Fatal(err)
	}
	action, err := shop.CreateAction(t.Context(), newChange(d, "S-2201"))
	if err != nil {
		t.Fatal(err)
	}
	seller, err := webtest.NewSeller(d.BaseURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := seller.Approve(t.Context(), action.Next.URL); err != nil {
		t.Fatal(err)
	}
	if _, err := shop.AdvanceTestClock(t.Context(), 24*time.Hour+time.Minute); err != nil {
		t.Fatal(err)
	}
	link := mailedLink(t, d, "/confirm/")
	if err := seller.Confirm(t.Context(), link); err != nil {
		t.Fatal(err)
	}
	claimed, err := shop.Claim(t.Context(), action.ID, newChange(d, "S-2201").Details)
	if err != nil {
		t.Fatal(err)
	}
	releases, err := client.NewReleaseVerifier(d.BaseURL, d.state.MarketplaceID)
	if err != nil {
		t.Fatal(err)
	}
	releases.Now = d.Gateway.Clock.Now
	release, err := releases.Verify(t.Context(), claimed.ReleaseToken, client.Expect{
		Action: action.ID, Kind: client.PayoutAccountChange, Seller: "S-2201", Digest: action.Digest,
	})
	if err != nil || len(release.Proofs) != 2 {
		t.Fatalf("release %+v, %v", release, err)
	}
	done, err := shop.Report(t.Context(), action.ID, client.Executed("bank-1"))
	if err != nil || done.State != "executed" {
		t.Fatalf("%+v, %v", done, err)
	}
}

// demoForTest runs a whole demo with the real waits on free ports.
func demoForTest(t *testing.T) *Demo {
	t.Helper()
	d, err := startDemo(t.Context(), demoOptions{
		Addr: "localhost:0", Dir: t.TempDir(), Delay: 24 * time.Hour, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := d.await(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

func newChange(d *Demo, seller string) client.NewAction {
	return client.NewAction{
		Kind: client.PayoutAccountChange,
		Seller: client.Seller{
			ID: seller, Email: seller + "@sellers.example", Name: "Giulia Ferri", Locale: "en", TimeZone: "Europe/Rome", OnboardedAt: d.Gateway.Clock.Now(),
		},
		Details: client.AccountChange{
			From: &client.Destination{IBAN: "IT60X0542811101000000123456", Holder: "Ferri Ceramiche"},
			To:   client.Destination{IBAN: "IT25I0200809606000000072606", Holder: "G. Ferri"},
		},
		ReturnURL: d.MarketplaceURL + "/bank",
	}
}

// mailedLink returns the newest mailed link with this path.
func mailedLink(t *testing.T, d *Demo, path string) string {
	t.Helper()
	messages := d.Mailbox.Messages()
	for i := len(messages) - 1; i >= 0; i-- {
		for _, word := range strings.Fields(messages[i].Text) {
			if strings.HasPrefix(word, d.BaseURL+path) {
				return word
			}
		}
	}
	t.Fatalf("no mail with a link to %s among %d", path, len(messages))
	return ""
}
