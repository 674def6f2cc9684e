package keyring_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"countersign/approvals"
	"countersign/approvals/keyring"
)

func claims() approvals.ReleaseClaims {
	return approvals.ReleaseClaims{
		Issuer: "https://gateway.example", Audience: "bottega", ID: "rel_1.2026", IssuedAt: 1795424400, NotBefore: 1795424400, ExpiresAt: 1795424700,
		Action: "1", ReleaseID: "rel_1", Digest: strings.Repeat("ab", 32), Kind: approvals.PayoutAccountChange, Seller: "seller-1", Marketplace: "bottega",
		Proofs: []approvals.ReleaseProof{{Stage: approvals.StageStepUp, Method: approvals.Passkey, At: "2026-11-23T09:00:00.000000Z"}},
	}
}

func mustSign(tb testing.TB, k *keyring.Keyring, c approvals.ReleaseClaims) string {
	tb.Helper()
	token, err := k.SignRelease(c)
	if err != nil {
		tb.Fatal(err)
	}
	return token
}

// keys are the published keys of k.
func keys(tb testing.TB, k *keyring.Keyring) jose.JSONWebKeySet {
	tb.Helper()
	raw, err := k.JWKS()
	if err != nil {
		tb.Fatal(err)
	}
	for _, private := range []string{`"d"`, `"k"`} {
		if strings.Contains(string(raw), private) {
			tb.Fatalf("the key set holds %s: %s", private, raw)
		}
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(raw, &set); err != nil {
		tb.Fatal(err)
	}
	return set
}

// verify reads a token with the key of set that its header names.
func verify(token string, set jose.JSONWebKeySet) ([]byte, bool) {
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		return nil, false
	}
	found := set.Key(signed.Signatures[0].Header.KeyID)
	if len(found) != 1 {
		return nil, false
	}
	payload, err := signed.Verify(found[0])
	return payload, err == nil
}

// TestSignAndVerify: the token verifies with the published key its header names
// and says what was claimed.
func TestSignAndVerify(t *testing.T) {
	t.Parallel()
	k := mustNew(t)
	token := mustSign(t, k, claims())
	payload, ok := verify(token, keys(t, k))
	if !ok {
		t.Fatal("does not verify")
	}
	want, err := json.Marshal(claims())
	if err != nil || string(payload) != string(want) {
		t.Errorf("says %s, %v; want %s", payload, err, want)
	}
	header, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])
	var h struct{ Alg, Typ, Kid string }
	if err != nil || json.Unmarshal(header, &h) != nil || h.Alg != "EdDSA" || h.Typ != approvals.ReleaseType || h.Kid == "" {
		t.Errorf("header %s, %v", header, err)
	}
}

// TestForgedRelease is THREATS C18 and PS-03 at the signature: another key,
// another body, no signature.
func TestForgedRelease(t *testing.T) {
	t.Parallel()
	k, thief := mustNew(t), mustNew(t)
	set := keys(t, k)
	token := mustSign(t, k, claims())
	parts := strings.Split(token, ".")
	other := claims()
	other.Seller = "seller-2"
	body := strings.Split(mustSign(t, k, other), ".")[1]
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"release+jwt"}`))
	for name, forged := range map[string]string{
		"another key":       mustSign(t, thief, claims()),
		"another body":      parts[0] + "." + body + "." + parts[2],
		"no signature":      parts[0] + "." + parts[1] + ".",
		"no algorithm":      none + "." + parts[1] + ".",
		"another signature": parts[0] + "." + parts[1] + "." + strings.Split(mustSign(t, k, other), ".")[2],
	} {
		if payload, ok := verify(forged, set); ok {
			t.Errorf("%s: verifies and says %s", name, payload)
		}
	}
}

// TestSameClaimsSameToken: a token asked for again is the same, so that a lost
// answer can be repaired; also after a restart.
func TestSameClaimsSameToken(t *testing.T) {
	t.Parallel()
	k, path := saved(t)
	token := mustSign(t, k, claims())
	if again := mustSign(t, k, claims()); again != token {
		t.Errorf("%s, then %s", token, again)
	}
	loaded, err := keyring.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if again := mustSign(t, loaded, claims()); again != token {
		t.Errorf("%s, after a restart %s", token, again)
	}
	later := claims()
	later.IssuedAt++
	if other := mustSign(t, k, later); other == token {
		t.Error("two claims, one token")
	}
}

// TestRotation: a new key in front signs, and the old one is still published,
// so that tokens already handed out verify (RELIABILITY N13).
func TestRotation(t *testing.T) {
	t.Parallel()
	k, path := saved(t)
	old := mustSign(t, k, claims())
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var f map[string]json.RawMessage
	var seeds [][]byte
	if err := json.Unmarshal(raw, &f); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(f["releases"], &seeds); err != nil {
		t.Fatal(err)
	}
	if f["releases"], err = json.Marshal([][]byte{[]byte("a new seed of just 32 bytes, yes"), seeds[0]}); err != nil {
		t.Fatal(err)
	}
	if raw, err = json.Marshal(f); err != nil {
		t.Fatal(err)
	}
	rotated := filepath.Join(t.TempDir(), "rotated.json")
	if err := os.WriteFile(rotated, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	k, err = keyring.Load(rotated)
	if err != nil {
		t.Fatal(err)
	}
	set := keys(t, k)
	fresh := mustSign(t, k, claims())
	if _, ok := verify(old, set); !ok || len(set.Keys) != 2 {
		t.Errorf("the old token verifies %v with %d keys", ok, len(set.Keys))
	}
	if _, ok := verify(fresh, set); !ok || fresh == old {
		t.Errorf("the new token verifies %v, same %v", ok, fresh == old)
	}
}
