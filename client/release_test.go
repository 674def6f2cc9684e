package client

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

func hmacOf(key, content []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write(content)
	return m.Sum(nil)
}

// issuer is a gateway that publishes keys and signs tokens.
type issuer struct {
	*httptest.Server
	key     ed25519.PrivateKey
	set     atomic.Pointer[jose.JSONWebKeySet]
	status  atomic.Int64
	fetches atomic.Int64
}

var noon = time.Date(2026, 5, 16, 12, 0, 0, 0, time.UTC)

var wanted = Expect{Action: "a1", Kind: PayoutAccountChange, Seller: "S-1", Digest: "d1"}

func privateKey(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

func published(kid string, key ed25519.PrivateKey) jose.JSONWebKey {
	return jose.JSONWebKey{Key: key.Public(), KeyID: kid, Algorithm: "EdDSA", Use: "sig"}
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{key: privateKey(1)}
	i.status.Store(http.StatusOK)
	i.set.Store(&jose.JSONWebKeySet{Keys: []jose.JSONWebKey{published("k1", i.key)}})
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.fetches.Add(1)
		if r.URL.Path != "/.well-known/jwks.json" {
			t.Errorf("fetched %s", r.URL.Path)
		}
		w.WriteHeader(int(i.status.Load()))
		_ = json.NewEncoder(w).Encode(i.set.Load())
	}))
	t.Cleanup(i.Close)
	return i
}

// claims are those of a genuine token issued at noon; edit changes them.
func (i *issuer) claims(edit func(map[string]any)) map[string]any {
	c := map[string]any{
		"iss": i.URL, "aud": "market", "jti": "r1.1",
		"iat": noon.Unix(), "nbf": noon.Unix(), "exp": noon.Add(5 * time.Minute).Unix(),
		"action": "a1", "release_id": "r1", "digest": "d1", "kind": PayoutAccountChange, "seller": "S-1", "marketplace": "market",
		"proofs": []map[string]any{
			{"stage": "step_up", "method": "passkey", "at": "2026-05-15T11:00:00.000000Z"},
			{"stage": "confirmation", "method": "passkey", "at": "2026-05-16T11:59:00.000000Z"},
		},
	}
	if edit != nil {
		edit(c)
	}
	return c
}

// sign makes a token with alg and the given header fields, whatever they are.
func sign(t *testing.T, alg jose.SignatureAlgorithm, key any, head map[jose.HeaderKey]any, claims any) string {
	t.Helper()
	options := &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{}}
	maps.Copy(options.ExtraHeaders, head)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (i *issuer) token(t *testing.T, edit func(map[string]any)) string {
	t.Helper()
	return sign(t, jose.EdDSA, i.key, head("k1"), i.claims(edit))
}

func head(kid string) map[jose.HeaderKey]any {
	return map[jose.HeaderKey]any{"typ": "release+jwt", "kid": kid}
}

// verifierAt has a transport of its own: closing one test's server ends the
// idle connections of the default one, other tests' too.
func verifierAt(t *testing.T, base string, now *time.Time) *ReleaseVerifier {
	t.Helper()
	v, err := NewReleaseVerifier(base+"/", "market", HTTPClient(&http.Client{Transport: &http.Transport{}}))
	if err != nil {
		t.Fatal(err)
	}
	v.Now = func() time.Time { return *now }
	return v
}

func TestReleaseVerify(t *testing.T) {
	t.Parallel()
	i, now := newIssuer(t), noon
	v := verifierAt(t, i.URL, &now)
	r, err := v.Verify(t.Context(), i.token(t, nil), wanted)
	if err != nil {
		t.Fatal(err)
	}
	if r.ReleaseID != "r1" || r.Action != "a1" || r.Marketplace != "market" || len(r.Proofs) != 2 || !r.ExpiresAt.Equal(noon.Add(5*time.Minute)) {
		t.Errorf("got %+v", r)
	}
	if p := r.Proofs[1]; p.Stage != "confirmation" || p.Method != "passkey" || !p.At.Equal(noon.Add(-time.Minute)) {
		t.Errorf("got %+v", p)
	}
}

// TestReleaseClock: FA-05 and FA-06. Ahead by 10 s is forgiven, late is not.
func TestReleaseClock(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	for _, c := range []struct {
		name string
		now  time.Duration // after noon
		edit func(map[string]any)
		ok   bool
	}{
		{"issued 10 s ahead", -10 * time.Second, nil, true},
		{"issued 11 s ahead", -11 * time.Second, nil, false},
		{"issued 61 s ahead", -61 * time.Second, nil, false},
		{"valid from 10 s ahead", 0, func(c map[string]any) { c["nbf"] = noon.Unix() + 10 }, true},
		{"valid from 61 s ahead", 0, func(c map[string]any) { c["nbf"] = noon.Unix() + 61 }, false},
		{"without nbf", 0, func(c map[string]any) { delete(c, "nbf") }, true},
		{"without iat", 0, func(c map[string]any) { delete(c, "iat") }, false},
		{"without exp", 0, func(c map[string]any) { delete(c, "exp") }, false},
		{"last moment", 5*time.Minute - time.Nanosecond, nil, true},
		{"expired", 5 * time.Minute, nil, false},
		{"5:01", 5*time.Minute + time.Second, nil, false},
		{"lives 5:01", 0, func(c map[string]any) { c["exp"] = noon.Unix() + 301 }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			now := noon.Add(c.now)
			_, err := verifierAt(t, i.URL, &now).Verify(t.Context(), i.token(t, c.edit), wanted)
			if (err == nil) != c.ok || err != nil && !errors.Is(err, ErrRelease) {
				t.Errorf("got %v, want ok=%v", err, c.ok)
			}
		})
	}
}

func TestReleaseExpectNeedsEverything(t *testing.T) {
	t.Parallel()
	i, now := newIssuer(t), noon
	v := verifierAt(t, i.URL, &now)
	for name, edit := range map[string]func(*Expect){
		"action": func(e *Expect) { e.Action = "" }, "kind": func(e *Expect) { e.Kind = "" },
		"seller": func(e *Expect) { e.Seller = "" }, "digest": func(e *Expect) { e.Digest = "" },
	} {
		want := wanted
		edit(&want)
		if _, err := v.Verify(t.Context(), i.token(t, nil), want); err == nil {
			t.Errorf("without %s: accepted", name)
		}
	}
}

func TestKeysRotateAndAge(t *testing.T) {
	t.Parallel()
	i, now := newIssuer(t), noon
	v := verifierAt(t, i.URL, &now)
	token := i.token(t, func(c map[string]any) { c["exp"] = noon.Add(5 * time.Minute).Unix() })
	verify := func(token string) error {
		_, err := v.Verify(context.Background(), token, wanted)
		return err
	}
	next := privateKey(2)
	rotated := sign(t, jose.EdDSA, next, head("k2"), i.claims(nil))
	fetches := func(want int64) {
		t.Helper()
		if got := i.fetches.Load(); got != want {
			t.Errorf("fetched %d times, want %d", got, want)
		}
	}
	for range 3 {
		if err := verify(token); err != nil {
			t.Fatal(err)
		}
	}
	fetches(1) // kept
	i.set.Store(&jose.JSONWebKeySet{Keys: []jose.JSONWebKey{published("k2", next), published("k1", i.key)}})
	if err := verify(rotated); !errors.Is(err, ErrRelease) {
		t.Errorf("unknown id within 10 s: got %v", err)
	}
	fetches(1) // bounded
	now = noon.Add(10 * time.Second)
	if err := verify(rotated); err != nil {
		t.Errorf("unknown id after 10 s: %v", err)
	}
	fetches(2)
	now = noon.Add(16 * time.Minute)
	late := i.token(t, func(c map[string]any) {
		c["iat"] = now.Unix()
		c["nbf"] = now.Unix()
		c["exp"] = now.Add(time.Minute).Unix()
	})
	i.status.Store(http.StatusServiceUnavailable)
	if err := verify(late); err == nil || errors.Is(err, ErrRelease) {
		t.Errorf("old keys and no gateway: got %v, want an error that is no refusal", err)
	}
	i.status.Store(http.StatusOK)
	i.set.Store(&jose.JSONWebKeySet{Keys: []jose.JSONWebKey{published("k2", next)}})
	if err := verify(late); !errors.Is(err, ErrRelease) {
		t.Errorf("withdrawn key: got %v", err)
	}
}
