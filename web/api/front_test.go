package api_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/web"
	"countersign/web/api"
	"countersign/web/problem"
)

const (
	publicURL = "https://approve.example"
	returnURL = "https://market.example/bank"
	ourKey    = "cs_test_ours-canary-4f1c"
	otherKey  = "cs_test_other-canary-9b2e"
)

func keyHash(key string) [32]byte { return sha256.Sum256([]byte(key)) }

// buffer is a log, safe for parallel use.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

type ready struct{}

func (ready) Ready(context.Context) error { return nil }

// front is a gateway's API behind the whole front, as cmd puts it together.
type front struct {
	t       testing.TB
	handler http.Handler
	log     *buffer
	recent  problem.Recent
}

func newFront(t testing.TB, c api.Config) *front {
	t.Helper()
	u, err := web.CheckPublicURL(publicURL)
	if err != nil {
		t.Fatal(err)
	}
	c.PublicURL = u.String()
	a, err := api.New(c)
	if err != nil {
		t.Fatal(err)
	}
	f := &front{t: t, log: &buffer{}}
	f.handler, err = web.New(web.Config{
		PublicURL: u, API: a, Ready: ready{}, Metrics: web.NewMetrics(), Recent: &f.recent, Now: c.Now,
		Log: slog.New(slog.NewJSONHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// request is one call, well-formed unless change says otherwise.
type request struct {
	method, path string
	body         string
	key          string // idempotency key; none on a GET
	change       func(*http.Request)
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
	json   map[string]any
}

func (a answer) code() string {
	code, _ := a.json["code"].(string)
	return code
}

func (f *front) build(r request) *http.Request {
	var body io.Reader = http.NoBody
	if r.body != "" {
		body = strings.NewReader(r.body)
	}
	req := httptest.NewRequest(r.method, publicURL+r.path, body)
	req.RequestURI = r.path
	req.Header.Set("Authorization", "Bearer "+ourKey)
	if r.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.key != "" {
		req.Header.Set("Idempotency-Key", r.key)
	}
	if r.change != nil {
		r.change(req)
	}
	return req
}

// raw sends any request. An answer to one of the described calls is as
// described.
func (f *front) raw(r request) answer {
	f.t.Helper()
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, f.build(r))
	a := answer{status: w.Code, header: w.Header(), body: w.Body.Bytes()}
	if strings.Contains(w.Header().Get("Content-Type"), "json") {
		if err := json.Unmarshal(a.body, &a.json); err != nil {
			f.t.Fatalf("%s %s: %v: %s", r.method, r.path, err, a.body)
		}
	}
	if c := loadContract(f.t); c.Describes(f.build(r)) {
		if err := c.Answer(f.build(r), a.status, a.header, a.body); err != nil {
			f.t.Error(err)
		}
	}
	return a
}

// fixedNow is the clock of tests that never look at it.
func fixedNow() time.Time { return time.Date(2026, 5, 16, 12, 0, 0, 0, time.UTC) }

// registry knows one marketplace by one key.
type registry struct {
	approvals.Registry
	err error
}

func (r registry) KeyOf(_ context.Context, hash [32]byte) (approvals.APIKey, approvals.Marketplace, error) {
	if r.err != nil {
		return approvals.APIKey{}, approvals.Marketplace{}, r.err
	}
	if hash != keyHash(ourKey) {
		return approvals.APIKey{}, approvals.Marketplace{}, approvals.Refuse(approvals.CodeNotFound)
	}
	return approvals.APIKey{Scopes: approvals.Scopes()}, approvals.Marketplace{ID: "market", Name: "Market", ReturnURLs: []string{returnURL}}, nil
}
