package client

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
)

// webhookKey is a secret for v1 or a public key for v1a, never both: which
// version a key verifies is fixed by the key, not by the message.
type webhookKey struct {
	secret []byte
	public ed25519.PublicKey
}

// parseWebhookKey reads a secret as it was shown. Its errors do not repeat it.
func parseWebhookKey(s string) (webhookKey, error) {
	if encoded, ok := strings.CutPrefix(s, "whsec_"); ok {
		b, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || len(b) < 24 || len(b) > 64 {
			return webhookKey{}, errors.New("countersign: a webhook secret is whsec_ and 24 to 64 bytes in base64")
		}
		return webhookKey{secret: b}, nil
	}
	if encoded, ok := strings.CutPrefix(s, "whpk_"); ok {
		b, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || len(b) != ed25519.PublicKeySize {
			return webhookKey{}, errors.New("countersign: a webhook public key is whpk_ and 32 bytes in base64")
		}
		return webhookKey{public: b}, nil
	}
	return webhookKey{}, errors.New("countersign: a webhook secret begins with whsec_ or whpk_")
}

// signed reports whether signature, "v1,…" or "v1a,…", is this key's over
// content.
func (k webhookKey) signed(content []byte, signature string) bool {
	version, encoded, _ := strings.Cut(signature, ",")
	got, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return false
	}
	switch {
	case version == "v1" && k.secret != nil:
		mac := hmac.New(sha256.New, k.secret)
		mac.Write(content)
		return hmac.Equal(got, mac.Sum(nil))
	case version == "v1a" && k.public != nil:
		return len(got) == ed25519.SignatureSize && ed25519.Verify(k.public, content, got)
	}
	return false
}
