package main

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/client"
	"countersign/client/examples"
	"countersign/web/webtest"
)

// lossy is a network in front of a gateway on which the first answer to every
// POST is lost after its effect.
type lossy struct {
	next http.Handler
	mu   sync.Mutex
	seen map[string][]string // Idempotency-Keys by path
}

func (l *lossy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := httptest.NewRecorder()
	l.next.ServeHTTP(answer, r)
	if r.Method == http.MethodPost {
		l.mu.Lock()
		l.seen[r.URL.Path] = append(l.seen[r.URL.Path], r.Header.Get("Idempotency-Key"))
		first := len(l.seen[r.URL.Path]) == 1
		l.mu.Unlock()
		if first {
			panic(http.ErrAbortHandler)
		}
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// TestCurl: the redirect flow in curl alone, on a real gateway and a network
// that loses answers.
func TestCurl(t *testing.T) {
	t.Parallel()
	d := demoForTest(t)
	target, err := url.Parse(d.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	network := &lossy{next: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}, seen: map[string][]string{}}
	front := httptest.NewServer(network)
	t.Cleanup(front.Close)
	out := runCurl(t, d, front.URL)
	shop, err := client.New(d.BaseURL, d.APIKey)
	if err != nil {
		t.Fatal(err)
	}
	seller, err := webtest.NewSeller(d.BaseURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	id := printed(t, out, "action ")
	if err := seller.Approve(t.Context(), printed(t, out, "send the seller to ")); err != nil {
		t.Fatal(err)
	}
	if _, err := shop.AdvanceTestClock(t.Context(), 169*time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := seller.Confirm(t.Context(), mailedLink(t, d, "/confirm/")); err != nil {
		t.Fatal(err)
	}
	printed(t, out, "state approved")
	printed(t, out, "release token of ")
	printed(t, out, "state executed")
	network.mu.Lock()
	defer network.mu.Unlock()
	for path, keys := range network.seen {
		if len(slices.Compact(keys)) != 1 || keys[0] == "" {
			t.Errorf("%s was repeated with the keys %q", path, keys)
		}
	}
	done, err := shop.Action(t.Context(), id)
	if err != nil || done.State != client.ExecutedState || len(network.seen) != 3 {
		t.Errorf("%+v, %v after POSTs to %d paths", done, err, len(network.seen))
	}
}

// runCurl starts the script, and returns what it prints.
func runCurl(t *testing.T, d *Demo, gateway string) *bufio.Scanner {
	t.Helper()
	script, err := examples.Files.ReadFile("curl/payout_change.sh")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "payout_change.sh")
	if err := os.WriteFile(path, script, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "sh", path)
	c.Env = append(c.Environ(), "GATEWAY="+gateway, "API_KEY="+d.APIKey, "RETURN_URL="+d.MarketplaceURL+"/bank", "PAUSE=0.2", "ORDER=4711")
	c.Stderr = t.Output()
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(fmt.Errorf("start curl's script: %w", err))
	}
	t.Cleanup(func() { _ = c.Wait() }) // the test's context has ended it
	return bufio.NewScanner(stdout)
}

// printed reads on until a line begins so, and returns the rest of it.
func printed(t *testing.T, out *bufio.Scanner, begin string) string {
	t.Helper()
	var all []string
	for out.Scan() {
		if rest, ok := strings.CutPrefix(out.Text(), begin); ok {
			return rest
		}
		all = append(all, out.Text())
	}
	t.Fatalf("the script never said %q, but %q", begin, all)
	return ""
}
