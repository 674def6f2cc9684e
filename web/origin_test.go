package web

import (
	"net/http"
	"strings"
	"testing"
)

// D4, D5, AS-07: only our own pages may change anything.
func TestOwnPages(t *testing.T) {
	t.Parallel()
	b := newBench(t, gateway)
	for _, c := range []struct {
		name         string
		origin, site []string
		want         int
	}{
		{"our page", []string{gateway}, []string{"same-origin"}, 200},
		{"our page under no-referrer", []string{"null"}, []string{"same-origin"}, 200},
		{"no Origin", nil, []string{"same-origin"}, 200},
		{"old browser", []string{gateway}, nil, 200},
		{"neither", nil, nil, 403},
		{"null alone", []string{"null"}, nil, 403},
		{"null, cross-site", []string{"null"}, []string{"cross-site"}, 403},
		{"typed by hand", nil, []string{"none"}, 403},
		{"cross-site", []string{"https://evil.example"}, []string{"cross-site"}, 403},
		{"same-site", []string{"https://market.approve.example"}, []string{"same-site"}, 403},
		{"sibling, old browser", []string{"https://x.approve.example"}, nil, 403},
		{"http, old browser", []string{"http://approve.example"}, nil, 403},
		{"other port, old browser", []string{"https://approve.example:8443"}, nil, 403},
		{"port written out", []string{"https://approve.example:443"}, nil, 403},
		{"liar", []string{"https://evil.example"}, []string{"same-origin"}, 403},
		{"empty site", []string{gateway}, []string{""}, 403},
		{"twice", []string{gateway, gateway}, nil, 403},
		{"two sites", []string{gateway}, []string{"same-origin", "same-origin"}, 403},
		{"user in the origin", []string{"https://approve.example@evil.example"}, nil, 403},
	} {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch} {
			w := b.ask(method, "/h/t", func(r *http.Request) {
				if c.origin != nil {
					r.Header["Origin"] = c.origin
				}
				if c.site != nil {
					r.Header["Sec-Fetch-Site"] = c.site
				}
				r.Header.Set("X-HTTP-Method-Override", "GET") // D7
			})
			if w.Code != c.want {
				t.Errorf("%s, %s: %d, want %d", c.name, method, w.Code, c.want)
			}
			if c.want == 403 && !strings.Contains(w.Body.String(), "page forbidden") {
				t.Errorf("%s: %s", c.name, w.Body)
			}
		}
	}
	if w := b.ask(http.MethodGet, "/h/t", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); w.Code != 200 {
		t.Errorf("a link from elsewhere: %d", w.Code)
	}
}

// C6: an answer under a name that is not ours could be trusted as that other's.
func TestHosted(t *testing.T) {
	t.Parallel()
	b := newBench(t, gateway)
	for host, want := range map[string]int{
		"approve.example": 200, "APPROVE.example": 200, "approve.example:443": 200,
		"": 421, "evil.example": 421, "approve.example:80": 421, "approve.example:8443": 421, "approve.example.": 421,
		"approve.example.evil.example": 421, "evil.example:443": 421, "approve.example@evil.example": 421, "127.0.0.1": 421,
		"[::1]": 421, "approve.example:443:443": 421, " approve.example": 421,
	} {
		for _, path := range []string{"/h/t", "/v1/openapi.yaml"} {
			if w := b.ask(http.MethodGet, path, func(r *http.Request) { r.Host = host }); w.Code != want {
				t.Errorf("%q %s: %d, want %d", host, path, w.Code, want)
			}
		}
	}
	forged := func(r *http.Request) {
		for _, name := range []string{"X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-For", "Forwarded", "X-Original-Url", "X-Rewrite-Url", "X-Real-Ip"} {
			r.Header.Set(name, "evil.example")
		}
	}
	plain, with := b.ask(http.MethodGet, "/h/t", nil), b.ask(http.MethodGet, "/h/t", forged)
	with.Header().Set(requestIDHeader, plain.Header().Get(requestIDHeader))
	if with.Code != 200 || with.Body.String() != plain.Body.String() || len(with.Header()) != len(plain.Header()) {
		t.Errorf("forwarded headers changed the answer: %d %s", with.Code, with.Body)
	}
	if strings.Contains(b.log.String(), "evil") {
		t.Error("the log repeats a header")
	}
}
