package proxy_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/approvals"
)

// order is one to push a body to a route.
func order(route, body string) approvals.PushOrder {
	return approvals.PushOrder{
		Action: approvals.ActionKey{Marketplace: "acme", ID: "a-1"}, Attempt: 1, Route: route, Body: []byte(body), Token: "token", ReleaseID: "rel_1",
		Request: approvals.BoundRequest{Method: "POST", Target: "/payouts/1", ContentType: jsonType, ContentDigest: approvals.ContentDigest([]byte(body))},
	}
}

// What an answer means: done, refused, or nobody knows (RELIABILITY §9 F-30 to
// F-37).
func TestPush_outcomes(t *testing.T) {
	t.Parallel()
	const contract = "status == 202 && headers['x-state'] == 'done'"
	answer := func(status int, headers, body string) string {
		return fmt.Sprintf("HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n%s", status, headers, len(body), body)
	}
	for _, tt := range []struct {
		name, executed, answer string
		want                   approvals.PushResult
		status                 int
	}{
		{"200", "", answer(200, "Content-Type: application/json\r\n", "{}"), approvals.PushExecuted, 200},
		{"201", "", answer(201, "", ""), approvals.PushExecuted, 201},
		{"204", "", "HTTP/1.1 204 No Content\r\n\r\n", approvals.PushExecuted, 204},
		{"200 with a page: it may ask for a login", "", answer(200, "Content-Type: text/html\r\n", "<form>"), approvals.PushUnknown, 200},
		{"200 with XHTML", "", answer(200, "Content-Type: application/XHTML+xml\r\n", "<form/>"), approvals.PushUnknown, 200},
		{"202: later", "", answer(202, "", ""), approvals.PushUnknown, 202},
		{"206", "", answer(206, "", "x"), approvals.PushUnknown, 206},
		{"redirect to a login", "", answer(302, "Location: /login\r\n", ""), approvals.PushUnknown, 302},
		{"redirect that keeps the body", "", answer(307, "Location: /elsewhere\r\n", ""), approvals.PushUnknown, 307},
		{"400", "", answer(400, "", "no"), approvals.PushFailed, 400},
		{"401", "", answer(401, "", ""), approvals.PushFailed, 401},
		{"402", "", answer(402, "", ""), approvals.PushUnknown, 402},
		{"403", "", answer(403, "", ""), approvals.PushFailed, 403},
		{"404", "", answer(404, "", ""), approvals.PushFailed, 404},
		{"405", "", answer(405, "", ""), approvals.PushFailed, 405},
		{"406", "", answer(406, "", ""), approvals.PushUnknown, 406},
		{"409: it may be done already", "", answer(409, "", ""), approvals.PushUnknown, 409},
		{"409, declared done", "status == 409 && headers['x-state'] == 'done'", answer(409, "X-State: done\r\n", ""), approvals.PushExecuted, 409},
		{"410", "", answer(410, "", ""), approvals.PushFailed, 410},
		{"413", "", answer(413, "", ""), approvals.PushFailed, 413},
		{"415", "", answer(415, "", ""), approvals.PushFailed, 415},
		{"421", "", answer(421, "", ""), approvals.PushUnknown, 421},
		{"422", "", answer(422, "", ""), approvals.PushFailed, 422},
		{"423", "", answer(423, "", ""), approvals.PushUnknown, 423},
		{"425", "", answer(425, "", ""), approvals.PushUnknown, 425},
		{"429", "", answer(429, "Retry-After: 60\r\n", ""), approvals.PushUnknown, 429},
		{"499", "", answer(499, "", ""), approvals.PushUnknown, 499},
		{"422 with a page", "", answer(422, "Content-Type: text/html\r\n", "<p>"), approvals.PushFailed, 422},
		{"408 does not know", "", answer(408, "", ""), approvals.PushUnknown, 408},
		{"500", "", answer(500, "", ""), approvals.PushUnknown, 500},
		{"503", "", answer(503, "Retry-After: 60\r\n", ""), approvals.PushUnknown, 503},
		{"the contract's own", contract, answer(202, "X-State: done\r\n", ""), approvals.PushExecuted, 202},
		{"not within the contract", contract, answer(202, "X-State: queued\r\n", ""), approvals.PushUnknown, 202},
		{"200 is not the contract", contract, answer(200, "X-State: done\r\n", ""), approvals.PushUnknown, 200},
		{"an answer the contract cannot judge", contract, answer(202, "", ""), approvals.PushUnknown, 202},
		{"refused within a contract", contract, answer(400, "X-State: no\r\n", ""), approvals.PushFailed, 400},
		{"cut off", "", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", approvals.PushUnknown, 200},
		{"half a head", "", "HTTP/1.1 20", approvals.PushUnknown, 0},
		{"nothing", "", "", approvals.PushUnknown, 0},
		{"not HTTP", "", "SSH-2.0-x\r\n", approvals.PushUnknown, 0},
		{"a head of 100 KiB", "", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("y", 100<<10) + "\r\n\r\n", approvals.PushUnknown, 0},
		{"1 MiB of body", "", answer(200, "", strings.Repeat("x", 1<<20)), approvals.PushExecuted, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			address, asked := once(t, tt.answer)
			r := routes("http://"+address, nobody)
			r.Sensitive[2].Executed = tt.executed
			p, _ := serve(t, r, nil)
			got, err := p.Push(t.Context(), order("payouts", "{}"))
			if err != nil || got.Result != tt.want || got.Status != tt.status || asked.Load() != 1 {
				t.Errorf("%+v, %v, asked %d times; want %s", got, err, asked.Load(), tt.want)
			}
			if strings.Contains(got.Note, address) || tt.want != approvals.PushExecuted && got.Note == "" {
				t.Errorf("note %q", got.Note)
			}
			if (tt.name == "503" || tt.name == "429") && got.RetryAfter != time.Minute {
				t.Errorf("retry after %s", got.RetryAfter)
			}
		})
	}
}

// once is an upstream that reads one request a connection, answers it with
// these bytes, and hangs up.
func once(t *testing.T, answer string) (string, *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	asked := &atomic.Int64{}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			req, err := http.ReadRequest(bufio.NewReader(c))
			if err == nil {
				_, _ = io.Copy(io.Discard, req.Body)
				asked.Add(1)
			}
			_, _ = io.WriteString(c, answer)
			_ = c.Close()
		}
	}()
	return l.Addr().String(), asked
}

// Not sent is said only where not one byte left: only then is another attempt
// no second one (I4b).
func TestPush_notSent(t *testing.T) {
	t.Parallel()
	selfSigned := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(selfSigned.Close)
	selfSigned.Config.ErrorLog = quiet
	oldTLS := httptest.NewUnstartedServer(http.NotFoundHandler())
	oldTLS.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10} //nolint:gosec // to be refused
	oldTLS.Config.ErrorLog = quiet
	oldTLS.StartTLS()
	t.Cleanup(oldTLS.Close)
	u := newRecorder(t)
	wrong := order("payouts", "{}")
	wrong.Body = []byte("[]")
	foreign := order("payouts", "{}")
	foreign.Action.Marketplace = "another"
	for _, tt := range []struct {
		name, upstream string
		order          approvals.PushOrder
	}{
		{"nobody listens", "http://127.0.0.1:1", order("payouts", "{}")},
		{"no such name", "http://nobody.invalid", order("payouts", "{}")},
		{"a certificate that nobody knows", selfSigned.URL, order("payouts", "{}")},
		{"TLS 1.1", oldTLS.URL, order("payouts", "{}")},
		{"a route that is gone", u.url(), order("gone", "{}")},
		{"a body that is not the approved one", u.url(), wrong},
		{"a route of that name at another marketplace", u.url(), foreign},
	} {
		p, _ := serve(t, routes(tt.upstream, nobody), nil)
		if got, err := p.Push(t.Context(), tt.order); err != nil || got.Result != approvals.PushNotSent || got.Note == "" {
			t.Errorf("%s: %+v, %v", tt.name, got, err)
		}
	}
	if made, _ := u.got(); made > 0 {
		t.Error("something was sent")
	}
}

// An upstream that does not answer in time leaves nobody knowing.
func TestPush_timeout(t *testing.T) {
	t.Parallel()
	arrived, end := make(chan struct{}), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(arrived); <-end }))
	t.Cleanup(func() { close(end); s.Close() })
	p, _ := serve(t, routes(s.URL, nobody), nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	if got, err := p.Push(ctx, order("payouts", "{}")); err != nil || got.Result != approvals.PushUnknown || got.Status != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := p.Push(ctx, order("payouts", "{}")); err != nil || got.Result != approvals.PushNotSent {
		t.Errorf("after the end: %+v, %v", got, err)
	}
}

// An upstream that leaves HTTP is not waited for: nothing ends such an answer.
func TestPush_switching(t *testing.T) {
	t.Parallel()
	end := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
		<-end
	}))
	p, _ := serve(t, routes(s.URL, nobody), nil)
	came := make(chan approvals.PushOutcome, 1)
	go func() {
		got, _ := p.Push(t.Context(), order("payouts", "{}"))
		came <- got
	}()
	select {
	case got := <-came:
		if got.Result != approvals.PushUnknown || got.Status != http.StatusSwitchingProtocols || got.Note == "" {
			t.Errorf("%+v", got)
		}
	case <-time.After(3 * time.Second):
		t.Error("still waiting")
	}
	close(end)
	s.Close()
}

// Each push has a connection of its own, and nothing is sent but what was
// approved: no cookies, no proxy, no compression asked for.
func TestPush_request(t *testing.T) {
	t.Parallel()
	u := newRecorder(t)
	p, _ := serve(t, routes(u.url(), nobody), nil)
	for range 3 {
		if got, err := p.Push(t.Context(), order("payouts", "{}")); err != nil || got.Result != approvals.PushExecuted {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	made, got := u.got()
	if made != 3 || len(got) != 3 {
		t.Fatalf("%d requests over %d connections", len(got), made)
	}
	want := "POST /payouts/1 HTTP/1.1\r\nHost: " + u.Addr().String() + "\r\nUser-Agent: Countersign\r\nContent-Length: 2\r\n" +
		"Accept-Encoding: identity\r\nContent-Digest: " + approvals.ContentDigest([]byte("{}")) + "\r\nContent-Type: application/json\r\n" +
		"Countersign-Release: token\r\nIdempotency-Key: \"rel_1\"\r\nConnection: close\r\n\r\n{}"
	if got[0].raw != want {
		t.Errorf("got\n%s\nwant\n%s", got[0].raw, want)
	}
	named := routes(u.url(), nobody)
	named.Host = "shop.example"
	p, _ = serve(t, named, nil)
	if _, err := p.Push(t.Context(), order("payouts", "{}")); err != nil {
		t.Fatal(err)
	}
	if _, got = u.got(); got[3].host != "shop.example" {
		t.Errorf("host %q", got[3].host)
	}
}
