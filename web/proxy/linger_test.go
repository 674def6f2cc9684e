package proxy_test

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"countersign/web/proxy"
)

// A client that is refused while it is still sending reads its answer to the
// end: the connection is not reset under it.
func TestConn_lingers(t *testing.T) {
	t.Parallel()
	_, address := serve(t, routes("http://127.0.0.1:1", nobody), nil)
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	more := bytes.Repeat([]byte("x"), 64<<10)
	if _, err := c.Write(append([]byte("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"), more...)); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400 ") {
		t.Errorf("%.60s, %v", answer, err)
	}
}

// The proxy takes so many connections at once; one that ends makes room for the
// next, and closing the listener ends the wait for room.
func TestListen_room(t *testing.T) {
	t.Parallel()
	table, _ := proxy.Compile(routes("http://127.0.0.1:1", nobody))
	p, err := proxy.New(config(t, table))
	if err != nil {
		t.Fatal(err)
	}
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := p.ListenFor(inner, 2)
	accepted, failed := make(chan net.Conn, 4), make(chan error, 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				failed <- err
				return
			}
			accepted <- c
		}
	}()
	for range 4 {
		c, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	first, second := <-accepted, <-accepted
	select {
	case <-accepted:
		t.Fatal("a third is taken while there is room for two")
	case <-time.After(50 * time.Millisecond):
	}
	_ = first.Close()
	_ = first.Close() // twice makes no more room
	third := <-accepted
	select {
	case <-accepted:
		t.Fatal("a fourth is taken while there is room for two")
	case <-time.After(50 * time.Millisecond):
	}
	_ = l.Close()
	if err := <-failed; err == nil {
		t.Error("no error after the end")
	}
	_, _ = second.Close(), third.Close()
}
