package authtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"math/big"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

// Algorithm is a COSE algorithm a Device can make keys with.
type Algorithm int64

const (
	ES256 Algorithm = -7
	EdDSA Algorithm = -8
	RS256 Algorithm = -257
)

// key is a credential's private key.
type key struct {
	alg     Algorithm
	private crypto.Signer
}

func newKey(alg Algorithm, rsaBits int) (key, error) {
	var private crypto.Signer
	var err error
	switch alg {
	case ES256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case EdDSA:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	case RS256:
		private, err = rsa.GenerateKey(rand.Reader, rsaBits)
	default:
		err = fmt.Errorf("no such algorithm: %d", alg)
	}
	return key{alg, private}, err
}

// sign signs as WebAuthn §6.5.5 asks: ECDSA in DER.
func (k key) sign(data []byte) ([]byte, error) {
	if k.alg == EdDSA {
		return k.private.Sign(rand.Reader, data, crypto.Hash(0))
	}
	sum := sha256.Sum256(data)
	return k.private.Sign(rand.Reader, sum[:], crypto.SHA256)
}

// cose encodes the public key (RFC 9052 §7, RFC 9053, RFC 8230).
func (k key) cose() ([]byte, error) {
	m := map[int]any{3: int64(k.alg)}
	switch p := k.private.Public().(type) {
	case *ecdsa.PublicKey:
		point, err := p.Bytes() // 4 ‖ x ‖ y
		if err != nil {
			return nil, fmt.Errorf("encode key: %w", err)
		}
		m[1], m[-1], m[-2], m[-3] = 2, 1, point[1:33], point[33:]
	case ed25519.PublicKey:
		m[1], m[-1], m[-2] = 1, 6, []byte(p)
	case *rsa.PublicKey:
		m[1], m[-1], m[-2] = 3, p.N.Bytes(), big.NewInt(int64(p.E)).Bytes()
	}
	return webauthncbor.Marshal(m)
}
