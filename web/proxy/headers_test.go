package proxy_test

import (
	"net/http"
	"strings"
	"testing"

	"countersign/web/proxy"
)

// F1: some servers make _ of every byte of a header's name that is no letter
// and no digit, so that a name is the same with any of them.
func TestHeaders_punctuation(t *testing.T) {
	t.Parallel()
	u := newRecorder(t)
	w := &world{t: t, upstream: u}
	_, w.address = serve(t, routes(u.url(), nobody), nil)
	header := http.Header{"X-Other": {"kept"}, "X.Other": {"kept"}}
	for _, name := range []string{"X-Seller", "X-Upstream-Seller", "Countersign-Release", "X-Forwarded-User", "X-Original-Url", "X-Real-Ip"} {
		for _, mark := range []string{"-", "_", ".", "!", "~", "'", "|"} {
			header[strings.ReplaceAll(name, "-", mark)] = []string{"forged"}
		}
	}
	if got := w.send(sent{method: "GET", target: "/a", header: header}); got.status != http.StatusOK {
		t.Fatal(got.status)
	}
	_, got := u.got()
	if strings.Contains(got[0].raw, "forged") || strings.Count(got[0].raw, "kept") != 2 {
		t.Errorf("the upstream got\n%s", got[0].raw)
	}
}

// A header that the gateway reads or sets has one spelling.
func TestHeaders_names(t *testing.T) {
	t.Parallel()
	for name, ok := range map[string]bool{"X-Seller": true, "X-Seller2": true, "X_Seller": false, "X.Seller": false, "X~Seller": false, "X Seller": false} {
		for field, set := range map[string]func(*proxy.Routes){
			"identity.peer.header":      func(r *proxy.Routes) { r.Identity.Peer.Header = name },
			"sensitive.0.seller_header": func(r *proxy.Routes) { r.Sensitive[0].SellerHeader = name },
			"identity.jwt.header": func(r *proxy.Routes) {
				r.Identity = proxy.Identity{JWT: proxy.JWTIdentity{JWKSFile: "keys.json", Issuer: "a", Audience: "b", Header: name}}
			},
		} {
			r := routes("http://127.0.0.1:1", nobody)
			set(&r)
			_, faults := proxy.Compile(r)
			if ok != (len(faults) == 0) || !ok && faults[0].Field != field {
				t.Errorf("%s %q: %+v", field, name, faults)
			}
		}
	}
}
