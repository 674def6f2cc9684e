package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	webhookTolerance = 5 * time.Minute
	maxWebhook       = 64 << 10 // bytes; the gateway sends less than 20 kB
	maxSignatures    = 16
)

// ErrWebhook is what every refused webhook is, by errors.Is. Answer it with
// 400 and nothing else.
var ErrWebhook = errors.New("countersign: webhook refused")

// Webhook verifies what the gateway posts, by Standard Webhooks 1.0.0. It is
// safe for concurrent use.
//
// An event may arrive more than once, with the same webhook-id, and events may
// arrive in any order: remember the ids that were worked off, or make the work
// repeatable, and trust the state that Action returns more than the event's.
type Webhook struct {
	// Now is the time that timestamps are compared with; nil is the machine's.
	Now func() time.Time

	keys []webhookKey
}

// NewWebhook takes the endpoint's secrets: "whsec_" with 24 to 64 bytes in
// base64 for signatures v1, or the public key "whpk_" for v1a. While a secret
// is being replaced both are given, and a signature by either passes.
func NewWebhook(secrets ...string) (*Webhook, error) {
	if len(secrets) == 0 {
		return nil, errors.New("countersign: no webhook secret given")
	}
	w := &Webhook{}
	for _, s := range secrets {
		k, err := parseWebhookKey(s)
		if err != nil {
			return nil, err
		}
		w.keys = append(w.keys, k)
	}
	return w, nil
}

// Event is what a webhook says: that something happened to an action or a
// seller. It never holds bank data.
type Event struct {
	ID        string    `json:"-"`    // the webhook-id, equal on every delivery of the event
	Type      string    `json:"type"` // "action.approved", "seller.locked", …
	Timestamp time.Time `json:"timestamp"`
	Data      EventData `json:"data"`
}

// EventData names what the event is about. ID is empty for a seller's event, and
// an endpoint's for one about a webhook endpoint, which has no seller.
type EventData struct {
	ID       string `json:"id"`
	Object   string `json:"object"` // action, seller or endpoint
	Seller   string `json:"seller"`
	State    State  `json:"state"`
	Digest   string `json:"digest"`
	Sequence int64  `json:"sequence"` // grows with every event of one action
}

// Read reads a request to the webhook endpoint, verifies it and returns its
// event. It reads at most 64 KiB.
func (w *Webhook) Read(r *http.Request) (Event, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxWebhook+1))
	if err != nil {
		return Event{}, fmt.Errorf("countersign: read the webhook: %w", err)
	}
	if len(body) > maxWebhook {
		return Event{}, refuseWebhook("the body is larger than 64 KiB")
	}
	if err := w.Verify(r.Header, body); err != nil {
		return Event{}, err
	}
	var e Event
	if err := json.Unmarshal(body, &e); err != nil || e.Type == "" {
		return Event{}, refuseWebhook("the body is no event")
	}
	e.ID = r.Header.Get("webhook-id")
	return e, nil
}

// Verify checks that body, exactly as it arrived, was signed with one of the
// secrets (constant time) less than 5 minutes ago and at most 5 minutes ahead.
func (w *Webhook) Verify(h http.Header, body []byte) error {
	id, stamp, signatures, err := webhookHeaders(h)
	if err != nil {
		return err
	}
	sent, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || strconv.FormatInt(sent, 10) != stamp || sent < 0 {
		return refuseWebhook("webhook-timestamp is no number of seconds")
	}
	age := clock(w.Now).Sub(time.Unix(sent, 0))
	if age >= webhookTolerance || age < -webhookTolerance {
		return refuseWebhook("webhook-timestamp is more than 5 minutes away")
	}
	content := []byte(id + "." + stamp + "." + string(body))
	for _, s := range signatures {
		for _, k := range w.keys {
			if k.signed(content, s) {
				return nil
			}
		}
	}
	return refuseWebhook("no signature fits")
}

// webhookHeaders reads the three headers, each given once. An id with a dot
// could move the borders of what is signed.
func webhookHeaders(h http.Header) (id, stamp string, signatures []string, err error) {
	values := map[string]string{}
	for _, name := range []string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
		lines := h.Values(name)
		if len(lines) != 1 || lines[0] == "" {
			return "", "", nil, refuseWebhook(name + " is missing or given twice")
		}
		values[name] = lines[0]
	}
	if strings.Contains(values["webhook-id"], ".") {
		return "", "", nil, refuseWebhook("webhook-id has a dot")
	}
	signatures = strings.Fields(values["webhook-signature"])
	if len(signatures) > maxSignatures {
		return "", "", nil, refuseWebhook("too many signatures")
	}
	return values["webhook-id"], values["webhook-timestamp"], signatures, nil
}

func refuseWebhook(why string) error { return fmt.Errorf("%w: %s", ErrWebhook, why) }
