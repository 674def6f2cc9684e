package authtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/big"
)

// Browser is the key that the page's script keeps in a browser: of P-256, and
// never taken out of it.
type Browser struct{ private *ecdsa.PrivateKey }

// NewBrowser returns one that has been nowhere yet.
func NewBrowser() (*Browser, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a browser's key: %w", err)
	}
	return &Browser{private}, nil
}

// Key is the public key as WebCrypto exports it raw: an uncompressed point.
func (b *Browser) Key() []byte {
	key, err := b.private.PublicKey.Bytes()
	if err != nil {
		panic(err) // of a key that was just made
	}
	return key
}

// Sign signs as the page's script does: r ‖ s over the tag and the challenge.
func (b *Browser) Sign(challenge []byte) ([]byte, error) {
	return b.SignRaw(append([]byte("countersign/device/v1\n"), challenge...))
}

// SignRaw signs these very bytes, in the form of WebCrypto.
func (b *Browser) SignRaw(message []byte) ([]byte, error) {
	sum := sha256.Sum256(message)
	r, s, err := ecdsa.Sign(rand.Reader, b.private, sum[:])
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return append(fixed(r), fixed(s)...), nil
}

func fixed(n *big.Int) []byte { return n.FillBytes(make([]byte, 32)) }

// ChallengeOf is the challenge in a passkey's options, as the page's script
// reads it; nil where there is none.
func ChallengeOf(options []byte) []byte {
	var o struct {
		Challenge b64 `json:"challenge"`
	}
	_ = json.Unmarshal(options, &o) // then there is none
	return o.Challenge
}
