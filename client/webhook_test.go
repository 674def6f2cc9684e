package client

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// vector is the known answer of Standard Webhooks 1.0.0.
type vector struct {
	Secret, Payload, Signature string
	MsgID                      string `json:"msg_id"`
	Timestamp                  int64
}

func knownAnswer(t *testing.T) vector { return vectorIn(t, "testdata/standard_webhooks.json") }

func vectorIn(t *testing.T, path string) vector {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Vectors []vector }
	if err := json.Unmarshal(raw, &file); err != nil || len(file.Vectors) != 1 {
		t.Fatalf("read vectors: %v, %d", err, len(file.Vectors))
	}
	return file.Vectors[0]
}

func (v vector) header() http.Header {
	h := http.Header{}
	h.Set("webhook-id", v.MsgID)
	h.Set("webhook-timestamp", strconv.FormatInt(v.Timestamp, 10))
	h.Set("webhook-signature", v.Signature)
	return h
}

func hookAt(t *testing.T, now time.Time, secrets ...string) *Webhook {
	t.Helper()
	w, err := NewWebhook(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	w.Now = func() time.Time { return now }
	return w
}

const otherSecret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// TestWebhookVector: WH-01, WH-05, and the negative cases of the vector file.
func TestWebhookVector(t *testing.T) {
	t.Parallel()
	v := knownAnswer(t)
	sent := time.Unix(v.Timestamp, 0)
	for _, c := range []struct {
		name string
		edit func(http.Header)
		now  time.Time
		ok   bool
	}{
		{"known answer", func(http.Header) {}, sent, true},
		{"no id", func(h http.Header) { h.Del("webhook-id") }, sent, false},
		{"no timestamp", func(h http.Header) { h.Del("webhook-timestamp") }, sent, false},
		{"no signature", func(h http.Header) { h.Del("webhook-signature") }, sent, false},
		{"wrong signature", func(h http.Header) {
			h.Set("webhook-signature", "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=")
		}, sent, false},
		{"empty signature", func(h http.Header) { h.Set("webhook-signature", "v1,") }, sent, false},
		{"5 minutes old", func(http.Header) {}, sent.Add(5 * time.Minute), false},
		{"almost 5 minutes old", func(http.Header) {}, sent.Add(5*time.Minute - time.Nanosecond), true},
		{"5 minutes and 1 s ahead", func(http.Header) {}, sent.Add(-5*time.Minute - time.Second), false},
		{"5 minutes ahead", func(http.Header) {}, sent.Add(-5 * time.Minute), true},
		{"one valid among others", func(h http.Header) {
			h.Set("webhook-signature", "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,x "+v.Signature+" v1,!")
		}, sent, true},
		{"timestamp changed", func(h http.Header) { h.Set("webhook-timestamp", strconv.FormatInt(v.Timestamp+1, 10)) }, sent, false},
		{"timestamp spelled otherwise", func(h http.Header) { h.Set("webhook-timestamp", "+"+strconv.FormatInt(v.Timestamp, 10)) }, sent, false},
		{"timestamp is no number", func(h http.Header) { h.Set("webhook-timestamp", "now") }, sent, false},
		{"id with a dot", func(h http.Header) { h.Set("webhook-id", v.MsgID+".1") }, sent, false},
		{"two ids", func(h http.Header) { h.Add("webhook-id", v.MsgID) }, sent, false},
		{"as v1a", func(h http.Header) { h.Set("webhook-signature", "v1a"+strings.TrimPrefix(v.Signature, "v1")) }, sent, false},
		{"unversioned", func(h http.Header) { h.Set("webhook-signature", strings.TrimPrefix(v.Signature, "v1,")) }, sent, false},
		{"17 signatures", func(h http.Header) {
			h.Set("webhook-signature", strings.Repeat("v1,AAAA ", 16)+v.Signature)
		}, sent, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := v.header()
			c.edit(h)
			err := hookAt(t, c.now, v.Secret).Verify(h, []byte(v.Payload))
			if (err == nil) != c.ok || err != nil && !errors.Is(err, ErrWebhook) {
				t.Errorf("got %v, want ok=%v", err, c.ok)
			}
		})
	}
	if err := hookAt(t, sent, v.Secret).Verify(v.header(), []byte(v.Payload+" ")); !errors.Is(err, ErrWebhook) {
		t.Errorf("changed body: got %v", err)
	}
}

// TestWebhookVectorV1a: WH-02. A public key takes signatures v1a alone, and a
// secret v1 alone.
func TestWebhookVectorV1a(t *testing.T) {
	t.Parallel()
	v, symmetric := vectorIn(t, "testdata/standard_webhooks_v1a.json"), knownAnswer(t)
	sent := time.Unix(v.Timestamp, 0)
	hook := hookAt(t, sent, v.Secret)
	if err := hook.Verify(v.header(), []byte(v.Payload)); err != nil {
		t.Errorf("known answer: %v", err)
	}
	both := v.header()
	both.Set("webhook-signature", symmetric.Signature+" "+v.Signature)
	if err := hook.Verify(both, []byte(v.Payload)); err != nil {
		t.Errorf("beside a v1 signature: %v", err)
	}
	for name, signature := range map[string]string{
		"v1 alone": symmetric.Signature, "as v1": "v1," + strings.TrimPrefix(v.Signature, "v1a,"), "cut": v.Signature[:len(v.Signature)-8] + "==",
		"another": "v1a," + base64.StdEncoding.EncodeToString(make([]byte, 64)),
	} {
		h := v.header()
		h.Set("webhook-signature", signature)
		if err := hook.Verify(h, []byte(v.Payload)); !errors.Is(err, ErrWebhook) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for name, body := range map[string]string{"other body": v.Payload + " ", "empty": ""} {
		if err := hook.Verify(v.header(), []byte(body)); !errors.Is(err, ErrWebhook) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	h := v.header()
	h.Set("webhook-id", "msg_other")
	if err := hook.Verify(h, []byte(v.Payload)); !errors.Is(err, ErrWebhook) {
		t.Errorf("other id: got %v", err)
	}
}

// TestWebhookRotation: WH-04, either of two live secrets passes; a key that is
// not live does not.
func TestWebhookRotation(t *testing.T) {
	t.Parallel()
	v := knownAnswer(t)
	sent := time.Unix(v.Timestamp, 0)
	for _, secrets := range [][]string{{otherSecret, v.Secret}, {v.Secret, otherSecret}} {
		if err := hookAt(t, sent, secrets...).Verify(v.header(), []byte(v.Payload)); err != nil {
			t.Errorf("rotation: %v", err)
		}
	}
	if err := hookAt(t, sent, otherSecret).Verify(v.header(), []byte(v.Payload)); !errors.Is(err, ErrWebhook) {
		t.Errorf("other secret: got %v", err)
	}
}

// TestWebhookSecrets: WH-02.
func TestWebhookSecrets(t *testing.T) {
	t.Parallel()
	secret := func(prefix string, n int) string { return prefix + base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for _, c := range []struct {
		name    string
		secrets []string
		ok      bool
	}{
		{"none", nil, false},
		{"empty", []string{""}, false},
		{"prefix alone", []string{"whsec_"}, false},
		{"23 bytes", []string{secret("whsec_", 23)}, false},
		{"24 bytes", []string{secret("whsec_", 24)}, true},
		{"64 bytes", []string{secret("whsec_", 64)}, true},
		{"65 bytes", []string{secret("whsec_", 65)}, false},
		{"no prefix", []string{secret("", 32)}, false},
		{"private key", []string{secret("whsk_", 64)}, false},
		{"public key", []string{secret("whpk_", 32)}, true},
		{"public key of 31 bytes", []string{secret("whpk_", 31)}, false},
		{"one of two bad", []string{secret("whsec_", 32), "whsec_"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := NewWebhook(c.secrets...)
			if (err == nil) != c.ok {
				t.Errorf("got %v, want ok=%v", err, c.ok)
			}
			if err != nil && len(c.secrets) > 0 && len(c.secrets[0]) > 10 && strings.Contains(err.Error(), c.secrets[0]) {
				t.Errorf("the error repeats the secret: %v", err)
			}
		})
	}
}

// TestWebhookEd25519: v1a by a public key, and no confusion between the two:
// an HMAC whose key is the public key's bytes, or nothing, is refused
// (STANDARDS HS-06).
func TestWebhookEd25519(t *testing.T) {
	t.Parallel()
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public := private.Public().(ed25519.PublicKey)
	encoded := base64.StdEncoding.EncodeToString(public)
	now := time.Unix(1_700_000_000, 0)
	body, content := []byte(`{"type":"x"}`), []byte(`msg_1.1700000000.{"type":"x"}`)
	h := http.Header{}
	h.Set("webhook-id", "msg_1")
	h.Set("webhook-timestamp", "1700000000")
	h.Set("webhook-signature", "v1a,"+base64.StdEncoding.EncodeToString(ed25519.Sign(private, content)))
	w := hookAt(t, now, "whpk_"+encoded)
	if err := w.Verify(h, body); err != nil {
		t.Errorf("genuine: %v", err)
	}
	if err := w.Verify(h, []byte(`{"type":"y"}`)); !errors.Is(err, ErrWebhook) {
		t.Errorf("changed body: got %v", err)
	}
	for _, key := range [][]byte{public, nil} {
		h.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(hmacOf(key, content)))
		if err := w.Verify(h, body); !errors.Is(err, ErrWebhook) {
			t.Errorf("HMAC with a key of %d bytes: got %v", len(key), err)
		}
	}
}

func TestWebhookRead(t *testing.T) {
	t.Parallel()
	const body = `{"type":"action.approved","timestamp":"2026-05-16T12:00:00.000000Z",` +
		`"data":{"id":"a1","object":"action","seller":"S-1","state":"approved","digest":"d1","sequence":7}}`
	w := hookAt(t, time.Unix(1_700_000_000, 0), otherSecret)
	read := func(body string) (Event, error) {
		r := httptest.NewRequest(http.MethodPost, "/webhook", strings.NewReader(body))
		r.Header.Set("webhook-id", "evt_1")
		r.Header.Set("webhook-timestamp", "1700000000")
		r.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(hmacOf(make([]byte, 24), []byte("evt_1.1700000000."+body))))
		return w.Read(r)
	}
	got, err := read(body)
	want := Event{ID: "evt_1", Type: "action.approved", Timestamp: time.Date(2026, 5, 16, 12, 0, 0, 0, time.UTC),
		Data: EventData{ID: "a1", Object: "action", Seller: "S-1", State: Approved, Digest: "d1", Sequence: 7}}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	for name, bad := range map[string]string{"no JSON": "hello", "no type": "{}", "too large": `{"type":"` + strings.Repeat("a", 64<<10) + `"}`} {
		if _, err := read(bad); !errors.Is(err, ErrWebhook) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
