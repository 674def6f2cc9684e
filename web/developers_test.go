package web

import (
	"net/http"
	"strings"
	"testing"
)

// What a marketplace's engineers and those of the desk see stands behind the same front: their own
// pages alone change anything, and nothing of them is kept (SM-06, SM-07).
func TestDevelopers(t *testing.T) {
	t.Parallel()
	reached := 0
	var site *bench
	b := newBenchWith(t, gateway, func(c *Config) {
		site = &bench{pages: func(w http.ResponseWriter, _ *http.Request) { reached++; _, _ = w.Write([]byte("developers")) }}
		c.Developers, c.Desk = site, site
	})
	for _, path := range []string{"/dev", "/dev/", "/dev/keys", "/dev/keys/x/roll", "/desk", "/desk/policy/1/approve"} {
		w := b.ask(http.MethodGet, path, nil)
		if w.Code != 200 || w.Body.String() != "developers" {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if !strings.Contains(w.Header().Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s: %s", path, w.Header().Get("Content-Security-Policy"))
		}
		before := reached
		for _, from := range []string{"cross-site", "same-site", "none", ""} {
			w := b.ask(http.MethodPost, path, func(r *http.Request) {
				if from != "" {
					r.Header.Set("Sec-Fetch-Site", from)
				}
			})
			if w.Code != 403 {
				t.Errorf("POST %s from %q: %d", path, from, w.Code)
			}
		}
		if reached != before {
			t.Errorf("a form from elsewhere reached %s", path)
		}
		if w := b.ask(http.MethodPost, path, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }); w.Code != 200 {
			t.Errorf("POST %s from our page: %d", path, w.Code)
		}
	}
	if w := b.ask(http.MethodGet, "/developers", nil); strings.Contains(w.Body.String(), "developers") {
		t.Error("/developers is not below /dev")
	}
}
