package approvals

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"time"
)

// Sizes of a secret for signatures v1, in bytes (STANDARDS WH-02).
const (
	MinWebhookSecret = 24
	MaxWebhookSecret = 64
	webhookSecret    = 32
)

// Endpoint is where a marketplace wants its webhooks.
type Endpoint struct {
	ID          string
	Marketplace MarketplaceID
	URL         string
	Keys        []EndpointKey // newest first; no other endpoint has them (WH-10)
	Events      []string      // empty: all
	CreatedAt   time.Time
	DisabledAt  time.Time // zero: it gets webhooks
	DisabledWhy string    // DisabledAsked or DisabledGone
	Health      Health
}

// Why an endpoint gets no webhooks.
const (
	DisabledAsked = "asked" // by the marketplace
	DisabledGone  = "gone"  // it answered 410
)

// EndpointKey is what one generation of an endpoint's webhooks is signed with:
// a secret for v1 and a key pair for v1a.
type EndpointKey struct {
	Secret []byte
	Seed   []byte    // of ed25519 (RFC 8032 §5.1.5); empty for endpoints from before there was v1a
	Until  time.Time // signs no longer from then on; zero: the newest one
}

// NewEndpointKey makes a fresh key.
func NewEndpointKey() EndpointKey {
	k := EndpointKey{Secret: make([]byte, webhookSecret), Seed: make([]byte, ed25519.SeedSize)}
	_, _ = rand.Read(k.Secret) // never fails (crypto/rand)
	_, _ = rand.Read(k.Seed)
	return k
}

// Valid reports whether the key has the sizes of Standard Webhooks 1.0.0.
func (k EndpointKey) Valid() bool {
	return len(k.Secret) >= MinWebhookSecret && len(k.Secret) <= MaxWebhookSecret && (len(k.Seed) == 0 || len(k.Seed) == ed25519.SeedSize)
}

// Live reports whether webhooks are signed with the key at this time.
func (k EndpointKey) Live(now time.Time) bool { return k.Until.IsZero() || now.Before(k.Until) }

// SecretText is the secret as Standard Webhooks libraries take it: "whsec_".
func (k EndpointKey) SecretText() string {
	return "whsec_" + base64.StdEncoding.EncodeToString(k.Secret)
}

// PublicText is the public key for v1a, "whpk_", empty where there is none.
func (k EndpointKey) PublicText() string {
	if len(k.Seed) != ed25519.SeedSize {
		return ""
	}
	public, _ := ed25519.NewKeyFromSeed(k.Seed).Public().(ed25519.PublicKey)
	return "whpk_" + base64.StdEncoding.EncodeToString(public)
}

// LiveKeys are those that sign at this time, newest first.
func (e Endpoint) LiveKeys(now time.Time) []EndpointKey {
	var live []EndpointKey
	for _, k := range e.Keys {
		if k.Live(now) {
			live = append(live, k)
		}
	}
	return live
}

// roll puts a fresh key in front. The one before goes on signing until the
// given time, and none older than that: two are live at most (WH-04).
func (e Endpoint) roll(fresh EndpointKey, now, until time.Time) Endpoint {
	keys := []EndpointKey{fresh}
	if live := e.LiveKeys(now); len(live) > 0 && until.After(now) {
		old := live[0]
		if old.Until.IsZero() || until.Before(old.Until) {
			old.Until = until
		}
		keys = append(keys, old)
	}
	e.Keys = keys
	return e
}
