package conformance

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/go-jose/go-jose/v4"

	"countersign/client"
)

const (
	tokenLife = 5 * time.Minute
	tokenType = "release+jwt"
)

// claims are what a release token says.
type claims map[string]any

func (c claims) with(name string, value any) claims {
	c[name] = value
	return c
}

func (g *gateway) claimsOf(a *action, now time.Time) claims {
	return claims{
		"iss": g.settings.URL, "aud": g.settings.Marketplace, "jti": a.releaseID() + "." + stamp(now),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(tokenLife).Unix(),
		"action": a.id, "release_id": a.releaseID(), "digest": a.digest, "kind": client.PayoutAccountChange, "seller": a.seller,
		"marketplace": g.settings.Marketplace, "proofs": a.proofs(),
	}
}

// signer holds the stand-in's release key, made anew for each kit.
type signer struct {
	key ed25519.PrivateKey
	id  string
}

func newSigner() signer {
	_, key, _ := ed25519.GenerateKey(rand.Reader) // fails only when crypto/rand does, which never fails
	return signer{key, "conformance-" + rand.Text()[:8]}
}

func (s signer) published() jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.key.Public(), KeyID: s.id, Algorithm: string(jose.EdDSA), Use: "sig"}}}
}

func (s signer) genuine(c claims) string {
	return s.sign(map[string]any{"alg": "EdDSA", "typ": tokenType, "kid": s.id}, c)
}

// sign makes the compact form by hand, because a library refuses to write the
// headers that thieves do.
func (s signer) sign(header map[string]any, c claims) string {
	content := unsigned(header, c)
	return content + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(s.key, []byte(content)))
}

func unsigned(header map[string]any, c claims) string {
	return encoded(header) + "." + encoded(c)
}

func encoded(v any) string {
	raw, _ := json.Marshal(v) // maps of plain values: never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

// withAnotherType is the gateway's own, and no release token.
func (s signer) withAnotherType(c claims) string {
	return s.sign(map[string]any{"alg": "EdDSA", "typ": "JWT", "kid": s.id}, c)
}

// withoutSignature says that it needs none (alg none, RFC 8725 §2.1).
func (s signer) withoutSignature(c claims) string {
	return unsigned(map[string]any{"alg": "none", "typ": tokenType, "kid": s.id}, c) + "."
}

// withPublicKey is "signed" with HS256 and the public key, as everybody can.
func (s signer) withPublicKey(c claims) string {
	content := unsigned(map[string]any{"alg": "HS256", "typ": tokenType, "kid": s.id}, c)
	mac := hmac.New(sha256.New, s.key.Public().(ed25519.PublicKey))
	mac.Write([]byte(content))
	return content + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// withOwnKey is signed with the thief's key, which the header brings along.
func (s signer) withOwnKey(c claims) string {
	thief := newSigner()
	own := jose.JSONWebKey{Key: thief.key.Public(), KeyID: s.id, Algorithm: string(jose.EdDSA), Use: "sig"}
	return thief.sign(map[string]any{"alg": "EdDSA", "typ": tokenType, "kid": s.id, "jwk": own}, c)
}

// withAnotherKey names the published key and is signed with another.
func (s signer) withAnotherKey(c claims) string {
	return newSigner().sign(map[string]any{"alg": "EdDSA", "typ": tokenType, "kid": s.id}, c)
}

// withUnknownKey names a key that nobody published.
func (s signer) withUnknownKey(c claims) string { return newSigner().genuine(c) }
