package api

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/web/problem"
)

// Beginnings of API keys. They say at a glance, and to a secret scanner, what
// a string is.
const (
	testKey   = "cs_test_"
	liveKey   = "cs_live_"
	maxAPIKey = 128
)

// admit finds the caller and counts the call: a good one for the marketplace,
// any other for the address it comes from. A good key works from everywhere, so
// that nobody can shut a marketplace out by guessing beside it.
func (a *API) admit(w http.ResponseWriter, r *http.Request) (approvals.Marketplace, error) {
	m, err := a.identify(w, r)
	if err != nil {
		return m, err
	}
	return m, a.Limits.Calls.Take(r.Context(), w.Header(), string(m.ID))
}

// identify is admit for a call that stops something: it is never too much.
func (a *API) identify(w http.ResponseWriter, r *http.Request) (approvals.Marketplace, error) {
	m, err := a.caller(r)
	if !errors.Is(err, approvals.Refuse(approvals.CodeUnauthenticated)) {
		return m, err
	}
	if from := a.Limits.Addresses.Key(r); from != "" {
		if limited := a.Limits.Failures.Take(r.Context(), w.Header(), from); limited != nil {
			return m, limited
		}
	}
	return m, err
}

// caller finds the marketplace whose key the request carries. Whatever is
// wrong with the key, the answer is the same.
func (a *API) caller(r *http.Request) (approvals.Marketplace, error) {
	refusal := approvals.Refuse(approvals.CodeUnauthenticated)
	key, ok := bearer(r.Header)
	if !ok || !strings.HasPrefix(key, a.keyPrefix()) {
		return approvals.Marketplace{}, refusal
	}
	m, err := a.Registry.MarketplaceByKey(r.Context(), sha256.Sum256([]byte(key)))
	if errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
		return approvals.Marketplace{}, refusal
	}
	if err != nil {
		return approvals.Marketplace{}, fmt.Errorf("find marketplace by key: %w", err)
	}
	problem.TraceOf(r.Context()).Marketplace = string(m.ID)
	return m, nil
}

func (a *API) keyPrefix() string {
	if a.Test {
		return testKey
	}
	return liveKey
}

// bearer reads the one Authorization header (RFC 6750 §2.1).
func bearer(h http.Header) (string, bool) {
	lines := h["Authorization"]
	if len(lines) != 1 {
		return "", false
	}
	scheme, key, ok := strings.Cut(lines[0], " ")
	return key, ok && strings.EqualFold(scheme, "Bearer") && len(key) <= maxAPIKey
}

// by is the marketplace as the one who acts.
func by(m approvals.Marketplace) audit.Actor {
	return audit.Actor{Type: audit.Marketplace, ID: string(m.ID)}
}
