package client

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// TestForgedReleaseClaims is THREATS C18, forged_release, NI-24: a token of the real
// key that is for something else, or from another time.
func TestForgedReleaseClaims(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	for _, c := range []struct{ claim, value string }{
		{"iss", "https://evil.example"}, {"iss", i.URL + "/"}, {"aud", "other"}, {"marketplace", "other"},
		{"action", "a2"}, {"seller", "S-2"}, {"kind", "loan.disbursement"}, {"digest", "d2"}, {"digest", ""}, {"release_id", ""},
	} {
		t.Run(c.claim+"="+c.value, func(t *testing.T) {
			t.Parallel()
			now := noon
			token := i.token(t, func(m map[string]any) { m[c.claim] = c.value })
			if _, err := verifierAt(t, i.URL, &now).Verify(t.Context(), token, wanted); !errors.Is(err, ErrRelease) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("two audiences", func(t *testing.T) {
		t.Parallel()
		now := noon
		token := i.token(t, func(m map[string]any) { m["aud"] = []string{"market", "other"} })
		if _, err := verifierAt(t, i.URL, &now).Verify(t.Context(), token, wanted); !errors.Is(err, ErrRelease) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("yesterday's", func(t *testing.T) {
		t.Parallel()
		now := noon.Add(24 * time.Hour)
		if _, err := verifierAt(t, i.URL, &now).Verify(t.Context(), i.token(t, nil), wanted); !errors.Is(err, ErrRelease) {
			t.Errorf("got %v", err)
		}
	})
}

// TestForgedReleaseSignature: wrong keys, other algorithms, header tricks
// (AS-38, PS-03, RFC 8725).
func TestForgedReleaseSignature(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	good := i.token(t, nil)
	parts := strings.Split(good, ".")
	b64 := base64.RawURLEncoding.EncodeToString
	public := []byte(i.key.Public().(ed25519.PublicKey))
	with := func(h map[jose.HeaderKey]any, name jose.HeaderKey, value any) map[jose.HeaderKey]any {
		h[name] = value
		return h
	}
	evil := privateKey(9)
	for name, token := range map[string]string{
		"wrong key, known id":       sign(t, jose.EdDSA, evil, head("k1"), i.claims(nil)),
		"wrong key, unknown id":     sign(t, jose.EdDSA, evil, head("k9"), i.claims(nil)),
		"no id":                     sign(t, jose.EdDSA, i.key, map[jose.HeaderKey]any{"typ": "release+jwt"}, i.claims(nil)),
		"own key in the header":     sign(t, jose.EdDSA, evil, with(head("k1"), "jwk", published("k1", evil)), i.claims(nil)),
		"own key by address":        sign(t, jose.EdDSA, i.key, with(head("k1"), "jku", "https://evil.example/jwks.json"), i.claims(nil)),
		"critical extension":        sign(t, jose.EdDSA, i.key, with(head("k1"), "crit", []string{"exp"}), i.claims(nil)),
		"type JWT":                  sign(t, jose.EdDSA, i.key, with(head("k1"), "typ", "JWT"), i.claims(nil)),
		"no type":                   sign(t, jose.EdDSA, i.key, map[jose.HeaderKey]any{"kid": "k1"}, i.claims(nil)),
		"HS256 with the public key": sign(t, jose.HS256, public, head("k1"), i.claims(nil)),
		"alg none":                  b64([]byte(`{"alg":"none","typ":"release+jwt","kid":"k1"}`)) + "." + parts[1] + ".",
		"alg None, signature kept":  b64([]byte(`{"alg":"None","typ":"release+jwt","kid":"k1"}`)) + "." + parts[1] + "." + parts[2],
		"signature cut off":         parts[0] + "." + parts[1] + ".",
		"payload swapped":           parts[0] + "." + b64([]byte(`{"seller":"S-1"}`)) + "." + parts[2],
		"line breaks":               parts[0] + "." + parts[1] + "\n." + parts[2],
		"padded":                    good + "==",
		"space around":              " " + good,
		"JSON form":                 `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"two tokens":                good + "." + good,
		"empty":                     "",
		"too long":                  good + strings.Repeat("A", 9000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := noon
			if _, err := verifierAt(t, i.URL, &now).Verify(t.Context(), token, wanted); !errors.Is(err, ErrRelease) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestForgedReleaseWycheproof: no case of the file uses EdDSA, so all are
// refused, the valid ones too, although the issuer publishes their very keys.
func TestForgedReleaseWycheproof(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/json_web_signature_test.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		TestGroups []struct {
			Public, Private json.RawMessage
			Tests           []struct {
				TcID int
				JWS  string `json:"jws"`
			}
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	cases := 0
	for _, g := range file.TestGroups {
		key := g.Public
		if key == nil {
			key = g.Private
		}
		set := []byte(`{"keys":[` + string(key) + `]}`)
		gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(set) }))
		now := noon
		v := verifierAt(t, gateway.URL, &now)
		for _, c := range g.Tests {
			cases++
			if _, err := v.Verify(t.Context(), c.JWS, wanted); !errors.Is(err, ErrRelease) {
				t.Errorf("case %d: got %v", c.TcID, err)
			}
		}
		gateway.Close()
	}
	if cases != 401 {
		t.Errorf("%d cases, want 401", cases)
	}
}

// TestKeySetKeepsSigningKeysOnly: no key of another kind or use verifies.
func TestKeySetKeepsSigningKeysOnly(t *testing.T) {
	t.Parallel()
	const x = `"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"` // RFC 8037 Appendix A.2
	for _, c := range []struct {
		name, keys string
		want       int // keys kept, -1 for an error
	}{
		{"plain", `{"kty":"OKP","crv":"Ed25519","kid":"a",` + x + `}`, 1},
		{"for encryption", `{"kty":"OKP","crv":"Ed25519","kid":"a","use":"enc",` + x + `}`, 0},
		{"for another algorithm", `{"kty":"OKP","crv":"Ed25519","kid":"a","alg":"ES256",` + x + `}`, 0},
		{"without id", `{"kty":"OKP","crv":"Ed25519",` + x + `}`, 0},
		{"symmetric", `{"kty":"oct","kid":"a","k":"AAAA"}`, 0},
		{"unknown kind beside a good one", `{"kty":"XYZ","kid":"b"},{"kty":"OKP","crv":"Ed25519","kid":"a",` + x + `}`, 1},
		{"low order point", `{"kty":"OKP","crv":"Ed25519","kid":"a","x":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`, 0},
		{"two of one id", `{"kty":"OKP","crv":"Ed25519","kid":"a",` + x + `},{"kty":"OKP","crv":"Ed25519","kid":"a",` + x + `}`, -1},
		{"too many", strings.Repeat(`{},`, 32) + `{}`, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseKeySet([]byte(`{"keys":[` + c.keys + `]}`))
			if (err != nil) != (c.want < 0) || err == nil && len(got) != c.want {
				t.Errorf("got %d keys, %v", len(got), err)
			}
		})
	}
}
