package audit

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/gowebpki/jcs"
)

// ActorType says what kind of party caused an event.
type ActorType string

const (
	Seller      ActorType = "seller"
	Approver    ActorType = "approver" // another person on a seller's account
	Marketplace ActorType = "marketplace"
	Agent       ActorType = "agent"
	Developer   ActorType = "developer" // a person who works for one marketplace
	System      ActorType = "system"
	Operator    ActorType = "operator" // a person with a shell on the gateway's host
)

// Actor is who caused an event. A refusal recorded by approvals.Service has
// System: the engine refused, whoever asked. One recorded by auth (a wrong
// proof) or by web/seller (a downgrade) names the seller whose try it was.
type Actor struct {
	Type ActorType `json:"type"`
	ID   string    `json:"id,omitempty"`
}

// Event is one line of the audit log. A move of an action has exactly one,
// with the version the move produced; a refusal has Version 0, because
// nothing changed.
type Event struct {
	ID          string // UUIDv7, given by the store
	Marketplace string
	Seller      string
	Action      string // empty for what concerns a whole seller or the gateway
	Version     int
	Generation  int
	Verb        string
	From, To    string // states, empty where none changed
	Actor       Actor
	At          time.Time
	Data        map[string]string // never a secret, never a whole account number
}

// Canonical returns the RFC 8785 form of the event, the bytes that are hashed
// when the log is sealed.
func (e Event) Canonical() ([]byte, error) {
	// The layout is approvals.TimeFormat, which this package cannot import.
	const layout = "2006-01-02T15:04:05.000000Z"
	raw, err := json.Marshal(struct {
		ID          string            `json:"id"`
		Marketplace string            `json:"marketplace"`
		Seller      string            `json:"seller,omitempty"`
		Action      string            `json:"action,omitempty"`
		Version     int               `json:"version"`
		Generation  int               `json:"generation"`
		Verb        string            `json:"verb"`
		From        string            `json:"from,omitempty"`
		To          string            `json:"to,omitempty"`
		Actor       Actor             `json:"actor"`
		At          string            `json:"at"`
		Data        map[string]string `json:"data,omitempty"`
	}{e.ID, e.Marketplace, e.Seller, e.Action, e.Version, e.Generation, e.Verb, e.From, e.To, e.Actor,
		e.At.UTC().Format(layout), e.Data})
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	b, err := jcs.Transform(raw)
	if err != nil {
		return nil, fmt.Errorf("canonicalise event %s: %w", e.ID, err)
	}
	return b, nil
}
