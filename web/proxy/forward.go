package proxy

import (
	"bufio"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"countersign/approvals"
	"countersign/web/problem"
)

// Connections to the upstream.
const (
	idleUpstream    = 256 // to one host; the two of net/http make a new one for nearly every request
	idleLife        = 90 * time.Second
	dialTime        = 5 * time.Second
	handshakeTime   = 5 * time.Second
	upstreamHeaders = 64 << 10
	copySize        = 32 << 10
)

// newTransport is how requests go upstream: by no proxy, with their bytes as
// they are, over HTTP/2 where the upstream speaks it.
func newTransport() *http.Transport {
	dialer := net.Dialer{Timeout: dialTime, KeepAlive: 30 * time.Second}
	return &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: handshakeTime, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: idleUpstream, IdleConnTimeout: idleLife, DisableCompression: true,
		MaxResponseHeaderBytes: upstreamHeaders, ExpectContinueTimeout: time.Second,
	}
}

// buffers are shared by all answers that are being copied.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte {
	if v, ok := b.pool.Get().(*[]byte); ok {
		return *v
	}
	return make([]byte, copySize)
}

func (b *buffers) Put(buf []byte) { b.pool.Put(&buf) }

// newForward lets a request through: streamed both ways, answers flushed as
// they come where their length is not known.
func (p *Proxy) newForward(l *slog.Logger) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite: p.rewrite, Transport: p.transport, BufferPool: &buffers{}, ErrorHandler: p.unanswered,
		ModifyResponse: p.answered, ErrorLog: log.New(quiet{l}, "", 0),
	}
}

// quiet keeps what httputil would print, which may hold addresses, at debug.
type quiet struct{ log *slog.Logger }

func (q quiet) Write(b []byte) (int, error) {
	q.log.Debug("proxy", "message", strings.TrimSpace(string(b)))
	return len(b), nil
}

// rewrite addresses a request. Path and query go as they came, byte for byte:
// httputil would drop parameters that it does not understand and escape others
// anew (RELIABILITY §10).
func (p *Proxy) rewrite(r *httputil.ProxyRequest) {
	*r.Out.URL = p.target(r.In.RequestURI)
	r.Out.Host = r.In.Host
	p.clean(r.Out.Header, r.In)
	p.addForwarded(r)
	if !strings.EqualFold(r.Out.Header.Get("Upgrade"), "websocket") { // h2c and others: a server may stay with HTTP/1.1 (RFC 9110 §7.8)
		r.Out.Header.Del("Upgrade")
		r.Out.Header.Del("Connection")
	}
	p.passTrailers(r)
}

// target is the upstream's address of what a client asked for.
func (p *Proxy) target(uri string) url.URL {
	path, query, asked := strings.Cut(uri, "?")
	return url.URL{Scheme: p.table.upstream.Scheme, Host: p.table.upstream.Host, Opaque: path, RawQuery: query, ForceQuery: asked}
}

// addForwarded says who asked and how. What is there by now is a trusted
// proxy's word, and comes first.
func (p *Proxy) addForwarded(r *httputil.ProxyRequest) {
	out := r.Out.Header
	peer, _, err := net.SplitHostPort(r.In.RemoteAddr)
	if err != nil {
		return
	}
	if before := out["X-Forwarded-For"]; len(before) > 0 {
		peer = strings.Join(before, ", ") + ", " + peer
	}
	out["X-Forwarded-For"] = []string{peer}
	if out["X-Forwarded-Host"] == nil {
		out["X-Forwarded-Host"] = []string{r.In.Host}
	}
	if out["X-Forwarded-Proto"] == nil {
		out["X-Forwarded-Proto"] = []string{"http"}
	}
}

// passTrailers sends trailers on. They are read at the body's end, by then into
// the request that came in.
func (p *Proxy) passTrailers(r *httputil.ProxyRequest) {
	if len(r.In.Trailer) == 0 || r.Out.Body == nil {
		r.Out.Trailer = nil
		return
	}
	out := http.Header{}
	for name := range r.In.Trailer {
		if !p.strips(name) {
			out[name] = nil
		}
	}
	r.Out.Trailer = out
	r.Out.Body = &trailing{ReadCloser: r.Out.Body, in: r.In, out: out}
}

// trailing hands trailers over when its body has ended.
type trailing struct {
	io.ReadCloser
	in  *http.Request
	out http.Header
}

func (t *trailing) Read(b []byte) (int, error) {
	n, err := t.ReadCloser.Read(b)
	if errors.Is(err, io.EOF) {
		for name := range t.out {
			t.out[name] = t.in.Trailer[name]
		}
	}
	return n, err
}

// answered takes out of the upstream's answer what only the gateway says.
func (p *Proxy) answered(res *http.Response) error {
	p.count(Outcome{Kind: Passed, Status: res.StatusCode})
	for name := range res.Header {
		if strings.HasPrefix(name, "Countersign-") {
			delete(res.Header, name)
		}
	}
	dropSetCookies(res.Header)
	return nil
}

// unanswered says that there is no answer from upstream, without a word of why.
func (p *Proxy) unanswered(w http.ResponseWriter, r *http.Request, err error) {
	if c := connOf(r.Context()); c != nil && c.broken.Load() {
		p.refuse(w, r, errChunk.problem())
		return
	}
	if r.Context().Err() == nil {
		p.Log.WarnContext(r.Context(), "upstream", "error", err)
	}
	p.refuse(w, r, approvals.Refuse(problem.UpstreamDown))
}

// switching is a ResponseWriter that tells the connection when it leaves HTTP.
type switching struct {
	http.ResponseWriter
	conn *conn
}

func (s switching) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// Hijack implements http.Hijacker.
func (s switching) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(s.ResponseWriter).Hijack()
	if err == nil && s.conn != nil {
		s.conn.raw.Store(true)
	}
	return c, rw, err
}
