package proxy

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"countersign/approvals"
)

// How a key set is kept.
const (
	keysFresh  = 10 * time.Minute // after that it is read again before it is used
	keysStale  = 24 * time.Hour   // after that it is not used if it cannot be read again
	keysRetry  = 30 * time.Second // between two readings for a key that is not in it
	keysFirst  = 2 * time.Second  // between two tries to read them at all
	maxKeySet  = 64 << 10
	keySetTime = 5 * time.Second
	minRSABits = 2048
)

// keySet is a JSON Web Key Set that is read again when it is old, and when a
// token names a key that is not in it: so keys rotate without a word to us. A
// stranger's tokens make it read no more often than every half minute.
type keySet struct {
	load func(ctx context.Context) ([]byte, error)
	now  func() time.Time

	mu   sync.Mutex
	keys []jose.JSONWebKey
	read time.Time // the last that succeeded
	last time.Time // try
}

// find returns the keys a token with this key id may be signed with: all of
// them when it names none.
func (s *keySet) find(ctx context.Context, id string) ([]jose.JSONWebKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	found := s.named(id)
	pause := keysRetry
	if s.read.IsZero() {
		pause = keysFirst
	}
	if old := now.Sub(s.read) >= keysFresh; (old || len(found) == 0) && now.Sub(s.last) >= pause {
		s.last = now
		if err := s.reload(ctx, now); err != nil && s.read.IsZero() {
			return nil, err
		}
		found = s.named(id)
	}
	if s.read.IsZero() || now.Sub(s.read) >= keysStale {
		return nil, approvals.Refuse(approvals.CodeUnavailable)
	}
	return found, nil
}

func (s *keySet) named(id string) []jose.JSONWebKey {
	if id == "" {
		return s.keys
	}
	var out []jose.JSONWebKey
	for _, k := range s.keys {
		if k.KeyID == id {
			out = append(out, k)
		}
	}
	return out
}

func (s *keySet) reload(ctx context.Context, now time.Time) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keySetTime)
	defer cancel()
	raw, err := s.load(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", approvals.Refuse(approvals.CodeUnavailable), err)
	}
	keys, err := parseKeys(raw)
	if err != nil {
		return fmt.Errorf("%w: %w", approvals.Refuse(approvals.CodeUnavailable), err)
	}
	s.keys, s.read = keys, now
	return nil
}

// parseKeys keeps the keys that signatures can be verified with. One that is
// not understood is no reason to do without the others (RFC 7517 §5).
func parseKeys(raw []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(raw, &set); err != nil {
		return nil, fmt.Errorf("read key set: %w", err)
	}
	var keys []jose.JSONWebKey
	for _, one := range set.Keys {
		var k jose.JSONWebKey
		if k.UnmarshalJSON(one) == nil && verifying(k) {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil, errNoKeys
	}
	return keys, nil
}

func verifying(k jose.JSONWebKey) bool {
	if !k.Valid() || !k.IsPublic() || k.Use != "" && k.Use != "sig" {
		return false
	}
	if r, ok := k.Key.(*rsa.PublicKey); ok {
		return r.N.BitLen() >= minRSABits
	}
	_, shared := k.Key.([]byte)
	return !shared
}

func fromFile(path string) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("read key set: %w", err)
		}
		defer f.Close()
		return io.ReadAll(io.LimitReader(f, maxKeySet))
	}
}

// fromURL reads a key set over the network, following nobody anywhere.
func fromURL(address string) func(context.Context) ([]byte, error) {
	transport := newTransport()
	transport.MaxIdleConnsPerHost, transport.DisableKeepAlives = 0, true
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return func(ctx context.Context) ([]byte, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, fmt.Errorf("read key set: %w", err)
		}
		res, err := client.Do(req)
		if err != nil {
			return nil, fmt.Errorf("read key set: %w", err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("read key set: answer %d", res.StatusCode)
		}
		raw, err := io.ReadAll(io.LimitReader(res.Body, maxKeySet+1))
		if err == nil && len(raw) > maxKeySet {
			err = errors.New("longer than 64 KiB")
		}
		if err != nil {
			return nil, fmt.Errorf("read key set: %w", err)
		}
		return raw, nil
	}
}
