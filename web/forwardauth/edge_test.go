package forwardauth_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/client"
	"countersign/web/forwardauth"
	"countersign/web/samples"
)

// edge is a real proxy with its shipped configuration, between a client, the
// gateway and a marketplace that keeps its handler behind client.Guard.
type edge struct {
	*door
	url      string
	asked    *recorder // what the gateway got
	gateway  *httptest.Server
	hangs    atomic.Bool // the gateway takes questions and never answers
	reached  *recorder   // what the marketplace got, before the guard
	executed *recorder   // what the guard let through
}

// recorder keeps the requests that came.
type recorder struct {
	mu  sync.Mutex
	all []*http.Request
}

func (r *recorder) add(req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, req.Clone(context.Background()))
}

// take returns what came since the last time.
func (r *recorder) take() []*http.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.all
	r.all = nil
	return all
}

// proxy starts a proxy with this configuration and returns how to stop it.
type proxy func(t *testing.T, config, address string)

// newEdge starts everything. change edits the shipped file, besides its
// addresses.
func newEdge(t *testing.T, start proxy, file, listen string, change ...string) *edge {
	t.Helper()
	e := &edge{door: openSQLite(t), asked: &recorder{}, reached: &recorder{}, executed: &recorder{}}
	inner := e.handler()
	e.gateway = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.asked.add(r)
		if e.hangs.Load() {
			<-r.Context().Done()
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(e.gateway.Close)
	market := httptest.NewServer(e.marketplace())
	t.Cleanup(market.Close)

	raw, err := samples.Files.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	config := string(raw)
	pairs := append([]string{
		listen, strings.ReplaceAll(listenAt[listen], "ADDRESS", address),
		"127.0.0.1:3000", market.Listener.Addr().String(), "127.0.0.1:8091", e.gateway.Listener.Addr().String(),
	}, change...)
	for i := 0; i < len(pairs); i += 2 {
		if strings.Count(config, pairs[i]) != 1 {
			t.Fatalf("%s holds %q %d times", file, pairs[i], strings.Count(config, pairs[i]))
		}
		config = strings.Replace(config, pairs[i], pairs[i+1], 1)
	}
	start(t, config, address)
	e.url = "http://" + address
	return e
}

// listenAt is what stands in the place of a file's own address.
var listenAt = map[string]string{"listen 80;": "listen ADDRESS;", "market.example {": "http://ADDRESS {"}

// marketplace is the upstream: /bank is guarded, all else is not.
func (e *edge) marketplace() http.Handler {
	e.t.Helper()
	keys := &http.Client{Transport: published{e}}
	releases, err := client.NewReleaseVerifier(publicURL, string(e.Marketplace.ID), client.HTTPClient(keys))
	if err != nil {
		e.t.Fatal(err)
	}
	releases.Now = e.Clock.Now
	done := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.executed.add(r)
		_, _ = io.Copy(w, r.Body)
	})
	guarded := client.Guard{Releases: releases, AnySeller: true}.Wrap(done)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.reached.add(r)
		if r.Method != http.MethodGet && strings.HasPrefix(r.URL.Path, "/bank") {
			guarded.ServeHTTP(w, r)
			return
		}
		done.ServeHTTP(w, r)
	})
}

// published answers with the gateway's public keys.
type published struct{ e *edge }

func (p published) RoundTrip(*http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	set, err := p.e.Keys.JWKS()
	if err != nil {
		return nil, err
	}
	_, _ = w.Write(set)
	return w.Result(), nil
}

// lastPort is the port given out last. Ports below the range from which the
// kernel gives its own stay free until the proxy listens.
var lastPort atomic.Int64

func freeAddress(t *testing.T) string {
	t.Helper()
	for range 9000 {
		address := fmt.Sprintf("127.0.0.1:%d", 20000+(int64(os.Getpid())*61+lastPort.Add(1))%9000)
		if l, err := net.Listen("tcp", address); err == nil {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// run starts a program and waits until it listens; it ends with the test.
func run(t *testing.T, address, program string, env []string, args ...string) {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		path = filepath.Join("/usr/sbin", program)
	}
	var out bytes.Buffer
	cmd := exec.Command(path, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), env...), &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: the tests of the shipped configurations need Debian's %s", err, program)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-ended })
	for deadline := time.After(20 * time.Second); ; {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s ended: %s", program, out.String())
		case <-deadline:
			t.Fatalf("%s does not listen", program)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// forged is what a client might say of itself, and of us.
var forged = map[string]string{
	forwardauth.ReleaseHeader: "forged", forwardauth.LocationHeader: "https://forged.example", "Forwarded": "for=forged",
	"X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/forged", "X-Forwarded-Host": "forged.example", "X-Forwarded-For": "203.0.113.66", "X-Forwarded-User": "forged",
	"X-Original-Method": "GET", "X-Original-Uri": "/forged", "X-Original-Url": "/forged", "X-Rewrite-Url": "/forged", "X-Real-Ip": "203.0.113.66",
	"X-Http-Method-Override": "GET", "X-Http-Method": "GET", "X-Method-Override": "GET", "Countersign_release": "forged", "X_forwarded_uri": "/forged",
}

// send is the client's request; it may forge what it likes.
func (e *edge) send(method, path, body string, headers ...map[string]string) *http.Response {
	e.t.Helper()
	req, err := http.NewRequestWithContext(e.t.Context(), method, e.url+path, strings.NewReader(body))
	if err != nil {
		e.t.Fatal(err)
	}
	req.Header.Set("Cookie", "session=secret")
	req.Header.Set("Authorization", "Basic secret")
	for _, some := range headers {
		for name, value := range some {
			req.Header[name] = []string{value}
		}
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		e.t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return res
}

// naming is what a client says with the request that a approves.
func naming(a approvals.Action) map[string]string {
	return map[string]string{
		"Countersign-Action": string(a.ID), "Content-Digest": approvals.ContentDigest([]byte(boundBody)), "Content-Type": boundType,
	}
}

// clean reports what of a client's forgeries is in a request, or of what is
// nobody's business but the marketplace's.
func clean(r *http.Request, private bool) []string {
	var found []string
	for name, values := range r.Header {
		for _, v := range values {
			if strings.Contains(v, "forged") || strings.Contains(v, "203.0.113.66") || private && strings.Contains(v, "secret") {
				found = append(found, fmt.Sprintf("%s: %s", name, v))
			}
		}
	}
	for _, name := range []string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override", "X-Original-Url", "X-Rewrite-Url"} {
		if r.Header.Get(name) != "" {
			found = append(found, name)
		}
	}
	return found
}
