package keyring

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"countersign/approvals"
)

// SignRelease returns the release token: a compact JWS by Ed25519 (RFC 8037)
// with the key's id. The same claims always give the same token.
func (k *Keyring) SignRelease(c approvals.ReleaseClaims) (string, error) {
	key := ed25519.NewKeyFromSeed(k.now().file.Releases[0])
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.EdDSA, Key: key},
		(&jose.SignerOptions{}).WithType(approvals.ReleaseType).WithHeader("kid", keyID(key.Public().(ed25519.PublicKey))),
	)
	if err != nil {
		return "", fmt.Errorf("sign release: %w", err)
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("sign release: %w", err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign release: %w", err)
	}
	return signed.CompactSerialize()
}

// JWKS returns the public release keys, old and new, as a JSON Web Key Set
// (RFC 7517 §5).
func (k *Keyring) JWKS() ([]byte, error) {
	var set jose.JSONWebKeySet
	for _, seed := range k.now().file.Releases {
		pub := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: pub, KeyID: keyID(pub), Algorithm: string(jose.EdDSA), Use: "sig"})
	}
	return json.Marshal(set)
}
