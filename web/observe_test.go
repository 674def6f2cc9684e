package web

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"countersign/web/problem"
)

// N1, N3: nothing a client sends is in the log, but for the route it matched.
func TestObserve_noSecrets(t *testing.T) {
	t.Parallel()
	b := newBench(t, gateway)
	for _, target := range []string{"/h/canary-token?canary=query", "/v1/actions/canary-id", "/v1/canary", "/canary", "//canary"} {
		b.ask(http.MethodGet, target, func(r *http.Request) {
			r.Header.Set("Authorization", "Bearer cs_live_canary")
			r.Header.Set("Cookie", "session=canary")
			r.Header.Set("User-Agent", "canary\n{\"forged\":true}")
			r.Header.Set("Request-Id", "canary")
			r.Header.Set("Referer", "https://canary.example")
			r.Header.Set("Idempotency-Key", "canary")
		})
	}
	b.ask("CANARY", "/h/t", nil)
	b.ask(http.MethodGet, "/panic", nil)
	text := b.log.String()
	if strings.Contains(strings.ToLower(text), "canary") {
		t.Errorf("the log holds what was sent:\n%s", text)
	}
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if !json.Valid([]byte(line)) {
			t.Errorf("not one JSON line: %s", line)
		}
	}
	for _, want := range []string{`"route":"/h/{token}"`, `"route":"/v1/actions/{id}"`, `"code":"unauthenticated"`, `"status":401`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

// AS-41: the line says which API key it was, by its id.
func TestObserve_key(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodGet, "/v1/actions", nil)
	for _, c := range []struct{ key, want string }{{"k-1", "key=k-1"}, {"", ""}} {
		got := ""
		for _, a := range attributes(r, &problem.Trace{Marketplace: "acme", Key: c.key}, &recorder{}, 0) {
			if a.Key == "key" {
				got = a.String()
			}
		}
		if got != c.want {
			t.Errorf("key %q: %q, want %q", c.key, got, c.want)
		}
	}
}

func TestObserve_requestID(t *testing.T) {
	t.Parallel()
	b := newBench(t, gateway)
	w := b.ask(http.MethodGet, "/v1/nothing", nil)
	id := w.Header().Get(requestIDHeader)
	if !strings.HasPrefix(id, "req_") || !strings.Contains(w.Body.String(), id) || !strings.Contains(b.log.String(), id) {
		t.Errorf("id %q is not the same in header, body and log: %s", id, w.Body)
	}
	if again := b.ask(http.MethodGet, "/v1/nothing", nil).Header().Get(requestIDHeader); again == id {
		t.Error("two requests share an id")
	}
}

// N2, AS-42: a panic tells nothing and breaks nothing else.
func TestRecovered(t *testing.T) {
	t.Parallel()
	b := newBench(t, gateway)
	w := b.ask(http.MethodGet, "/panic", nil)
	if w.Code != 500 || !strings.Contains(w.Body.String(), "page internal_error") || strings.Contains(w.Body.String(), "canary") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := b.ask(http.MethodGet, "/twice", nil); w.Code != 500 || !strings.Contains(w.Body.String(), "internal error") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(b.log.String(), `"level":"ERROR"`) || !strings.Contains(b.log.String(), "observe_test.go") && !strings.Contains(b.log.String(), "site_test.go") {
		t.Error("the log has no stack of the panic")
	}
}

// An answer that has begun is cut off, so that nobody takes half for whole.
func TestRecovered_late(t *testing.T) {
	t.Parallel()
	b := newBench(t, gateway)
	s := httptest.NewUnstartedServer(b.handler)
	s.Config = Server(b.handler, nopLog())
	s.Start()
	defer s.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/late", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "approve.example"
	resp, err := s.Client().Do(r)
	if err != nil {
		return // cut off before the header went out
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("a broken answer reads as whole")
	}
}
