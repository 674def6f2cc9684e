package approvals

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Types of events that are about an endpoint.
const (
	EventEndpointDisabled = "endpoint.disabled"
	EventEndpointTest     = "endpoint.test" // to one endpoint, because somebody asked; GET /v1/events does not list it
)

// policyEvents is how the types of events about the policy begin. They are about
// no action and no seller; Digest is the SHA-256 of the policy's source, Sequence
// its number.
const policyEvents = "policy."

// ThinEvent is what a webhook and GET /v1/events say: that something happened
// to an action, a seller, an endpoint or the policy. It never holds an account, a name or
// an address; a receiver reads the rest over the API.
type ThinEvent struct {
	ID       string // UUIDv7: the webhook-id, equal on every attempt, at every endpoint and in GET /v1/events
	Type     string // "action.approved"
	At       time.Time
	Action   ActionID // empty where it is not about an action
	Seller   SellerID // empty where it is about an endpoint
	Endpoint string   // that it is about, else empty
	State    State
	Digest   string
	Sequence int // the action's version: grows with every event of one action
}

type thinData struct {
	ID       string   `json:"id,omitempty"`
	Object   string   `json:"object"`
	Seller   SellerID `json:"seller,omitempty"`
	State    State    `json:"state,omitempty"`
	Digest   string   `json:"digest,omitempty"`
	Sequence int      `json:"sequence,omitempty"`
}

type thinBody struct {
	ID        string   `json:"id,omitempty"` // in a webhook it stands in the header
	Type      string   `json:"type"`
	Timestamp string   `json:"timestamp"`
	Data      thinData `json:"data"`
}

func (e ThinEvent) body() thinBody {
	data := thinData{ID: string(e.Action), Object: "action", Seller: e.Seller, State: e.State, Digest: e.Digest, Sequence: e.Sequence}
	switch {
	case e.Endpoint != "":
		data = thinData{ID: e.Endpoint, Object: "endpoint"}
	case strings.HasPrefix(e.Type, policyEvents):
		data = thinData{Object: "policy", Digest: e.Digest, Sequence: e.Sequence}
	case e.Action == "":
		data = thinData{Object: "seller", Seller: e.Seller}
	}
	return thinBody{Type: e.Type, Timestamp: FormatTime(e.At), Data: data}
}

// Body returns the body of the event's webhook.
func (e ThinEvent) Body() ([]byte, error) {
	b, err := json.Marshal(e.body())
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	return b, nil
}

// MarshalJSON is Body with the id, as GET /v1/events shows it.
func (e ThinEvent) MarshalJSON() ([]byte, error) {
	b := e.body()
	b.ID = e.ID
	return json.Marshal(b)
}
