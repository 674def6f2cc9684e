package proxy_test

import (
	"net/http"
	"slices"
	"testing"
)

// F16: where the pages and the proxy share a host name, browsers send the
// gateway's cookies to both, whatever the port. They are none of the upstream's
// business, to read or to set.
func TestCookies_ourOwn(t *testing.T) {
	t.Parallel()
	u := newRecorder(t)
	u.answer = "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: __Host-countersign-session=x; Path=/; Secure\r\nSet-Cookie:  countersign-confirm=x\r\n" +
		"Set-Cookie: __host-Countersign-stop=x\r\nSet-Cookie: countersigned=1\r\nContent-Length: 2\r\n\r\n{}"
	w := &world{t: t, upstream: u}
	_, w.address = serve(t, routes(u.url(), nobody), nil)
	for cookies, want := range map[string][]string{
		"a=b; __Host-countersign-session=secret; c=d": {"a=b; c=d"},
		"__Host-countersign-session=secret":           nil,
		"countersign-session=secret;a=b":              {"a=b"},
		"a=b;__HOST-COUNTERSIGN-stop=secret; x=\"y\"": {"a=b; x=\"y\""},
		"a=b;c=d":           {"a=b;c=d"},
		"a=countersign-b;;": {"a=countersign-b;;"},
		"countersigned=1":   {"countersigned=1"},
	} {
		got := w.send(sent{method: "GET", target: "/a", header: http.Header{"Cookie": {cookies}}})
		if set := got.header["Set-Cookie"]; !slices.Equal(set, []string{"a=1; Path=/", "countersigned=1"}) {
			t.Errorf("the browser got %q", set)
		}
		_, all := u.got()
		if came := all[len(all)-1].header["Cookie"]; !slices.Equal(came, want) {
			t.Errorf("%q: the upstream got %q", cookies, came)
		}
	}
}
