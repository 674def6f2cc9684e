package proxy

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
)

// FuzzHead: what readHead understands, net/http understands too, and in the
// same way.
func FuzzHead(f *testing.F) {
	for _, seed := range []string{
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST /a?b HTTP/1.1\r\nHost: a:1\r\nContent-Length: 5\r\n\r\n", "POST /a HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n",
		"GET /%41 HTTP/1.0\r\nhost: a\r\nX: \t y \r\n\r\n", "GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c := &conn{in: b}
		end, err := c.headEnd()
		if err != nil || end == 0 {
			return
		}
		h, err := readHead(b[:end])
		if err != nil {
			return
		}
		r := bufio.NewReader(bytes.NewReader(b[:end]))
		req, err := http.ReadRequest(r)
		if err != nil {
			t.Fatalf("%q is understood here and not there: %v", b[:end], err)
		}
		chunked := len(req.TransferEncoding) == 1 && req.TransferEncoding[0] == "chunked"
		if chunked != h.chunked || !chunked && req.ContentLength != h.length || r.Buffered() > 0 {
			t.Fatalf("%q: %+v here, %d %v there, %d bytes left", b[:end], h, req.ContentLength, req.TransferEncoding, r.Buffered())
		}
		if target, _, _ := bytes.Cut(b[bytes.IndexByte(b, ' ')+1:], []byte(" ")); string(target) != req.RequestURI {
			t.Fatalf("target %q and %q", target, req.RequestURI)
		}
	})
}

// FuzzChunks: a body in chunks ends where net/http finds its end.
func FuzzChunks(f *testing.F) {
	for _, seed := range []string{"0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\nrest", "a\r\n0123456789\r\nA\r\n0123456789\r\n00\r\nX: y\r\n\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, ended, err := (&chunkReader{}).follow(b)
		if !ended || err != nil {
			return
		}
		r := bufio.NewReader(bytes.NewReader(append([]byte("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"), b...)))
		req, err := http.ReadRequest(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			t.Fatalf("%q: %v", b[:n], err)
		}
		if left, _ := io.ReadAll(r); len(left) != len(b)-n {
			t.Fatalf("%q ends after %d bytes here and %d there", b, n, len(b)-len(left))
		}
	})
}

// However a request is cut into pieces on its way, the same is read.
func TestConn_pieces(t *testing.T) {
	t.Parallel()
	const whole = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcPOST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ndef\r\n0\r\nX: y\r\n\r\nGET /c HTTP/1.1\r\nHost: a\r\n\r\n"
	for write := 1; write <= len(whole); write = write*3/2 + 1 {
		for _, read := range []int{1, 2, 7, 100, 4096} {
			client, server := net.Pipe()
			go func() {
				defer client.Close()
				for at := 0; at < len(whole); at += write {
					if _, err := client.Write([]byte(whole[at:min(at+write, len(whole))])); err != nil {
						return
					}
				}
			}()
			got, err := readIn(&conn{Conn: server}, read)
			if string(got) != whole || !errors.Is(err, io.EOF) {
				t.Errorf("in pieces of %d, read by %d: %q, %v", write, read, got, err)
			}
		}
	}
}

func readIn(c net.Conn, size int) (all []byte, err error) {
	defer c.Close()
	for b := make([]byte, size); ; {
		n, err := c.Read(b)
		if all = append(all, b[:n]...); err != nil {
			return all, err
		}
	}
}
