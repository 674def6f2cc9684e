package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/web/api"
	"countersign/web/problem"
)

// bench is the front with nothing behind it: pages that say what they were
// asked, and an API without a database.
type bench struct {
	handler http.Handler
	log     *log
	metrics *Metrics
	ready   error
	pages   http.HandlerFunc
}

// log is what was logged, safe for parallel use.
type log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// ServeHTTP and Refuse implement Pages.
func (b *bench) ServeHTTP(w http.ResponseWriter, r *http.Request) { b.pages(w, r) }

func (b *bench) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := problem.Of(r.Context(), err)
	if p.Code == problem.InternalError && r.URL.Path == "/twice" {
		panic("the problem page panics too")
	}
	p.Headers(w.Header(), noon)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(p.Status)
	_, _ = w.Write([]byte("<!-- page " + string(p.Code) + " -->"))
}

// Ready implements Readiness.
func (b *bench) Ready(context.Context) error { return b.ready }

var noon = time.Date(2026, 5, 16, 12, 0, 0, 0, time.UTC)

// nobody knows no marketplace and no action.
type nobody struct {
	approvals.Reader
	approvals.Records
	approvals.Answers
	approvals.Registry
}

func (nobody) KeyOf(context.Context, [32]byte) (approvals.APIKey, approvals.Marketplace, error) {
	return approvals.APIKey{}, approvals.Marketplace{}, approvals.Refuse(approvals.CodeNotFound)
}

func (nobody) SignRelease(approvals.ReleaseClaims) (string, error) { return "", errors.New("no keys") }
func (nobody) JWKS() ([]byte, error)                               { return []byte(`{"keys":[]}`), nil }

func now() time.Time { return noon }

func newAPI(public string) (*api.API, error) {
	return api.New(api.Config{
		Service: &approvals.Service{}, Reader: nobody{}, Records: nobody{}, Registry: nobody{}, Answers: nobody{}, Releases: nobody{},
		Webhooks: &approvals.Webhooks{}, PublicURL: public, Now: now,
	})
}

func newBench(t *testing.T, public string) *bench {
	t.Helper()
	return newBenchWith(t, public, func(*Config) {})
}

func newBenchWith(t *testing.T, public string, change func(*Config)) *bench {
	t.Helper()
	u, err := CheckPublicURL(public)
	if err != nil {
		t.Fatal(err)
	}
	a, err := newAPI(u.String())
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{log: &log{}, metrics: NewMetrics()}
	mux := http.NewServeMux()
	mux.HandleFunc("/h/{token}", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) })
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("canary-in-a-panic") })
	mux.HandleFunc("GET /late", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("half")); panic("late") })
	mux.HandleFunc("GET /twice", func(http.ResponseWriter, *http.Request) { panic("first") })
	mux.HandleFunc("POST /read", readAll)
	b.pages = mux.ServeHTTP
	c := Config{
		PublicURL: u, API: a, Pages: b, Ready: b, Metrics: b.metrics, Now: now,
		Log: slog.New(slog.NewJSONHandler(b.log, nil)),
	}
	change(&c)
	b.handler, err = New(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readAll(w http.ResponseWriter, r *http.Request) {
	var buf bytes.Buffer
	if _, err := buf.ReadFrom(r.Body); err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

const gateway = "https://approve.example"

// ask sends one request for the gateway's own host.
func (b *bench) ask(method, target string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	r.Host = "approve.example"
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	return w
}

// E10, AS-13.
func TestCheckPublicURL(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://approve.example":       "https://approve.example",
		"https://Approve.Example/":      "https://approve.example",
		"https://approve.example:443":   "https://approve.example",
		"https://approve.example:8443":  "https://approve.example:8443",
		"http://localhost:8080":         "http://localhost:8080",
		"http://gateway.localhost:8080": "http://gateway.localhost:8080",
		"http://127.0.0.1:8080":         "http://127.0.0.1:8080",
		"http://[::1]:80":               "http://[::1]",
	} {
		if got, err := CheckPublicURL(in); err != nil || got.String() != want {
			t.Errorf("%q: %v, %v, want %s", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", "approve.example", "http://approve.example", "http://10.0.0.1", "http://localhost.evil.example", "ftp://localhost",
		"https://", "https://:443", "https://u:p@approve.example", "https://approve.example/x", "https://approve.example?x",
		"https://approve.example?", "https://approve.example#x", "https:approve.example", "//approve.example", "http://127.0.0.1.example",
	} {
		if got, err := CheckPublicURL(in); err == nil {
			t.Errorf("%q was taken as %s", in, got)
		}
	}
}

func TestNew_missingPart(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{PublicURL: &url.URL{}}); err == nil {
		t.Error("a front without parts was made")
	}
}

// S13 for pages, RFC 9457 for the API: the address decides the form.
func TestRefuse_formByAddress(t *testing.T) {
	t.Parallel()
	b := newBench(t, gateway)
	for _, c := range []struct {
		method, target string
		status         int
		page           bool
	}{
		{"GET", "/v1", 404, false},
		{"GET", "/v1/", 404, false},
		{"GET", "/v1/nothing", 404, false},
		{"GET", "/v2/actions", 404, true},
		{"GET", "/.well-known/other", 404, false},
		{"GET", "/problems/nothing", 404, false},
		{"GET", "/v1/../h/t", 404, false},
		{"GET", "//v1/actions", 404, true},
		{"GET", "/h//t", 404, true},
		{"GET", "/h/./t", 404, true},
		{"DELETE", "/v1/actions", 405, false},
		{"OPTIONS", "/v1/actions", 405, false},
		{"TRACE", "/healthz", 405, false},
		{"get", "/healthz", 405, false},
		{"GET", "/v1/actions", 401, false},
		{"POST", "/v1/actions", 401, false},
		{"GET", "/metrics", 404, true}, // N17
	} {
		w := b.ask(c.method, c.target, nil)
		if w.Code != c.status {
			t.Errorf("%s %s: %d, want %d", c.method, c.target, w.Code, c.status)
		}
		kind := w.Header().Get("Content-Type")
		if page := !strings.HasPrefix(kind, problem.ContentType); page != c.page {
			t.Errorf("%s %s: %s %s", c.method, c.target, kind, w.Body)
		}
		if w.Header().Get("Location") != "" {
			t.Errorf("%s %s: redirected to %s", c.method, c.target, w.Header().Get("Location"))
		}
		if c.status == 405 && w.Header().Get("Allow") == "" {
			t.Errorf("%s %s: no Allow", c.method, c.target)
		}
	}
}

func TestProbes(t *testing.T) {
	t.Parallel()
	b := newBench(t, gateway)
	byAddress := func(r *http.Request) { r.Host = "10.0.0.7:8080" }
	if w := b.ask("GET", "/healthz", byAddress); w.Code != 200 || w.Body.String() != "ok\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := b.ask("HEAD", "/readyz", byAddress); w.Code != 200 {
		t.Errorf("%d", w.Code)
	}
	b.ready = errors.New("dial db.internal: refused")
	w := b.ask("GET", "/readyz", nil)
	if w.Code != 503 || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "db.internal") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(b.log.String(), "db.internal") {
		t.Error("the log does not say why the node is not ready")
	}
}

func TestOperator(t *testing.T) {
	t.Parallel()
	b := newBench(t, gateway)
	b.ask("GET", "/h/canary-token", nil)
	b.ask("BREW", "/v1/actions", nil)
	o := Operator(b, b.metrics)
	ask := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		o.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	text := ask("/metrics").Body.String()
	for _, want := range []string{
		`countersign_requests_total{code="",method="GET",route="/h/{token}",status="200"} 1`,
		`countersign_requests_total{code="method_not_allowed",method="other",route="/v1/actions",status="405"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(text, "canary") || strings.Contains(text, "BREW") {
		t.Error("a label holds what a client sent")
	}
	if w := ask("/readyz"); w.Code != 200 {
		t.Errorf("ready: %d", w.Code)
	}
	b.ready = errors.New("no")
	if w := ask("/readyz"); w.Code != 503 {
		t.Errorf("not ready: %d", w.Code)
	}
}
