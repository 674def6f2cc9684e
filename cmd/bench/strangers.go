package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"
)

// mailServer takes every mail and keeps the confirmation links.
type mailServer struct {
	address string
	server  *smtp.Server
	taken   atomic.Int64

	mu    sync.Mutex
	links map[string]chan mailed // by recipient
}

// mailed is a link that arrived.
type mailed struct {
	link string
	at   time.Time
}

func newMailServer() (*mailServer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	m := &mailServer{address: l.Addr().String(), links: map[string]chan mailed{}}
	m.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &envelope{server: m}, nil }))
	m.server.Domain = "localhost"
	m.server.ErrorLog = log.New(io.Discard, "", 0)
	go func() { _ = m.server.Serve(l) }() // ends with stop
	return m, nil
}

// confirmation is where links mailed to this address arrive. One that nobody
// fetches gives way to the next.
func (m *mailServer) confirmation(recipient string) chan mailed {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.links[recipient]
	if c == nil {
		c = make(chan mailed, 1)
		m.links[recipient] = c
	}
	return c
}

var confirmLink = regexp.MustCompile(`http://localhost:[0-9]+/confirm/[A-Za-z0-9_-]+`)

func (m *mailServer) take(recipient string, raw []byte) {
	m.taken.Add(1)
	link := confirmLink.Find(bytes.ReplaceAll(raw, []byte("=\r\n"), nil)) // quoted-printable
	if link == nil {
		return
	}
	c := m.confirmation(recipient)
	select {
	case <-c:
	default:
	}
	c <- mailed{string(link), time.Now()}
}

func (m *mailServer) stop() error { return m.server.Close() }

// envelope is the message of one connection.
type envelope struct {
	server *mailServer
	to     string
}

// Mail begins a message.
func (e *envelope) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt names the recipient; the gateway writes to one at a time.
func (e *envelope) Rcpt(to string, _ *smtp.RcptOptions) error {
	e.to = to
	return nil
}

// Data takes the message.
func (e *envelope) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err == nil {
		e.server.take(e.to, raw)
	}
	return err
}

// Reset forgets it.
func (e *envelope) Reset() { e.to = "" }

// Logout ends the connection.
func (e *envelope) Logout() error { return nil }

// receiver takes every webhook.
type receiver struct {
	url    string
	server *http.Server
	taken  atomic.Int64
}

func newReceiver() (*receiver, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receiver{url: "http://" + l.Addr().String() + "/hook"}
	r.server = &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		r.taken.Add(1)
		w.WriteHeader(http.StatusNoContent)
	})}
	go func() { _ = r.server.Serve(l) }() // ends with stop
	return r, nil
}

func (r *receiver) stop() error {
	err := r.server.Shutdown(context.Background())
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
