package proxy

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/web/peer"
	"countersign/web/problem"
)

// Limits of the listener (RELIABILITY §11).
const (
	headerTime     = 5 * time.Second
	idleTime       = 60 * time.Second
	maxConnections = 10_000
	// drainTime is how long streams may go on once the node is to stop.
	drainTime = 15 * time.Second
)

// Config is what a proxy stands on.
type Config struct {
	Table       *Table // from Compile
	Approvals   *approvals.Service
	Marketplace approvals.Marketplace // that of Table
	PublicURL   string                // of the seller's pages
	// Front are the proxies in front whose X-Forwarded-* headers are believed,
	// besides the peers that say who is signed in.
	Front peer.List
	// Limit refuses a guarded request of a seller who asks too often, before
	// anything is kept of it; nil: nobody does.
	Limit func(r *http.Request, seller approvals.SellerKey) error
	// Count is told once what became of each request; nil: nobody counts.
	Count func(Outcome)
	Now   func() time.Time
	// Machine is the clock that tokens, made elsewhere, are judged by: a test
	// gateway's Now can be days ahead.
	Machine func() time.Time
	Log     *slog.Logger
}

// Proxy is the gateway in front of a marketplace, as a handler. It must be
// served by its own Server, over Listen: what a request's head says is decided
// there.
type Proxy struct {
	Config
	table         *Table
	documents     problem.Documents
	forward       *httputil.ReverseProxy
	transport     *http.Transport
	pushes        *http.Transport
	identify      identifier
	peerHeader    string // of a trusted peer, canonical
	jwtHeader     string // canonical
	patience      time.Duration
	drain         time.Duration
	sellerHeaders map[string]bool // that the gateway sets upstream, canonical
	pages         string          // host of the seller's pages
}

// New returns the proxy. A key set that is named by file is read here; one that
// is named by URL when it is first needed.
func New(c Config) (*Proxy, error) {
	if c.Table == nil || c.Approvals == nil || c.Now == nil || c.Machine == nil || c.Log == nil || c.PublicURL == "" {
		return nil, errors.New("proxy: a part is missing")
	}
	if err := c.returns(); err != nil {
		return nil, err
	}
	p := &Proxy{
		Config: c, table: c.Table, documents: problem.Documents{PublicURL: c.PublicURL, Now: c.Now},
		transport: newTransport(), pushes: newPushTransport(), patience: patience, drain: drainTime, sellerHeaders: map[string]bool{},
	}
	pages, err := url.Parse(c.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("proxy: public url: %w", err)
	}
	p.pages = pages.Host
	p.forward = p.newForward(c.Log)
	for _, r := range p.table.routes {
		if r.SellerHeader != "" {
			p.sellerHeaders[textproto.CanonicalMIMEHeaderKey(r.SellerHeader)] = true
		}
	}
	return p, p.buildIdentity()
}

// returns checks that sellers come back to where the marketplace said.
func (c Config) returns() error {
	for _, r := range c.Table.routes {
		known := false
		for _, u := range c.Marketplace.ReturnURLs {
			known = known || u == r.ReturnURL
		}
		if !known {
			return fmt.Errorf("routes: return_url of route %q is not registered for marketplace %s", r.Name, c.Marketplace.ID)
		}
	}
	return nil
}

type connKey struct{}

// connOf returns the connection of a request, nil if it did not come by one of
// ours.
func connOf(ctx context.Context) *conn {
	c, _ := ctx.Value(connKey{}).(*conn)
	return c
}

// Server returns the server that must serve the proxy, on what Listen returns.
// There is no limit on how long an answer takes, it is the upstream's, until the
// server is shut down.
func (p *Proxy) Server() *http.Server {
	streams, end := context.WithCancel(context.Background())
	s := &http.Server{
		Handler: p, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: 2 * maxHead,
		DisableGeneralOptionsHandler: true, ErrorLog: slog.NewLogLogger(p.Log.Handler(), slog.LevelWarn),
		BaseContext: func(net.Listener) context.Context { return streams },
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
	}
	s.RegisterOnShutdown(func() { time.AfterFunc(p.drain, end) })
	return s
}

// Listen reads the connections of l strictly, so many at once.
func (p *Proxy) Listen(l net.Listener) net.Listener {
	c := &crowd{front: []peer.List{p.Front, p.table.trusted}, from: map[netip.Addr]int{}}
	return newListener(l, c, maxConnections)
}

// Close gives up the idle connections to the upstream.
func (p *Proxy) Close() { p.transport.CloseIdleConnections() }

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := connOf(r.Context())
	if c == nil { // not our listener: nothing is known of the head
		p.refuse(w, r, approvals.Refuse(approvals.CodeUnavailable))
		return
	}
	if r.Method == refusedMethod {
		p.refuse(w, r, refusal(r.RequestURI))
		return
	}
	if strings.EqualFold(r.Host, p.pages) { // one origin for both would let the marketplace's scripts into the seller's pages
		p.refuse(w, r, approvals.Refuse(problem.Misdirected))
		return
	}
	d, err := p.table.decide(r)
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	if d.guarded {
		dropOverrides(r.Header)
	}
	switch {
	case d.route != nil:
		p.guard(w, r, d)
	case len(r.Header["Upgrade"]) > 0:
		p.forward.ServeHTTP(switching{w, c}, r)
	default:
		p.pacing(w, r)
		p.forward.ServeHTTP(w, r)
	}
}

// refusal reads what the connection wrote.
func refusal(uri string) error {
	code, why, _ := strings.Cut(strings.TrimPrefix(uri, "/"), "/")
	why, err := url.PathUnescape(why)
	if err != nil {
		return approvals.Refuse(problem.AmbiguousRequest)
	}
	return (&refused{approvals.Code(code), why}).problem()
}

// refuse answers with a problem document, and notes it once.
func (p *Proxy) refuse(w http.ResponseWriter, r *http.Request, err error) {
	t := &problem.Trace{ID: "req_" + rand.Text()}
	r = r.WithContext(problem.WithTrace(r.Context(), t))
	h := w.Header()
	own(h)
	h.Set("Request-Id", t.ID)
	if c := connOf(r.Context()); c != nil && errors.Is(err, approvals.Refuse(problem.AmbiguousRequest)) {
		h.Set("Connection", "close") // what follows may be its rest
		c.linger.Store(true)
	}
	p.hurry(w, r)
	p.documents.Refuse(w, r, err)
	p.count(Outcome{Kind: Refused, Code: t.Code})
	attrs := []any{"request_id", t.ID, "code", string(t.Code)}
	if t.Cause != nil {
		p.Log.WarnContext(r.Context(), "proxy refused", append(attrs, "cause", t.Cause)...)
		return
	}
	p.Log.InfoContext(r.Context(), "proxy refused", attrs...)
}

// own sets what every answer of the gateway's own carries.
func own(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
}
