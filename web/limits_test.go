package web

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// RELIABILITY §11, H6, H7, H16, G12.
func TestLimits(t *testing.T) {
	t.Parallel()
	b := newBench(t, gateway)
	headers := func(n int) func(*http.Request) {
		return func(r *http.Request) {
			for i := range n {
				r.Header.Add("X-Filler", fmt.Sprint(i))
			}
		}
	}
	cookies := func(size int) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Cookie", "a="+strings.Repeat("x", size-2)) }
	}
	for _, c := range []struct {
		name, target string
		change       func(*http.Request)
		want         int
	}{
		{"100 headers", "/h/t", headers(100), 200},
		{"101 headers", "/h/t", headers(101), 431},
		{"8 KiB of cookies", "/h/t", cookies(8192), 200},
		{"more", "/h/t", cookies(8193), 431},
		{"4 KiB address", "/h/" + strings.Repeat("t", 4093), nil, 200},
		{"more", "/h/" + strings.Repeat("t", 4094), nil, 414},
		{"100 parameters", "/h/t?" + strings.Repeat("a&", 99) + "a", nil, 200},
		{"101 parameters", "/h/t?" + strings.Repeat("a&", 100) + "a", nil, 400},
		{"10,001 parameters, API", "/v1/actions?" + strings.Repeat("&", 2000), nil, 400},
	} {
		if w := b.ask(http.MethodGet, c.target, c.change); w.Code != c.want {
			t.Errorf("%s: %d, want %d", c.name, w.Code, c.want)
		}
	}
}

func TestLimits_body(t *testing.T) {
	t.Parallel()
	b := newBench(t, gateway)
	post := func(target string, size int, announced bool) int {
		r := httptest.NewRequest(http.MethodPost, target, io.LimitReader(zeros{}, int64(size)))
		r.Host = "approve.example"
		r.Header.Set("Origin", gateway)
		r.ContentLength = -1
		if announced {
			r.ContentLength = int64(size)
		}
		w := httptest.NewRecorder()
		b.handler.ServeHTTP(w, r)
		return w.Code
	}
	for _, announced := range []bool{true, false} {
		if got := post("/read", 64<<10, announced); got != 204 {
			t.Errorf("64 KiB to a page: %d", got)
		}
		if got := post("/read", 64<<10+1, announced); got != 413 {
			t.Errorf("more to a page: %d", got)
		}
	}
	if got := post("/v1/actions", 256<<10+1, true); got != 413 {
		t.Errorf("more than 256 KiB to the API: %d", got)
	}
	if got := post("/v1/actions", 256<<10, true); got != 401 {
		t.Errorf("256 KiB to the API: %d, want the key asked for", got)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// What runs below gives up in time for an answer still to be sent.
func TestTimed(t *testing.T) {
	t.Parallel()
	b := newBench(t, gateway)
	var left time.Duration
	b.pages = func(_ http.ResponseWriter, r *http.Request) {
		if at, ok := r.Context().Deadline(); ok {
			left = time.Until(at)
		}
	}
	b.ask(http.MethodGet, "/h/t", nil)
	if left <= 0 || left > requestTime {
		t.Errorf("%v left", left)
	}
}

// H13: what announces too much is refused before it is sent.
func TestLimits_expect(t *testing.T) {
	t.Parallel()
	b := newBench(t, "http://127.0.0.1")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := Server(b.handler, slog.New(slog.DiscardHandler))
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprint(conn, "POST /v1/actions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10485760\r\nExpect: 100-continue\r\n\r\n")
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "HTTP/1.1 413 ") {
		t.Errorf("%q, %v", line, err)
	}
}

// RELIABILITY §11: every time-out is set; a zero one waits for ever.
func TestServer(t *testing.T) {
	t.Parallel()
	s := Server(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	if s.ReadHeaderTimeout != 5*time.Second || s.ReadTimeout != 15*time.Second || s.WriteTimeout != 30*time.Second || s.IdleTimeout != 60*time.Second {
		t.Errorf("%v %v %v %v", s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout, s.IdleTimeout)
	}
	if s.MaxHeaderBytes != 32<<10 || !s.DisableGeneralOptionsHandler || s.HTTP2.MaxConcurrentStreams != 100 {
		t.Errorf("%d %v %d", s.MaxHeaderBytes, s.DisableGeneralOptionsHandler, s.HTTP2.MaxConcurrentStreams)
	}
	if requestTime >= s.WriteTimeout {
		t.Error("a request that takes its time has none left for the answer")
	}
}
