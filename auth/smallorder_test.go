package auth

import (
	"crypto/ecdh"
	"encoding/hex"
	"math/big"
	"slices"
	"testing"
)

func mustHex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// The list of small-order points is right: X25519, which works on the same
// curve in its Montgomery form with u = (1+y)/(1-y), refuses each of them.
func TestSmallOrderY(t *testing.T) {
	t.Parallel()
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	private, err := ecdh.X25519().NewPrivateKey(slices.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	refuses := func(littleEndian []byte) bool {
		y := new(big.Int).SetBytes(reversed(littleEndian))
		y.Mod(y, p)
		below := new(big.Int).Sub(big.NewInt(1), y)
		u := new(big.Int)
		if below.Mod(below, p).Sign() != 0 { // y = 1 is the identity: u is at infinity
			u.Mul(y.Add(y, big.NewInt(1)), below.ModInverse(below, p)).Mod(u, p)
		}
		public, err := ecdh.X25519().NewPublicKey(reversed(u.FillBytes(make([]byte, 32))))
		if err != nil {
			t.Fatal(err)
		}
		_, err = private.ECDH(public)
		return err != nil
	}
	for _, y := range smallOrderY {
		if !refuses(mustHex(y)) || !smallOrder(mustHex(y)) {
			t.Errorf("%s is not of small order", y)
		}
	}
	base := slices.Repeat([]byte{0x66}, 32)
	base[0] = 0x58 // y = 4/5, the base point
	if refuses(base) || smallOrder(base) {
		t.Error("the base point is refused")
	}
}

func reversed(b []byte) []byte {
	c := slices.Clone(b)
	slices.Reverse(c)
	return c
}
