package proxy

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"time"
)

// refusedMethod is the method of the request that net/http is given in the
// place of one that conn refuses, so that the refusal is answered in its turn,
// after the answers to those before it. No client can send it: it is no method
// that readHead lets pass.
const refusedMethod = "REFUSED"

// lingering is how long a refused client may take to read its answer before
// the connection is reset under what it still sends.
const lingering = 500 * time.Millisecond

// conn stands between a client's connection and net/http. It reads each head
// whole and hands it on only when it can be understood in one way: net/http
// itself drops a Content-Length beside Transfer-Encoding, joins folded lines
// and takes bare LF without a word, so a handler could not tell (RELIABILITY
// §10). Bodies are followed, never kept. One goroutine reads at a time.
type conn struct {
	net.Conn
	in      []byte // read, not yet handed on
	checked int    // how much of in may be handed on
	scanned int    // how much of in was looked through for the head's end
	body    int64  // bytes of the body to come
	chunks  *chunkReader
	// refused: nothing more is read after what is checked.
	refused bool
	// broken: a body could not be followed to its end.
	broken atomic.Bool
	// linger: the client may still be sending when the connection is closed.
	linger atomic.Bool
	raw    atomic.Bool // switched to another protocol
	left   func()      // called once it is closed
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	for {
		switch {
		case c.checked > 0:
			n := copy(p, c.in[:c.checked])
			c.drop(n)
			return n, nil
		case c.raw.Load():
			return c.readRaw(p)
		case c.refused:
			return 0, io.EOF
		case len(p) == 0:
			return 0, nil
		case c.body > 0 || c.chunks != nil:
			return c.readBody(p)
		}
		if err := c.readHead(); err != nil {
			return 0, err
		}
	}
}

// drop forgets n bytes that were handed on.
func (c *conn) drop(n int) {
	c.in = c.in[:copy(c.in, c.in[n:])]
	c.checked -= n
}

func (c *conn) readRaw(p []byte) (int, error) {
	if len(c.in) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.in)
	c.in = c.in[:copy(c.in, c.in[n:])]
	return n, nil
}

// readHead reads until the head is whole, and checks it.
func (c *conn) readHead() error {
	for {
		end, err := c.headEnd()
		if err == nil && end > 0 {
			var h head
			if h, err = readHead(c.in[:end]); err == nil {
				c.accept(h, end)
				return nil
			}
		}
		if err != nil {
			c.refuse(err)
			return nil
		}
		if c.in == nil {
			c.in = make([]byte, 0, 4<<10)
		} else if len(c.in) == cap(c.in) {
			c.in = append(make([]byte, 0, 2*cap(c.in)), c.in...)
		}
		n, err := c.Conn.Read(c.in[len(c.in):cap(c.in)])
		c.in = c.in[:len(c.in)+n]
		if n == 0 && err != nil {
			return err
		}
	}
}

// headEnd returns where the head ends, 0 while that is not there yet.
func (c *conn) headEnd() (int, error) {
	for {
		i := bytes.IndexByte(c.in[c.scanned:], '\n')
		if i < 0 {
			if len(c.in) > maxHead {
				return 0, tooLong(c.in)
			}
			return 0, nil
		}
		line := c.in[c.scanned : c.scanned+i+1]
		c.scanned += i + 1
		switch {
		case len(line) < 2 || line[i-1] != '\r' || bytes.IndexByte(line[:i-1], '\r') >= 0:
			return 0, errLineEnd
		case c.scanned > maxHead:
			return 0, tooLong(c.in)
		case len(line) == 2 && c.scanned == 2:
			return 0, errRequestLine
		case len(line) == 2:
			return c.scanned, nil
		}
	}
}

// tooLong says which part of a head is.
func tooLong(head []byte) error {
	if i := bytes.IndexByte(head, '\n'); i < 0 || i > maxTarget {
		return errTooLong
	}
	return errHeaders
}

// accept hands on a head of this length and what is there of its body.
func (c *conn) accept(h head, end int) {
	c.checked, c.scanned = end, 0
	c.body = h.length
	if h.chunked {
		c.chunks = &chunkReader{}
	}
	rest := c.in[end:]
	n, err := c.follow(rest)
	c.checked += n
	if err != nil {
		c.fail()
	}
}

// follow takes what of b belongs to the body.
func (c *conn) follow(b []byte) (n int, err error) {
	if c.chunks == nil {
		n = int(min(c.body, int64(len(b))))
		c.body -= int64(n)
		return n, nil
	}
	n, ended, err := c.chunks.follow(b)
	if ended {
		c.chunks = nil
	}
	return n, err
}

// readBody reads straight into p. What follows the body waits in c.in.
func (c *conn) readBody(p []byte) (int, error) {
	if c.chunks == nil {
		p = p[:min(c.body, int64(len(p)))]
	}
	got, err := c.Conn.Read(p)
	n, bad := c.follow(p[:got])
	if bad != nil {
		c.fail()
		return n, errChunk
	}
	c.in = append(c.in, p[n:got]...)
	return n, err
}

// fail ends a connection whose body cannot be followed. What was read of it has
// been handed on or will be; its end never is.
func (c *conn) fail() {
	c.broken.Store(true)
	c.linger.Store(true)
	c.refused, c.chunks, c.in = true, nil, c.in[:c.checked]
}

// refuse puts a request in the place of what cannot be understood that makes
// the handler say so.
func (c *conn) refuse(err error) {
	r, ok := err.(*refused)
	if !ok {
		r = errRequestLine
	}
	c.in = fmt.Appendf(c.in[:0], "%s /%s/%s HTTP/1.1\r\nHost: refused\r\nConnection: close\r\n\r\n", refusedMethod, r.code, url.PathEscape(r.why))
	c.checked, c.refused = len(c.in), true
	c.linger.Store(true)
}

// Close lets a refused client read its answer first: closing with unread bytes
// in the socket resets the connection.
func (c *conn) Close() error {
	half, ok := c.Conn.(*net.TCPConn)
	if !c.linger.Load() || !ok || half.CloseWrite() != nil {
		return c.end()
	}
	time.AfterFunc(lingering, func() { _ = c.end() })
	return nil
}

func (c *conn) end() error {
	if c.left != nil {
		c.left()
	}
	return c.Conn.Close()
}

// CloseWrite lets net/http end an answer before a connection.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(*net.TCPConn); ok {
		return half.CloseWrite()
	}
	return nil
}
