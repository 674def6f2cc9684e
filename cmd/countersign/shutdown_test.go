package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"countersign/approvals"
)

// endless is a server with one client, whose answer never ends.
func endless(t *testing.T) (s *http.Server, cut <-chan error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s = &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	res, err := http.Get("http://" + l.Addr().String()) //nolint:noctx // ends with the server
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		ended <- err
	}()
	return s, ended
}

// F-55: streams that do not end take nothing of the time in which pushes are
// finished, and are cut when their own is over.
func TestShutdown_StreamsTakeNoTimeOfPushes(t *testing.T) {
	t.Parallel()
	first, cutFirst := endless(t)
	second, cutSecond := endless(t)
	const short = 50 * time.Millisecond
	finished := false
	err := ending{
		servers: []*http.Server{first, second}, serversTime: short, queueTime: 10 * time.Second,
		queue: func(ctx context.Context) error {
			for _, cut := range []<-chan error{cutFirst, cutSecond} { // a push that ends after the streams are cut
				select {
				case <-cut:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			left, _ := ctx.Deadline()
			finished = time.Until(left) > 0
			return nil
		},
	}.run()
	if !finished || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("pushes finished %v, %v", finished, err)
	}
	if queueTime < approvals.PushTimeout {
		t.Error("a push may take longer than the queue has")
	}
}

// A node that stops begins no push: another one takes it up.
func TestShutdown_NoPushIsBegun(t *testing.T) {
	t.Parallel()
	g := &Gateway{sender: &approvals.Sender{}} // which would panic
	g.stopping.Store(true)
	if err := g.push(t.Context(), "any"); !errors.Is(err, approvals.ErrNotDue) {
		t.Error(err)
	}
}
