package proxy_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
)

// recorder is an upstream that keeps the bytes it gets.
type recorder struct {
	net.Listener
	mu       sync.Mutex
	accepted int
	whole    []recorded
	answer   string // to every request
}

// recorded is one request that came to its end.
type recorded struct {
	raw     string
	line    string // method and target
	header  http.Header
	host    string
	trailer http.Header
	body    string
}

const answerOK = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

func newRecorder(t testing.TB) *recorder {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u := &recorder{Listener: l, answer: answerOK}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			u.mu.Lock()
			u.accepted++
			u.mu.Unlock()
			serving.Go(func() { u.serve(c) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); serving.Wait() })
	return u
}

func (u *recorder) url() string { return "http://" + u.Addr().String() }

func (u *recorder) serve(c net.Conn) {
	defer c.Close()
	for {
		var seen bytes.Buffer
		r := bufio.NewReader(io.TeeReader(c, &seen))
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		u.mu.Lock()
		u.whole = append(u.whole, recorded{
			raw: seen.String(), line: req.Method + " " + req.RequestURI, header: req.Header, host: req.Host, trailer: req.Trailer, body: string(body),
		})
		answer := u.answer
		u.mu.Unlock()
		if req.Method == http.MethodHead {
			answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
		}
		if _, err := io.WriteString(c, answer); err != nil {
			return
		}
	}
}

// got returns how many connections were made and what came over them.
func (u *recorder) got() (int, []recorded) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.accepted, append([]recorded(nil), u.whole...)
}
