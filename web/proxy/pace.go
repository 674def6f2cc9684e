package proxy

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// How slowly a body may come (RELIABILITY §9 H10): so long in all, and a second
// for every KiB.
const (
	patience = 10 * time.Second
	pace     = time.Second / 1024 // for one byte
)

// paced is a body that has to come at a pace. Only the time spent waiting for
// its sender counts; an upstream that is slow to take it is none of the
// client's doing. Once it has ended it is not read again: net/http closes it
// when the answer begins, and the transport, which looks whether more comes
// than was said, would break off the answer because of that.
type paced struct {
	io.ReadCloser
	client *http.ResponseController
	now    func() time.Time
	left   time.Duration
	ended  bool
}

// pacing bounds how long the body of a request that passes may take.
func (p *Proxy) pacing(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength != 0 {
		r.Body = &paced{ReadCloser: r.Body, client: http.NewResponseController(w), now: p.Machine, left: p.patience}
	}
}

// Read implements io.Reader.
func (b *paced) Read(p []byte) (int, error) {
	if b.ended {
		return 0, io.EOF
	}
	began := b.now()
	if err := b.client.SetReadDeadline(began.Add(b.left)); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	b.left += time.Duration(n)*pace - b.now().Sub(began)
	if b.ended = errors.Is(err, io.EOF); b.ended { // the connection waits as before
		_ = b.client.SetReadDeadline(time.Time{})
	}
	return n, err
}

// hurry bounds how long net/http waits for the rest of a body that nobody
// reads before it sends the answer. The next request begins without it.
func (p *Proxy) hurry(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength != 0 {
		_ = http.NewResponseController(w).SetReadDeadline(p.Machine().Add(p.patience)) // not a connection: nothing to wait for
	}
}
