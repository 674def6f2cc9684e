package deliver

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

var at = time.Unix(1614265330, 0).UTC()

func secret(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The known answer of Standard Webhooks (standard-webhooks @b2fa7b8,
// libraries/go/webhook_test.go, Apache-2.0).
func TestWH01_KnownAnswer(t *testing.T) {
	t.Parallel()
	d := approvals.Delivery{
		ID:       "msg_p5jXN8AQM9LWM0D4loKWxJek",
		Endpoint: approvals.Endpoint{Secrets: [][]byte{secret(t, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")}},
	}
	got, err := sign(d, at, []byte(`{"test": 2432232314}`))
	if err != nil || got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Fatalf("signature %q, %v", got, err)
	}
}

func TestWH04_TwoLiveSecretsSignTwice(t *testing.T) {
	t.Parallel()
	d := approvals.Delivery{ID: "msg_1", Endpoint: approvals.Endpoint{Secrets: [][]byte{
		[]byte("a new secret of 24 bytes"), []byte("an old secret, 24 bytes."),
	}}}
	got, err := sign(d, at, []byte("{}"))
	if parts := strings.Fields(got); err != nil || len(parts) != 2 || parts[0] == parts[1] {
		t.Fatalf("signatures %q, %v", got, err)
	}
}

// received is what a marketplace sees of one attempt.
type received struct {
	header http.Header
	body   []byte
}

func receiver(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) (approvals.Endpoint, chan received) {
	t.Helper()
	got := make(chan received, 4)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- received{r.Header, body}
		answer(w, r)
	}))
	t.Cleanup(srv.Close)
	return approvals.Endpoint{URL: srv.URL, Secrets: [][]byte{[]byte("a secret of at least 24 bytes")}}, got
}

func TestWH03_SameIDNewTimestampOnEachAttempt(t *testing.T) {
	t.Parallel()
	to, got := receiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
	c := NewCourier(true)
	d := approvals.Delivery{ID: "0190-1", Endpoint: to, Type: "action.approved", Action: "a1", Seller: "S-1", State: approvals.Approved, Sequence: 7, At: at}
	for i := range 2 {
		posted, err := c.Post(t.Context(), d, at.Add(time.Duration(i)*time.Minute))
		if err != nil || posted.Status != http.StatusAccepted {
			t.Fatalf("post: %+v, %v", posted, err)
		}
	}
	first, second := <-got, <-got
	if first.header.Get("Webhook-Id") != "0190-1" || second.header.Get("Webhook-Id") != "0190-1" {
		t.Error("the id changed between attempts")
	}
	if first.header.Get("Webhook-Timestamp") == second.header.Get("Webhook-Timestamp") {
		t.Error("the timestamp did not change")
	}
	if string(first.body) != string(second.body) {
		t.Error("the body changed")
	}
}

func TestWH08_ThinBody(t *testing.T) {
	t.Parallel()
	body, err := payload(approvals.Delivery{
		ID: "0190-1", Type: "action.approved", Action: "a1", Seller: "S-1",
		State: approvals.Approved, Digest: "d1", Sequence: 7, At: at,
	})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	want := `{"type":"action.approved","timestamp":"2021-02-25T15:02:10.000000Z",` +
		`"data":{"id":"a1","object":"action","seller":"S-1","state":"approved","digest":"d1","sequence":7}}`
	if string(body) != want {
		t.Errorf("body\n%s\nwant\n%s", body, want)
	}
}

func TestWH06_RedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	to, got := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	posted, err := NewCourier(true).Post(t.Context(), approvals.Delivery{ID: "1", Endpoint: to}, at)
	if err != nil || posted.Status != http.StatusTemporaryRedirect {
		t.Fatalf("post: %+v, %v", posted, err)
	}
	<-got
	select {
	case <-got:
		t.Fatal("the redirect was followed")
	default:
	}
}

func TestWH06_RetryAfterIsClamped(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{
		"": 0, "nonsense": 0, "0": time.Second, "-1": time.Second, "30": 30 * time.Second,
		"315360000": 6 * time.Hour, "Thu, 01 Jan 1970 00:00:00 GMT": time.Second,
		"Thu, 25 Feb 2021 15:03:10 GMT": time.Minute, "99999999999999999999": 0,
	} {
		if got := retryAfter(header, at); got != want {
			t.Errorf("Retry-After %q: %v, want %v", header, got, want)
		}
	}
}

// F-31: an endless answer is cut, and nothing of an answer can break a log.
func TestF31_AnswersAreCutAndCleaned(t *testing.T) {
	t.Parallel()
	to, _ := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "line one\nline \x1b[31mtwo"+strings.Repeat("x", 1<<20))
	})
	posted, err := NewCourier(true).Post(t.Context(), approvals.Delivery{ID: "1", Endpoint: to}, at)
	if err != nil || len(posted.Answer) > keepAnswer || strings.ContainsAny(posted.Answer, "\n\x1b") {
		t.Fatalf("answer %q, %v", posted.Answer, err)
	}
}

func TestWH09_AnErrorSaysNothingOfTheAddress(t *testing.T) {
	t.Parallel()
	to, got := receiver(t, func(http.ResponseWriter, *http.Request) {})
	_, err := NewCourier(false).Post(context.Background(), approvals.Delivery{ID: "1", Endpoint: to}, at)
	if err == nil || strings.Contains(err.Error(), "127.0.0.1") {
		t.Fatalf("error %v", err)
	}
	if len(got) > 0 {
		t.Fatal("a loopback address was reached")
	}
}
