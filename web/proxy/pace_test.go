package proxy_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/web/proxy"
)

// H10: a body that does not come ends its request; one that comes at a pace, and
// the connection after it, do not.
func TestPace(t *testing.T) {
	t.Parallel()
	u := newRecorder(t)
	_, hasty := serveAs(t, routes(u.url(), nobody), nil, func(p *proxy.Proxy) { p.Patience(300 * time.Millisecond) })
	stalled := dial(t, hasty)
	_, _ = io.WriteString(stalled, "POST /a HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 10\r\n\r\nhalf")
	if res, err := http.ReadResponse(bufio.NewReader(stalled), nil); err == nil && res.StatusCode < 400 {
		t.Errorf("a stalled body was answered %s", res.Status)
	}
	if _, got := u.got(); len(got) > 0 {
		t.Errorf("the upstream got %q", got[0].raw)
	}
	_, address := serve(t, routes(u.url(), nobody), nil)
	steady := dial(t, address)
	r := bufio.NewReader(steady)
	for range 2 {
		_, _ = io.WriteString(steady, "POST /a HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 10\r\n\r\n")
		for range 10 {
			_, _ = io.WriteString(steady, "x")
		}
		res, err := http.ReadResponse(r, nil)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%v, %v", res, err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
	}
	if _, got := u.got(); len(got) != 2 || got[1].body != strings.Repeat("x", 10) {
		t.Errorf("%+v", got)
	}
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}
