package web

import (
	"net/http"
	"testing"
	"time"

	"countersign/web/rate"
)

// Forms are limited by address. Looking, and whatever only stops something, is
// not: an owner cannot be kept from cancelling.
func TestPageLimit(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return time.Date(2026, 5, 16, 12, 0, 0, 0, time.UTC) }
	store, err := rate.Memory(now)
	if err != nil {
		t.Fatal(err)
	}
	forms, err := rate.New(store, "forms", 1, now)
	if err != nil {
		t.Fatal(err)
	}
	b := newBenchWith(t, gateway, func(c *Config) { c.PageLimit = PageLimit{Forms: forms} })
	refused := func(path, from string) bool {
		return b.ask(http.MethodPost, path, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin"); r.RemoteAddr = from }).Code == 429
	}
	const here, there = "203.0.113.7:1", "203.0.113.8:1"
	if refused("/confirm/proof", here) {
		t.Fatal("the first")
	}
	if !refused("/actions/R/step-up", here) {
		t.Error("the second was not too much")
	}
	for _, path := range []string{"/dev/sign-in/options", "/dev/keys/K/roll", "/dev/endpoints/E/enable", "/setup/revoke"} {
		if !refused(path, here) {
			t.Errorf("%s was not too much", path)
		}
	}
	for _, path := range []string{
		"/cancel", "/confirm/cancel", "/actions/R/cancel", "/not-me", "/verify", "/security/longer", "/security/travel",
		"/security/sign-out", "/security/sign-out-everywhere",
		"/dev/keys/K/revoke", "/dev/endpoints/E/disable", "/dev/sign-out",
	} {
		if refused(path, here) {
			t.Errorf("%s was too much", path)
		}
	}
	if w := b.ask(http.MethodGet, "/confirm", func(r *http.Request) { r.RemoteAddr = here }); w.Code == 429 {
		t.Error("looking was too much")
	}
	if refused("/confirm/proof", there) {
		t.Error("another address was refused")
	}
}
