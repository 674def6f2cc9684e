package proxy_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/web/proxy"
)

// before runs h as the upstream of a proxy and returns the proxy's URL.
func before(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	_, address := serve(t, routes(s.URL, nobody), nil)
	return "http://" + address
}

// TestStream_webSocket: after the switch, bytes go both ways as they are, also
// those that look like a request.
func TestStream_webSocket(t *testing.T) {
	t.Parallel()
	address := before(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "websocket" {
			t.Errorf("upgrade %q", r.Header)
		}
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		line, err := rw.ReadString('\n')
		_, _ = io.WriteString(c, "echo "+line)
		if err != nil {
			t.Error(err)
		}
	})
	c, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = io.WriteString(c, "GET /live HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	r := bufio.NewReader(c)
	res, err := http.ReadResponse(r, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols || res.Header.Get("Upgrade") != "websocket" {
		t.Fatalf("%+v, %v", res, err)
	}
	const frame = "\x00 get /bank HTTP/0.9\n"
	_, _ = io.WriteString(c, frame)
	if got, err := r.ReadString('\n'); err != nil || got != "echo "+frame {
		t.Fatalf("%q, %v", got, err)
	}
}

// TestStream_events: each event arrives when it is sent, not when there are
// enough.
func TestStream_events(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	address := before(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			_ = http.NewResponseController(w).Flush()
			select {
			case <-arrived:
			case <-r.Context().Done():
				return
			}
		}
	})
	res := get(t, address+"/events")
	events := bufio.NewReader(res.Body)
	for i := range 3 {
		line, err := events.ReadString('\n')
		if err != nil || line != fmt.Sprintf("data: %d\n", i) {
			t.Fatalf("%q, %v", line, err)
		}
		_, _ = events.ReadString('\n')
		arrived <- struct{}{}
	}
}

func get(t testing.TB, address string) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// TestStream_large: a body of 1 GB goes up, and one comes down, in memory that
// does not grow with it.
func TestStream_large(t *testing.T) {
	const size = 1 << 30
	address := before(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil || r.ContentLength != -1 && n != r.ContentLength {
			t.Errorf("%d bytes came, %v", n, err)
		}
		if r.ContentLength < 0 {
			return // one way is enough of this form
		}
		w.Header().Set("Content-Length", fmt.Sprint(size))
		_, _ = io.CopyN(w, zeros{}, size)
	})
	for _, chunked := range []bool{false, true} {
		up := int64(size)
		if chunked {
			up /= 8
		}
		heap := &highest{}
		sent := &watched{Reader: io.LimitReader(zeros{}, up), heap: heap}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/upload", sent)
		if err != nil {
			t.Fatal(err)
		}
		if !chunked {
			req.ContentLength = size
		}
		first := inUse()
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.Copy(io.Discard, &watched{Reader: res.Body, heap: heap})
		_ = res.Body.Close()
		if err != nil || !chunked && got != size {
			t.Fatalf("%d bytes came back, %v", got, err)
		}
		if grown := int64(heap.Load()) - int64(first); grown > 16<<20 {
			t.Errorf("chunked %v: the heap grew by %d MiB", chunked, grown>>20)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// highest is the most heap that was seen in use.
type highest struct{ atomic.Uint64 }

// inUse is what is alive: what waits to be collected says nothing.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// watched looks at the heap every 64 MiB.
type watched struct {
	io.Reader
	heap *highest
	n    int
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.Reader.Read(b)
	if w.n += n; w.n >= 64<<20 {
		w.n = 0
		if now := inUse(); now > w.heap.Load() {
			w.heap.Store(now)
		}
	}
	return n, err
}

// TestStream_trailers of an answer arrive after it.
func TestStream_trailers(t *testing.T) {
	t.Parallel()
	address := before(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		_, _ = io.WriteString(w, "body")
		w.Header().Set("X-Sum", "4")
	})
	res := get(t, address+"/a")
	if body, err := io.ReadAll(res.Body); string(body) != "body" || err != nil || res.Trailer.Get("X-Sum") != "4" {
		t.Errorf("%q, %v, %v", body, res.Trailer, err)
	}
}

// TestStream_answers come as they are: early hints, compressed bodies, errors,
// redirects; without what only the gateway says.
func TestStream_answers(t *testing.T) {
	t.Parallel()
	address := before(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Location", "/bank/")
		w.Header().Set("Countersign-Location", "https://evil.example")
		w.Header().Add("Set-Cookie", "a=b")
		w.Header().Add("Set-Cookie", "c=d")
		w.WriteHeader(http.StatusSeeOther)
		_, _ = io.WriteString(w, "\x1f\x8b")
	})
	res := get(t, address+"/a")
	body, err := io.ReadAll(res.Body)
	if err != nil || string(body) != "\x1f\x8b" || res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/bank/" || len(res.Header["Set-Cookie"]) != 2 {
		t.Errorf("%d %v %q %v", res.StatusCode, res.Header, body, err)
	}
	if res.Header["Countersign-Location"] != nil {
		t.Error("the upstream speaks for the gateway")
	}
}

// TestStream_http2: to an upstream with TLS requests go by HTTP/2.
func TestStream_http2(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Proto, " ", r.RequestURI, " ", r.Host)
	}))
	s.EnableHTTP2, s.Config.ErrorLog = true, log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	_, address := serveAs(t, routes(s.URL, nobody), nil, func(p *proxy.Proxy) {
		p.Trust(s.Client().Transport.(*http.Transport).TLSClientConfig)
	})
	res := get(t, "http://"+address+"/a%2fb?x=1;y")
	if body, err := io.ReadAll(res.Body); string(body) != "HTTP/2.0 /a%2fb?x=1;y "+address || err != nil {
		t.Errorf("%q, %v", body, err)
	}
}

// TestStream_down: an upstream that is not there is a 502 without a word of why.
func TestStream_down(t *testing.T) {
	t.Parallel()
	_, address := serve(t, routes("http://127.0.0.1:1", nobody), nil)
	res := get(t, "http://"+address+"/a")
	if body, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusBadGateway || strings.Contains(string(body), "127.0.0.1:1") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

// TestStream_notOurListener: without the strict reader nothing is judged.
func TestStream_notOurListener(t *testing.T) {
	t.Parallel()
	u := newRecorder(t)
	p, _ := serve(t, routes(u.url(), nobody), nil)
	w := httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/a", nil))
	if made, _ := u.got(); w.Code != http.StatusServiceUnavailable || made > 0 {
		t.Errorf("%d, %d connections", w.Code, made)
	}
}

// TestStream_keepAlive: bodies of all lengths, with a length and in chunks, one
// after the other on few connections.
func TestStream_keepAlive(t *testing.T) {
	t.Parallel()
	u := newRecorder(t)
	_, address := serve(t, routes(u.url(), nobody), nil)
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			for i := range 50 {
				body := strings.Repeat("x", i*97)
				req := &http.Request{Method: http.MethodPost, Header: http.Header{}, URL: &url.URL{Scheme: "http", Host: address, Path: "/a"}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body) - i%2*(len(body)+1))}
				res, err := transport.RoundTrip(req)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
				if res.StatusCode != http.StatusOK {
					t.Error(res.Status)
				}
			}
		})
	}
	clients.Wait()
	made, got := u.got()
	if len(got) != 400 || made > 64 {
		t.Errorf("%d requests over %d connections", len(got), made)
	}
}
