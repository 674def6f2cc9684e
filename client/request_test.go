package client

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// step answers one try of a call.
type step func(http.ResponseWriter)

func status(code int, header ...string) step {
	return func(w http.ResponseWriter) {
		for n := 0; n < len(header); n += 2 {
			w.Header().Set(header[n], header[n+1])
		}
		w.WriteHeader(code)
	}
}

func refusal(code int, body string) step {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

func hangUp(http.ResponseWriter) { panic(http.ErrAbortHandler) }

func cutShort(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, `{"id":`)
}

func done(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"id":"a1","state":"cancelled"}`) }

// tries is a gateway that answers each try by the next step, and remembers.
type tries struct {
	*Client
	pauses []time.Duration

	mu    sync.Mutex
	steps []step
	made  []made
}

// made is one try as it arrived.
type made struct {
	path, body string
	head       http.Header
}

// seen returns the tries so far.
func (g *tries) seen() []made {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.made)
}

func newTries(t *testing.T, steps ...step) *tries {
	t.Helper()
	g := &tries{steps: steps}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	c, err := New(server.URL+"/", "cs_test_1", HTTPClient(server.Client()))
	if err != nil {
		t.Fatal(err)
	}
	c.wait = func(ctx context.Context, d time.Duration) error {
		g.pauses = append(g.pauses, d)
		return ctx.Err()
	}
	g.Client = c
	return g
}

func (g *tries) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	g.mu.Lock()
	g.made = append(g.made, made{r.Method + " " + r.RequestURI, string(body), r.Header.Clone()})
	answer := g.steps[min(len(g.made), len(g.steps))-1]
	g.mu.Unlock()
	answer(w)
}

// TestRetry: a lost answer and a passing refusal are sent again, with the same
// key and the same bytes; anything else is final.
func TestRetry(t *testing.T) {
	t.Parallel()
	const running = `{"code":"request_in_progress"}`
	for _, c := range []struct {
		name  string
		steps []step
		tries int
		ok    bool
	}{
		{"answered", []step{done}, 1, true},
		{"hung up once", []step{hangUp, done}, 2, true},
		{"answer cut short", []step{cutShort, done}, 2, true},
		{"unavailable twice", []step{status(503), status(502), done}, 3, true},
		{"still running", []step{refusal(409, running), done}, 2, true},
		{"too many requests", []step{status(429, "Retry-After", "2"), done}, 2, true},
		{"never answered", []step{hangUp}, 4, false},
		{"asked to come back in an hour", []step{status(503, "Retry-After", "3600")}, 1, false},
		{"another conflict", []step{refusal(409, `{"code":"too_late_to_cancel"}`)}, 1, false},
		{"bad request", []step{status(400)}, 1, false},
		{"internal error", []step{status(500)}, 1, false},
		{"redirect", []step{status(307, "Location", "/elsewhere")}, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := newTries(t, c.steps...)
			a, err := g.CancelAction(t.Context(), "a1", "marketplace")
			if (err == nil) != c.ok || err == nil && a.State != Cancelled {
				t.Errorf("got %+v, %v", a, err)
			}
			if len(g.seen()) != c.tries {
				t.Fatalf("%d tries, want %d", len(g.seen()), c.tries)
			}
			first := g.seen()[0].head.Get("Idempotency-Key")
			if len(first) < 20 || first[0] != '"' || first[len(first)-1] != '"' {
				t.Errorf("Idempotency-Key is %s, want a quoted random string (IK-01)", first)
			}
			for n := range g.seen() {
				if g.seen()[n].head.Get("Idempotency-Key") != first || g.seen()[n].body != g.seen()[0].body {
					t.Errorf("try %d differs: %s %s", n+1, g.seen()[n].head.Get("Idempotency-Key"), g.seen()[n].body)
				}
			}
		})
	}
}

func TestRetryWaits(t *testing.T) {
	t.Parallel()
	g := newTries(t, status(503), status(503, "Retry-After", "7"), status(503), done)
	if _, err := g.Action(t.Context(), "a1"); err != nil {
		t.Fatal(err)
	}
	low := []time.Duration{200 * time.Millisecond, 7 * time.Second, 800 * time.Millisecond}
	high := []time.Duration{250 * time.Millisecond, 7 * time.Second, time.Second}
	for n, p := range g.pauses {
		if p < low[n] || p > high[n] {
			t.Errorf("pause %d is %s, want %s to %s", n, p, low[n], high[n])
		}
	}
	if len(g.pauses) != 3 {
		t.Errorf("%d pauses", len(g.pauses))
	}
	if g.seen()[0].head.Get("Idempotency-Key") != "" {
		t.Error("a GET carries an Idempotency-Key")
	}
}

// TestRetryEndsWithContext: the caller hears the last answer, not the end of
// its own patience.
func TestRetryEndsWithContext(t *testing.T) {
	t.Parallel()
	g := newTries(t, refusal(503, `{"code":"releases_halted"}`))
	ctx, cancel := context.WithCancel(t.Context())
	g.wait = func(context.Context, time.Duration) error { cancel(); return ctx.Err() }
	if _, err := g.Action(ctx, "a1"); !HasCode(err, "releases_halted") || len(g.seen()) != 1 {
		t.Errorf("got %v after %d tries", err, len(g.seen()))
	}
}

func TestIdempotencyKeyOfTheCaller(t *testing.T) {
	t.Parallel()
	g := newTries(t, done)
	for key, want := range map[string]string{
		"claim-a1": `"claim-a1"`, `a"b\c`: `"a\"b\\c"`, strings.Repeat("k", 255): `"` + strings.Repeat("k", 255) + `"`,
		"": "", "two words": "", "tab\t": "", "è": "", strings.Repeat("k", 256): "",
	} {
		sent := len(g.seen())
		_, err := g.CancelAction(t.Context(), "a1", "marketplace", IdempotencyKey(key))
		switch {
		case want == "" && (err == nil || len(g.seen()) != sent):
			t.Errorf("%q was sent: %v", key, err)
		case want != "" && (err != nil || g.seen()[sent].head.Get("Idempotency-Key") != want):
			t.Errorf("%q: %v", key, err)
		}
	}
}

// TestCalls: each call's method, path and body (DESIGN §6).
func TestCalls(t *testing.T) {
	t.Parallel()
	created := time.Date(2026, 5, 16, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		path, body, answer string
		call               func(context.Context, *Client) error
	}{
		{"POST /v1/actions", `{"kind":"payout_account.change","seller":{"id":"S-1","email":"g@ferri.example","onboarded_at":"2026-05-16T09:00:00Z"},` +
			`"details":{"to":{"iban":"NL91ABNA0417164300","holder":"G. Ferri"}},"context":{"ip":"203.0.113.24"},"return_url":"https://m.example/bank"}`, "",
			func(ctx context.Context, g *Client) error {
				_, err := g.CreateAction(ctx, NewAction{
					Kind: PayoutAccountChange, Seller: Seller{ID: "S-1", Email: "g@ferri.example", OnboardedAt: created},
					Details: AccountChange{To: Destination{IBAN: "NL91ABNA0417164300", Holder: "G. Ferri"}},
					Context: Context{IP: "203.0.113.24"}, ReturnURL: "https://m.example/bank",
				})
				return err
			}},
		{"GET /v1/actions/a%2F1", "", "", func(ctx context.Context, g *Client) error { _, err := g.Action(ctx, "a/1"); return err }},
		{"GET /v1/actions?seller=S-1&state=approved", "", `{"data":[]}`, func(ctx context.Context, g *Client) error {
			_, err := g.Actions(ctx, ActionQuery{Seller: "S-1", State: Approved})
			return err
		}},
		{"GET /v1/actions", "", `{"data":[]}`, func(ctx context.Context, g *Client) error { _, err := g.Actions(ctx, ActionQuery{}); return err }},
		{"POST /v1/actions/a1/handoff", "{}", "", func(ctx context.Context, g *Client) error { _, err := g.Handoff(ctx, "a1"); return err }},
		{"POST /v1/actions/a1/cancel", `{"reason":"not_me"}`, "", func(ctx context.Context, g *Client) error {
			_, err := g.CancelAction(ctx, "a1", "not_me")
			return err
		}},
		{"POST /v1/actions/a1/claim", `{"details":{"to":{"holder":"x"}}}`, `{"release_token":"t"}`, func(ctx context.Context, g *Client) error {
			_, err := g.Claim(ctx, "a1", json.RawMessage(`{"to":{"holder":"x"}}`))
			return err
		}},
		{"POST /v1/actions/a1/result", `{"outcome":"executed","reference":"B-1"}`, "", func(ctx context.Context, g *Client) error {
			_, err := g.Report(ctx, "a1", Executed("B-1"))
			return err
		}},
		{"POST /v1/actions/a1/result", `{"outcome":"failed","error":"no"}`, "", func(ctx context.Context, g *Client) error {
			_, err := g.Report(ctx, "a1", Failed("no"))
			return err
		}},
		{"GET /v1/sellers/S-1", "", "", func(ctx context.Context, g *Client) error { _, err := g.Seller(ctx, "S-1"); return err }},
		{"POST /v1/sellers/S-1/lock", `{"reason":"phone call"}`, "", func(ctx context.Context, g *Client) error {
			_, err := g.LockSeller(ctx, "S-1", "phone call")
			return err
		}},
		{"POST /v1/sellers/S-1/cases", `{"reason":"odd call"}`, "", func(ctx context.Context, g *Client) error {
			_, err := g.OpenCase(ctx, "S-1", "odd call")
			return err
		}},
		{"POST /v1/test/clock/advance", `{"by":"72h0m0s"}`, "", func(ctx context.Context, g *Client) error {
			_, err := g.AdvanceTestClock(ctx, 72*time.Hour)
			return err
		}},
	} {
		t.Run(c.path, func(t *testing.T) {
			t.Parallel()
			answer := c.answer
			if answer == "" {
				answer = "{}"
			}
			g := newTries(t, func(w http.ResponseWriter) { _, _ = io.WriteString(w, answer) })
			if err := c.call(t.Context(), g.Client); err != nil {
				t.Fatal(err)
			}
			if g.seen()[0].path != c.path || g.seen()[0].body != c.body {
				t.Errorf("sent %s %s\nwant %s %s", g.seen()[0].path, g.seen()[0].body, c.path, c.body)
			}
			if got := g.seen()[0].head.Get("Authorization"); got != "Bearer cs_test_1" {
				t.Errorf("Authorization is %q", got)
			}
		})
	}
}

// TestCallsRefuseNothing: an empty id would name a list, an empty token would
// look like a release.
func TestCallsRefuseNothing(t *testing.T) {
	t.Parallel()
	g := newTries(t, func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{}`) })
	_, byID := g.Action(t.Context(), "")
	_, bySeller := g.LockSeller(t.Context(), "", "x")
	if byID == nil || bySeller == nil || len(g.seen()) != 0 {
		t.Errorf("empty ids: %v, %v, %d calls", byID, bySeller, len(g.seen()))
	}
	if _, err := g.Claim(t.Context(), "a1", struct{}{}); err == nil {
		t.Error("a claim without a token passed")
	}
	for _, base := range []string{"", "approve.market.example", "ftp://x", "https://", "https://u:p@x", "https://x?a=b"} {
		if _, err := New(base, "k"); err == nil {
			t.Errorf("New(%q) passed", base)
		}
		if _, err := NewReleaseVerifier(base, "market"); err == nil {
			t.Errorf("NewReleaseVerifier(%q) passed", base)
		}
	}
	if _, err := New("https://x", ""); err == nil {
		t.Error("an empty key passed")
	}
}

func TestProblem(t *testing.T) {
	t.Parallel()
	g := newTries(t, func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, `{"type":"https://g.example/problems/not_approved","title":"Not approved yet","status":409,`+
			`"detail":"Wait.","code":"not_approved","request_id":"req_1","state":"cooling_off",`+
			`"not_before":"2026-05-17T12:00:00.000000Z","action_id":"a1","retry_after":90,"errors":[{"field":"details","message":"m"}]}`)
	})
	_, err := g.Claim(t.Context(), "a1", struct{}{})
	p, ok := errors.AsType[*Problem](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	if p.Type != "https://g.example/problems/not_approved" || p.Status != 409 || p.Code != CodeNotApproved || p.Detail != "Wait." ||
		p.RequestID != "req_1" || p.State != CoolingOff || !p.NotBefore.Equal(noon.Add(24*time.Hour)) || p.ActionID != "a1" ||
		p.RetryAfter != 90*time.Second || len(p.Errors) != 1 || p.Errors[0].Field != "details" {
		t.Errorf("got %+v", p)
	}
	if want := "countersign: 409 not_approved: Not approved yet (request req_1)"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	if !HasCode(err, CodeNotApproved) || HasCode(err, CodeAlreadyClaimed) || HasCode(io.EOF, "") {
		t.Error("HasCode is wrong")
	}
}

// TestProblemFromElsewhere: a proxy's page, a lying status, a broken document.
func TestProblemFromElsewhere(t *testing.T) {
	t.Parallel()
	const day = "Sat, 16 May 2026 12:00:0"
	for _, c := range []struct {
		name  string
		step  step
		want  int
		pause time.Duration
		title string
	}{
		{"a page", status(404), 404, 0, "Not Found"},
		{"broken document", refusal(400, `{"code":`), 400, 0, "Bad Request"},
		{"other status inside", refusal(422, `{"status":200,"title":"T"}`), 422, 0, "T"},
		{"odd retry_after", refusal(429, `{"retry_after":1e99}`), 429, 0, "Too Many Requests"},
		{"seconds", status(503, "Retry-After", "120"), 503, 120 * time.Second, "Service Unavailable"},
		{"date", status(503, "Date", day+"0 GMT", "Retry-After", day+"9 GMT"), 503, 9 * time.Second, "Service Unavailable"},
		{"date in the past", status(503, "Date", day+"9 GMT", "Retry-After", day+"0 GMT"), 503, 0, "Service Unavailable"},
		{"negative", status(503, "Retry-After", "-5"), 503, 0, "Service Unavailable"},
		{"ten years", status(503, "Retry-After", "315360000"), 503, 0, "Service Unavailable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := newTries(t, c.step).Action(t.Context(), "a1")
			p, ok := errors.AsType[*Problem](err)
			if !ok || p.Status != c.want || p.RetryAfter != c.pause || p.Title != c.title || p.Code != "" {
				t.Errorf("got %+v, %v", p, err)
			}
		})
	}
}
