package proxy_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
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
	for path, want := range map[string]int{"/a": 502, "/a/../b": 400, "/bank": 401} {
		stalled := dial(t, hasty)
		_, _ = io.WriteString(stalled, "POST "+path+" HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 10\r\n\r\nhalf")
		if res, err := http.ReadResponse(bufio.NewReader(stalled), nil); err != nil || res.StatusCode != want {
			t.Errorf("a stalled body to %s: %v, %v", path, res, err)
		}
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

// The end of a body stays its end, also after net/http has closed it because the
// answer began: the transport looks twice, and an error would break off the
// answer.
func TestPace_endsOnce(t *testing.T) {
	t.Parallel()
	p, _ := serve(t, routes("http://127.0.0.1:1", nobody), nil)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.Pacing(w, r)
		if b, err := io.ReadAll(r.Body); string(b) != "all of it" || err != nil {
			t.Errorf("%q, %v", b, err)
		}
		_ = http.NewResponseController(w).Flush()
		if n, err := r.Body.Read(make([]byte, 1)); n > 0 || err != io.EOF {
			t.Errorf("after its end: %d bytes, %v", n, err)
		}
	}))
	t.Cleanup(s.Close)
	res, err := http.Post(s.URL, "text/plain", strings.NewReader("all of it"))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
}

// A node that is to stop does not wait for streams that have no end.
func TestServer_shutdown(t *testing.T) {
	t.Parallel()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(upstream.Close)
	table, faults := proxy.Compile(routes(upstream.URL, nobody))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	p, err := proxy.New(config(t, table))
	if err != nil {
		t.Fatal(err)
	}
	p.Drain(50 * time.Millisecond)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, ended := p.Server(), make(chan struct{})
	go func() { defer close(ended); _ = s.Serve(p.Listen(l)) }()
	stream := get(t, "http://"+l.Addr().String()+"/events")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	<-ended
	if _, err := io.ReadAll(stream.Body); err == nil {
		t.Error("the stream ended as if it were whole")
	}
}

// One address has a hundred connections at most, a proxy in front as many as it
// needs; those that end make room.
func TestListen_crowd(t *testing.T) {
	t.Parallel()
	ask := func(c net.Conn) bool {
		_, _ = io.WriteString(c, "GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\n")
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		return err == nil && res.StatusCode == http.StatusOK
	}
	for network, room := range map[string]int{nobody: 100, localhost: 120} {
		u := newRecorder(t)
		_, address := serve(t, routes(u.url(), network), nil)
		var open []net.Conn
		for range 120 {
			if c := dial(t, address); ask(c) {
				open = append(open, c)
			}
		}
		if len(open) != room {
			t.Errorf("from %s: %d connections", network, len(open))
		}
		_ = open[0].Close()
		for end := time.Now().Add(10 * time.Second); !ask(dial(t, address)); { // until the server has noticed
			if time.Now().After(end) {
				t.Fatalf("from %s: no room after one has gone", network)
			}
		}
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
