package conformance

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"countersign/client"
)

// event is one thing that happened, or did not, as a webhook tells it.
type event struct {
	id       string // webhook-id, equal on every delivery
	kind     string // "action.approved"
	action   *action
	state    client.State
	sequence int
	at       time.Time
}

// event tells of an action in state s. Only tell it with the gateway unlocked.
func (t *trial) event(a *action, s client.State) event {
	e := event{id: "msg_" + rand.Text(), kind: "action." + string(s), action: a, state: s, at: t.Now()}
	t.gateway.set(func() { e.sequence = a.sequence })
	return e
}

// sellerEvent is about the seller of an action.
func (t *trial) sellerEvent(a *action, kind string) event {
	return event{id: "msg_" + rand.Text(), kind: kind, action: a, at: t.Now()}
}

func (e event) body() []byte {
	data := map[string]any{"object": "seller", "seller": e.action.seller}
	if e.state != "" {
		data = map[string]any{
			"id": e.action.id, "object": "action", "seller": e.action.seller, "state": e.state, "digest": e.action.digest, "sequence": e.sequence,
		}
	}
	raw, _ := json.Marshal(map[string]any{"type": e.kind, "timestamp": stamp(e.at), "data": data}) // plain values: never fails
	return raw
}

// envelope is a webhook that is ready to be sent, and can be spoilt before.
type envelope struct {
	id, stamp, signature string
	body                 []byte
}

// seal signs an event by Standard Webhooks 1.0.0, as the gateway does: with a
// signature v1 and one v1a.
func seal(e event, secret []byte, now time.Time) envelope {
	v := envelope{id: e.id, stamp: strconv.FormatInt(now.Unix(), 10), body: e.body()}
	content := []byte(v.id + "." + v.stamp + "." + string(v.body))
	mac := hmac.New(sha256.New, secret)
	mac.Write(content)
	seed := sha256.Sum256(secret)
	v.signature = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)) +
		" v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(ed25519.NewKeyFromSeed(seed[:]), content))
	return v
}

// post sends it once and returns the status, or zero when there was no answer.
func (t *trial) post(v envelope) int {
	req, err := http.NewRequestWithContext(t.ctx, http.MethodPost, t.Sandbox.Webhook, bytes.NewReader(v.body))
	if err != nil {
		return 0
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Countersign-Webhooks/1")
	for name, value := range map[string]string{"webhook-id": v.id, "webhook-timestamp": v.stamp, "webhook-signature": v.signature} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	res, err := t.posts.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	return res.StatusCode
}

// once delivers an event a single time.
func (t *trial) once(e event) int { return t.post(seal(e, t.webhook, t.Now())) }

// tell delivers an event as the gateway does, again and again until it is taken
// or it was tried often enough.
func (t *trial) tell(e event) bool {
	pause := 200 * time.Millisecond
	for range 5 {
		if taken(t.once(e)) {
			return true
		}
		if !t.wait(pause) {
			break
		}
		pause *= 2
	}
	return false
}

func taken(status int) bool { return status >= 200 && status <= 299 }

// said writes a status for a sentence.
func said(status int) string {
	if status == 0 {
		return "no answer"
	}
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}
