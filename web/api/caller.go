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

const maxAPIKey = 128 // characters

// admit finds the caller and counts the call: one with a good key for the
// marketplace, whatever the key may, any other for the address it comes from. A good key works from everywhere, so
// that nobody can shut a marketplace out by guessing beside it.
func (a *API) admit(w http.ResponseWriter, r *http.Request) (approvals.Marketplace, error) {
	m, err := a.identify(w, r)
	if err != nil && !errors.Is(err, approvals.Refuse(approvals.CodeScope)) {
		return m, err
	}
	if limited := a.Limits.Calls.Take(r.Context(), w.Header(), string(m.ID)); limited != nil {
		return m, limited
	}
	return m, err
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

// caller finds the marketplace whose key the request carries. Whatever is wrong
// with the key, where it is used from included, the answer is the same; a good
// one that lacks the scope of the call is told which.
func (a *API) caller(r *http.Request) (approvals.Marketplace, error) {
	refusal := approvals.Refuse(approvals.CodeUnauthenticated)
	secret, ok := bearer(r.Header)
	if !ok || !strings.HasPrefix(secret, approvals.KeyPrefix(a.Test)) {
		return approvals.Marketplace{}, refusal
	}
	key, m, err := a.Registry.KeyOf(r.Context(), sha256.Sum256([]byte(secret)))
	if errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
		return approvals.Marketplace{}, refusal
	}
	if err != nil {
		return approvals.Marketplace{}, fmt.Errorf("find marketplace by key: %w", err)
	}
	now := a.Now()
	if !key.Live(now) || !key.From(a.Limits.Addresses.Of(r)) {
		return approvals.Marketplace{}, refusal
	}
	trace := problem.TraceOf(r.Context())
	trace.Marketplace, trace.Key = string(m.ID), key.ID
	approvals.TrailOf(r.Context()).Key = key.ID
	if a.Uses != nil {
		a.Uses.Note(key, now)
	}
	if scope := scopeOf(r); !key.May(scope) {
		return m, approvals.Refuse(approvals.CodeScope).With("scope", string(scope))
	}
	return m, nil
}

// scopeOf is what a key needs for a request: by its address and its method, so
// that no call is without one.
func scopeOf(r *http.Request) approvals.Scope {
	under := func(prefix string) bool { return strings.HasPrefix(r.URL.Path, prefix) }
	switch {
	case under("/v1/webhook_"), r.URL.Path == "/v1/events":
		return approvals.ScopeWebhooks
	case under("/v1/test/"):
		return approvals.ScopeTestClock
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		return approvals.ScopeActionsRead
	}
	return approvals.ScopeActionsWrite
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
