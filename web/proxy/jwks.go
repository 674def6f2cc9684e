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
// stranger's tokens make it read no more often than every half minute, one
// reading at a time, and nobody whose key is there waits for it; nor, once a
// reading has failed, for the next ones.
type keySet struct {
	load func(ctx context.Context) ([]byte, error)
	now  func() time.Time

	mu      sync.Mutex
	keys    []jose.JSONWebKey
	read    time.Time     // the last that succeeded
	last    time.Time     // try
	failed  error         // of the last try
	reading chan struct{} // closed when the reading under way has ended; nil: none is
}

// find returns the keys a token with this key id may be signed with: all of
// them when it names none.
func (s *keySet) find(ctx context.Context, id string) ([]jose.JSONWebKey, error) {
	if ended := s.wanted(id); ended != nil {
		select {
		case <-ended:
		case <-ctx.Done():
			return nil, fmt.Errorf("read key set: %w", ctx.Err())
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.read.IsZero() && s.failed != nil:
		return nil, s.failed
	case s.read.IsZero() || s.now().Sub(s.read) >= keysStale:
		return nil, approvals.Refuse(approvals.CodeUnavailable)
	}
	return s.named(id), nil
}

// wanted begins a reading if one is due, and returns what to wait for before a
// key with this id is used: nil if it can be at once.
func (s *keySet) wanted(id string) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	age, missing := now.Sub(s.read), len(s.named(id)) == 0
	pause := keysRetry
	if s.read.IsZero() {
		pause = keysFirst
	}
	if s.reading == nil && (age >= keysFresh || missing) && now.Sub(s.last) >= pause {
		s.last, s.reading = now, make(chan struct{})
		go s.reload(now, s.reading)
	}
	if missing || age >= keysStale || age >= keysFresh && s.failed == nil {
		return s.reading
	}
	return nil
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

// reload reads the keys, within keySetTime, for all who wait.
func (s *keySet) reload(now time.Time, ended chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), keySetTime)
	defer cancel()
	raw, err := s.load(ctx)
	var keys []jose.JSONWebKey
	if err == nil {
		keys, err = parseKeys(raw)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = nil
	if err != nil {
		s.failed = fmt.Errorf("%w: %w", approvals.Refuse(approvals.CodeUnavailable), err)
	} else {
		s.keys, s.read = keys, now
	}
	s.reading = nil
	close(ended)
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
