package proxy_test

import (
	"net/http"
	"strings"
	"testing"

	"countersign/web/peer"
	"countersign/web/proxy"
)

// F1, AS-11: what a proxy in front says of where a request came from counts
// when the proxy is trusted; who is signed in is another trust.
func TestFront(t *testing.T) {
	t.Parallel()
	u := newRecorder(t)
	front, err := peer.Parse([]string{localhost})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, upstream: u}
	_, w.address = serve(t, routes(u.url(), nobody), func(c *proxy.Config) { c.Front = front })
	header := http.Header{"X-Forwarded-For": {"198.51.100.7"}, "X-Forwarded-Proto": {"https"}, "X-Original-URL": {"/bank"}}
	if a := w.send(sent{method: "GET", target: "/a", seller: "S-1", header: header}); a.status != 200 {
		t.Fatal(a.status)
	}
	_, got := u.got()
	h := got[0].header
	if h.Get("X-Forwarded-For") != "198.51.100.7, 127.0.0.1" || h.Get("X-Forwarded-Proto") != "https" || h["X-Original-Url"] != nil || h["X-Seller"] != nil {
		t.Errorf("%v", h)
	}
	if a := w.send(bankChange("S-1")); a.status != 401 {
		t.Errorf("a proxy in front says who is signed in: %d", a.status)
	}
}

// The address an action is asked for from is the connection's, or what a
// trusted proxy saw last.
func TestGuard_context(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for seller, tt := range map[string]struct{ header, want string }{
		"S-1": {"198.51.100.7", "198.51.100.7"}, "S-2": {"203.0.113.1, 198.51.100.8", "198.51.100.8"}, "S-3": {"not an address", "127.0.0.1"}, "S-4": {"2001:DB8::7", "2001:db8::7"},
	} {
		s := bankChange(seller)
		s.header = http.Header{"X-Forwarded-For": {tt.header}, "User-Agent": {"Mozilla/5.0"}, "Accept-Language": {"it-IT" + strings.Repeat("x", 300)}}
		if _, a := w.sealed(s); a.Context.IP != tt.want || a.Context.UserAgent != "Mozilla/5.0" || a.Context.AcceptLanguage != "it-IT"+strings.Repeat("x", 195) {
			t.Errorf("%q: %+v", tt.header, a.Context)
		}
	}
	if _, a := w.sealed(bankChange("S-5")); a.Context.IP != "127.0.0.1" {
		t.Errorf("%+v", a.Context)
	}
}
