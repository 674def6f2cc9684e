package web

import "net/http"

// pageHeaders keep a page to itself: no frames, no scripts but ours, no
// referrer, nothing kept (RELIABILITY §11, STANDARDS AS-09). No form of ours
// leads to another site, not even by a redirect.
var pageHeaders = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; require-trusted-types-for 'script'",
	"X-Frame-Options":              "DENY",
	"X-Content-Type-Options":       "nosniff",
	"Referrer-Policy":              "no-referrer",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Cross-Origin-Embedder-Policy": "require-corp",
	"Permissions-Policy": "publickey-credentials-get=(self), publickey-credentials-create=(self), " +
		"camera=(), microphone=(), geolocation=(), payment=()",
	"Cache-Control": "no-store",
	"X-Robots-Tag":  "noindex",
}

// apiHeaders: what the API answers is data, for nobody but the caller. There
// is no CORS header on purpose: an API key has no place in a browser.
var apiHeaders = map[string]string{
	"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'",
	"X-Content-Type-Options":       "nosniff",
	"Referrer-Policy":              "no-referrer",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Cache-Control":                "no-store",
	"X-Robots-Tag":                 "noindex",
}

// twoYears is the HSTS policy of RELIABILITY §11.
const twoYears = "max-age=63072000; includeSubDomains"

// secured sets the headers before anything answers, so that a handler can
// replace but never forget them.
func (s *site) secured(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers := pageHeaders
		if isAPI(r) {
			headers = apiHeaders
		}
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		if s.PublicURL.Scheme == "https" {
			w.Header().Set("Strict-Transport-Security", twoYears)
		}
		inner.ServeHTTP(w, r)
	})
}
