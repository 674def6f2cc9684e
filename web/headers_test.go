package web

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

func nopLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

// AS-09, PS-08, WA-14, WA-15, RELIABILITY §11: a snapshot of the headers, on good and bad answers.
func TestHeaders_pages(t *testing.T) {
	t.Parallel()
	b := newBench(t, gateway)
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
			"form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; require-trusted-types-for 'script'",
		"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp",
		"Permissions-Policy": "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), microphone=(), geolocation=(), payment=()",
		"Cache-Control":      "no-store", "X-Robots-Tag": "noindex",
		"Strict-Transport-Security": "max-age=63072000; includeSubDomains",
	}
	for _, path := range []string{"/h/t", "/panic", "/nothing", "//", "/h/" + strings.Repeat("t", 5000)} {
		w := b.ask(http.MethodGet, path, nil)
		for name, value := range want {
			if got := w.Header().Get(name); got != value {
				t.Errorf("%.20s: %s: %q", path, name, got)
			}
		}
	}
}

// D18: no page of another site reads the API.
func TestHeaders_api(t *testing.T) {
	t.Parallel()
	b := newBench(t, gateway)
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions} {
		w := b.ask(method, "/v1/actions", func(r *http.Request) {
			r.Header.Set("Origin", "https://evil.example")
			r.Header.Set("Access-Control-Request-Method", "POST")
			r.Header.Set("Access-Control-Request-Headers", "authorization")
		})
		for name := range w.Header() {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s: %s: %s", method, name, w.Header().Get(name))
			}
		}
		if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Content-Type-Options") != "nosniff" ||
			w.Header().Get("Strict-Transport-Security") == "" {
			t.Errorf("%s: %v", method, w.Header())
		}
	}
}

func TestHeaders_plainLoopback(t *testing.T) {
	t.Parallel()
	b := newBench(t, "http://localhost:8080")
	w := b.ask(http.MethodGet, "/h/t", func(r *http.Request) { r.Host = "localhost:8080" })
	if w.Code != 200 || w.Header().Get("Strict-Transport-Security") != "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}
