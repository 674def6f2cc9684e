package problem

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

var noon = time.Date(2026, 5, 16, 12, 0, 0, 0, time.UTC)

func TestOf(t *testing.T) {
	t.Parallel()
	wrapped := fmt.Errorf("claim action 1: %w", approvals.Refuse(approvals.CodeAlreadyClaimed).With("state", "releasing"))
	for _, c := range []struct {
		name   string
		err    error
		code   approvals.Code
		status int
		cause  bool // noted for the log
	}{
		{"refusal, wrapped", wrapped, approvals.CodeAlreadyClaimed, 409, false},
		{"unknown", errors.New("dial 10.0.0.1: NL91ABNA0417164300"), InternalError, 500, true},
		{"a code nobody knows", approvals.Refuse("made_up"), InternalError, 500, true},
		{"unavailable", approvals.Refuse(approvals.CodeUnavailable), approvals.CodeUnavailable, 503, true},
		{"broken assertion, rule 17", fmt.Errorf("claim: %w", approvals.ErrBroken), approvals.CodeHalted, 503, true},
		{"out of time", fmt.Errorf("load: %w", context.DeadlineExceeded), approvals.CodeUnavailable, 503, true},
		{"gone", fmt.Errorf("load: %w", context.Canceled), approvals.CodeUnavailable, 503, true},
		{"HTTP's own", approvals.Refuse(Misdirected), Misdirected, 421, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			trace := &Trace{}
			p := Of(WithTrace(t.Context(), trace), c.err)
			if p.Code != c.code || p.Status != c.status {
				t.Errorf("got %s %d, want %s %d", p.Code, p.Status, c.code, c.status)
			}
			if trace.Code != c.code || (trace.Cause != nil) != c.cause {
				t.Errorf("noted %s, cause %v", trace.Code, trace.Cause)
			}
		})
	}
	if p := Of(t.Context(), wrapped); p.Facts["state"] != "releasing" {
		t.Error("the facts of the refusal are gone")
	}
}

func refuse(t *testing.T, err error) (*httptest.ResponseRecorder, map[string]any) {
	t.Helper()
	d := Documents{PublicURL: "https://approve.example", Now: func() time.Time { return noon }}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	d.Refuse(w, r.WithContext(WithTrace(r.Context(), &Trace{ID: "req_1"})), err)
	var body map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return w, body
}

// PD-01: the media type, an absolute type that is documented, and the real
// status in the body, for every code.
func TestRefuse_everyCode(t *testing.T) {
	t.Parallel()
	for c, e := range entries {
		w, body := refuse(t, approvals.Refuse(c))
		if w.Code != e.status || body["status"] != float64(e.status) || w.Header().Get("Content-Type") != ContentType {
			t.Errorf("%s: %d, body %v, %s", c, w.Code, body["status"], w.Header().Get("Content-Type"))
		}
		if body["type"] != "https://approve.example/problems/"+string(c) || body["code"] != string(c) || body["request_id"] != "req_1" {
			t.Errorf("%s: %v", c, body)
		}
		if body["doc"] != "https://approve.example/dev/api#"+string(c) || body["title"] != e.title || body["detail"] != e.detail {
			t.Errorf("%s: %v", c, body)
		}
		for name := range body { // PD-02
			if len(name) < 3 || name[0] < 'a' || name[0] > 'z' {
				t.Errorf("%s: member %q", c, name)
			}
		}
		busy := w.Code == http.StatusServiceUnavailable
		if busy != (w.Header().Get("Retry-After") == "5") {
			t.Errorf("%s: Retry-After %q", c, w.Header().Get("Retry-After"))
		}
		if signIn := c == approvals.CodeUnauthenticated || c == IdentityMissing; signIn != (w.Header().Get("WWW-Authenticate") != "") {
			t.Errorf("%s: WWW-Authenticate %q", c, w.Header().Get("WWW-Authenticate"))
		}
	}
}

// PD-03, AS-42: an unknown error is told by one constant body.
func TestRefuse_internalIsConstant(t *testing.T) {
	t.Parallel()
	one, _ := refuse(t, errors.New("pq: duplicate key value (giulia@ferri.example)"))
	two, _ := refuse(t, fmt.Errorf("open /var/lib/countersign: %w", errors.New("disk full")))
	if one.Body.String() != two.Body.String() || strings.Contains(one.Body.String(), "giulia") {
		t.Errorf("%s\n%s", one.Body, two.Body)
	}
}

func TestRefuse_facts(t *testing.T) {
	t.Parallel()
	later := noon.Add(90*time.Second + time.Millisecond)
	w, body := refuse(t, approvals.Refuse(approvals.CodeProvingBlocked).With("retry_at", approvals.FormatTime(later)).
		With("state", "cooling_off").With("not_before", approvals.FormatTime(later)).With("action_id", "a").With("tries_left", "3"))
	if got := w.Header().Get("Retry-After"); got != "91" {
		t.Errorf("Retry-After %q, want 91: rounded up, never early", got)
	}
	for name, want := range map[string]any{
		"retry_at": approvals.FormatTime(later), "state": "cooling_off", "not_before": approvals.FormatTime(later),
		"action_id": "a", "retry_after": 91.0, "tries_left": nil,
	} {
		if body[name] != want {
			t.Errorf("%s: %v, want %v", name, body[name], want)
		}
	}
	past, _ := refuse(t, approvals.Refuse(approvals.CodeResendLimit).With("retry_at", approvals.FormatTime(noon.Add(-time.Hour))))
	if got := past.Header().Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After %q for a time that is over, want 1", got)
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	d := Documents{PublicURL: "https://approve.example", Now: func() time.Time { return noon }}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /problems/{code}", Help(d.Refuse))
	for path, want := range map[string]int{"/problems/payload_mismatch": 200, "/problems/nothing": 404} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}
