package client

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	keysFresh   = 15 * time.Minute // a withdrawn key is trusted no longer than this
	fetchPause  = 10 * time.Second // between fetches for ids nobody knows
	maxKeySet   = 64 << 10
	maxKeyCount = 32
)

// keySet holds the gateway's published keys. When they are old and cannot be
// fetched again nothing verifies: a claim needs the gateway anyway.
type keySet struct {
	url  string
	http *http.Client

	mu      sync.Mutex
	known   map[string]ed25519.PublicKey
	fetched time.Time
}

// find returns the key with this id. An unknown id fetches the keys again, at
// most every 10 seconds, so that forged tokens cannot make us hammer the
// gateway. Callers wait for one another's fetch.
func (s *keySet) find(ctx context.Context, id string, now time.Time) (ed25519.PublicKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	age := now.Sub(s.fetched)
	key, ok := s.known[id]
	stale := s.known == nil || age < 0 || age > keysFresh
	if stale || !ok && age >= fetchPause {
		known, err := s.fetch(ctx)
		if err != nil {
			return nil, fmt.Errorf("countersign: fetch the release keys: %w", err)
		}
		s.known, s.fetched = known, now
		key, ok = known[id]
	}
	if !ok {
		return nil, refuseRelease("its key is not one of the gateway's")
	}
	return key, nil
}

func (s *keySet) fetch(ctx context.Context) (map[string]ed25519.PublicKey, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", s.url, resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxKeySet+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxKeySet {
		return nil, fmt.Errorf("GET %s: larger than 64 KiB", s.url)
	}
	return parseKeySet(body)
}

// parseKeySet keeps the Ed25519 public keys for signing. Keys of other kinds,
// or that cannot be read, are passed over (RFC 7517 §5); two keys with one id
// are refused, because which of them verifies would be left to chance.
func parseKeySet(body []byte) (map[string]ed25519.PublicKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("decode the key set: %w", err)
	}
	if len(set.Keys) > maxKeyCount {
		return nil, fmt.Errorf("the key set has more than %d keys", maxKeyCount)
	}
	known := map[string]ed25519.PublicKey{}
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		if k.UnmarshalJSON(raw) != nil {
			continue
		}
		public, ok := k.Key.(ed25519.PublicKey)
		if !ok || !k.Valid() || k.KeyID == "" || (k.Use != "" && k.Use != "sig") || (k.Algorithm != "" && k.Algorithm != string(jose.EdDSA)) {
			continue
		}
		if _, twice := known[k.KeyID]; twice {
			return nil, fmt.Errorf("the key set has two keys with the id %q", k.KeyID)
		}
		known[k.KeyID] = public
	}
	return known, nil
}
