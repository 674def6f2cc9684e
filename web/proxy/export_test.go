package proxy

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// Trust makes requests upstream believe the certificates of a test's server.
func (p *Proxy) Trust(c *tls.Config) {
	for _, t := range []*http.Transport{p.transport, p.pushes} {
		t.TLSClientConfig = &tls.Config{RootCAs: c.RootCAs, MinVersion: tls.VersionTLS12}
	}
}

// ListenFor is Listen for so many connections at once.
func (p *Proxy) ListenFor(l net.Listener, room int) net.Listener {
	in := p.Listen(l).(listener)
	return newListener(l, in.crowd, room)
}

// Patience is how long a body may let the proxy wait.
func (p *Proxy) Patience(d time.Duration) { p.patience = d }

// Drain is how long streams go on after a shutdown begins.
func (p *Proxy) Drain(d time.Duration) { p.drain = d }

// Pacing bounds the body of a request that is let through.
func (p *Proxy) Pacing(w http.ResponseWriter, r *http.Request) { p.pacing(w, r) }
