package deliver

import (
	"context"
	"crypto/tls"
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

// atRest is a courier's clock.
func atRest() time.Time { return at }

func courier(private bool) *Courier { return NewCourier(CourierConfig{Private: private, Now: atRest}) }

// thin is a delivery of an event with this webhook-id.
func thin(id string, to approvals.Endpoint) approvals.Delivery {
	return approvals.Delivery{ID: "d-" + id, Endpoint: to, Event: approvals.ThinEvent{ID: id, Type: "action.approved", Action: "a1", Seller: "S-1", At: at}}
}

// received is what a marketplace sees of one attempt.
type received struct {
	header http.Header
	body   []byte
}

func receiver(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) (approvals.Endpoint, chan received) {
	t.Helper()
	got := make(chan received, 32)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- received{r.Header, body}
		answer(w, r)
	}))
	t.Cleanup(srv.Close)
	return approvals.Endpoint{URL: srv.URL, Keys: []approvals.EndpointKey{approvals.NewEndpointKey()}}, got
}

func TestWH03_SameIDNewTimestampOnEachAttempt(t *testing.T) {
	t.Parallel()
	to, got := receiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
	c := courier(true)
	d := thin("0190-1", to)
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
	body, err := approvals.ThinEvent{
		ID: "0190-1", Type: "action.approved", Action: "a1", Seller: "S-1",
		State: approvals.Approved, Digest: "d1", Sequence: 7, At: at,
	}.Body()
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

// J9: neither proxy variables nor cookies reach a webhook, and nothing is
// unpacked.
func TestWH09_NothingOfTheMachine(t *testing.T) {
	t.Parallel()
	c := courier(false).client
	transport, ok := c.Transport.(*http.Transport)
	if !ok || transport.Proxy != nil || c.Jar != nil || !transport.DisableCompression || transport.TLSClientConfig.MinVersion != tls.VersionTLS12 {
		t.Errorf("%+v", transport)
	}
}

func TestWH06_RedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	to, got := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	posted, err := courier(true).Post(t.Context(), thin("1", to), at)
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
	posted, err := courier(true).Post(t.Context(), thin("1", to), at)
	if err != nil || len(posted.Answer) > keepAnswer || strings.ContainsAny(posted.Answer, "\n\x1b") {
		t.Fatalf("answer %q, %v", posted.Answer, err)
	}
}

func TestWH09_AnErrorSaysNothingOfTheAddress(t *testing.T) {
	t.Parallel()
	to, got := receiver(t, func(http.ResponseWriter, *http.Request) {})
	_, err := courier(false).Post(context.Background(), thin("1", to), at)
	if err == nil || strings.Contains(err.Error(), "127.0.0.1") {
		t.Fatalf("error %v", err)
	}
	if len(got) > 0 {
		t.Fatal("a loopback address was reached")
	}
}
