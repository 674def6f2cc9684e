package deliver

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"countersign/approvals"
)

// sign returns the signatures by every live key, newest first: of each v1 and,
// where the key has a pair, v1a (Standard Webhooks 1.0.0, "Signature scheme").
// Both sign the same bytes: id, timestamp and body, joined by dots.
func sign(d approvals.Delivery, now time.Time, body []byte) (string, error) {
	var all []string
	for _, k := range d.Endpoint.LiveKeys(now) {
		if !k.Valid() {
			return "", fmt.Errorf("webhook %s: a key has the wrong size", d.ID)
		}
		hook, err := standardwebhooks.NewWebhookRaw(k.Secret)
		if err != nil {
			return "", fmt.Errorf("webhook %s: %w", d.ID, err)
		}
		s, err := hook.Sign(d.Event.ID, now, body)
		if err != nil {
			return "", fmt.Errorf("webhook %s: %w", d.ID, err)
		}
		all = append(all, s)
		if len(k.Seed) > 0 {
			all = append(all, signAsymmetric(k.Seed, d.Event.ID, now, body))
		}
	}
	if len(all) == 0 {
		return "", fmt.Errorf("webhook %s: %w", d.ID, errors.New("the endpoint has no live key"))
	}
	return strings.Join(all, " "), nil
}

// signAsymmetric is v1a. The seed is one of NewEndpointKey.
func signAsymmetric(seed []byte, id string, now time.Time, body []byte) string {
	content := id + "." + strconv.FormatInt(now.Unix(), 10) + "." + string(body)
	return "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(ed25519.NewKeyFromSeed(seed), []byte(content)))
}
