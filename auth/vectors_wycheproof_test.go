package auth

import (
	"bytes"
	"math/big"
	"testing"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
)

// wycheproofGroup is one public key and its signatures.
type wycheproofGroup struct {
	PublicKey struct {
		Uncompressed   hexBytes // ECDSA
		PK             hexBytes // EdDSA
		Modulus        hexBytes // RSA
		PublicExponent hexBytes
	}
	Tests []struct {
		TCID     int
		Comment  string
		Msg, Sig hexBytes
		Result   string
	}
}

// cose encodes the group's key as an authenticator would.
func (g wycheproofGroup) cose(t *testing.T, alg webauthncose.COSEAlgorithmIdentifier) []byte {
	t.Helper()
	m := map[int]any{3: int64(alg)}
	switch alg {
	case webauthncose.AlgES256:
		m[1], m[-1], m[-2], m[-3] = 2, 1, []byte(g.PublicKey.Uncompressed[1:33]), []byte(g.PublicKey.Uncompressed[33:])
	case webauthncose.AlgEdDSA:
		m[1], m[-1], m[-2] = 1, 6, []byte(g.PublicKey.PK)
	case webauthncose.AlgRS256:
		m[1], m[-1], m[-2] = 3, bytes.TrimLeft(g.PublicKey.Modulus, "\x00"), bytes.TrimLeft(g.PublicKey.PublicExponent, "\x00")
	}
	raw, err := webauthncbor.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// WA-08: every Wycheproof case of the algorithms we take, through the COSE key
// and the verifier an assertion goes through.
func TestWycheproof(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]struct {
		alg   webauthncose.COSEAlgorithmIdentifier
		cases int
	}{
		"es256": {webauthncose.AlgES256, 484}, "eddsa": {webauthncose.AlgEdDSA, 151}, "rs256": {webauthncose.AlgRS256, 259},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := load[struct{ TestGroups []wycheproofGroup }](t, "wycheproof_"+name+".json")
			cases := 0
			for _, g := range file.TestGroups {
				raw := g.cose(t, set.alg)
				if why := checkKey(raw); why != "" {
					t.Errorf("key refused: %s", why)
				}
				key, err := webauthncose.ParsePublicKey(raw)
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range g.Tests {
					cases++
					ok, _ := webauthncose.VerifySignature(key, c.Msg, c.Sig)
					if c.Result != "acceptable" && ok != (c.Result == "valid") {
						t.Errorf("%d (%s) is %s, verified %t", c.TCID, c.Comment, c.Result, ok)
					}
				}
			}
			if cases != set.cases {
				t.Errorf("%d cases, want %d", cases, set.cases)
			}
		})
	}
}

// RELIABILITY B18: keys off the list, and weak keys on it.
func TestCheckKey(t *testing.T) {
	t.Parallel()
	modulus := func(bits uint) []byte {
		n := new(big.Int).Lsh(big.NewInt(1), bits-1)
		return n.Add(n, big.NewInt(1)).Bytes()
	}
	order8, good := bytes.Clone(mustHex(smallOrderY[2])), bytes.Repeat([]byte{0x5a}, 32)
	negative := bytes.Clone(order8)
	negative[31] |= 0x80
	for name, c := range map[string]struct {
		key  map[int]any
		want reason
	}{
		"RS256, 2048 bits":     {map[int]any{1: 3, 3: -257, -1: modulus(2048), -2: []byte{1, 0, 1}}, ""},
		"RS256, 2047 bits":     {map[int]any{1: 3, 3: -257, -1: modulus(2047), -2: []byte{1, 0, 1}}, algorithm},
		"RS256, 1024 bits":     {map[int]any{1: 3, 3: -257, -1: modulus(1024), -2: []byte{1, 0, 1}}, algorithm},
		"RS256, 16384 bits":    {map[int]any{1: 3, 3: -257, -1: modulus(16384), -2: []byte{1, 0, 1}}, algorithm},
		"RS256, exponent 1":    {map[int]any{1: 3, 3: -257, -1: modulus(2048), -2: []byte{1}}, algorithm},
		"RS256, even exponent": {map[int]any{1: 3, 3: -257, -1: modulus(2048), -2: []byte{4}}, algorithm},
		"RS1":                  {map[int]any{1: 3, 3: -65535, -1: modulus(2048), -2: []byte{1, 0, 1}}, algorithm},
		"PS256":                {map[int]any{1: 3, 3: -37, -1: modulus(2048), -2: []byte{1, 0, 1}}, algorithm},
		"EdDSA":                {map[int]any{1: 1, 3: -8, -1: 6, -2: good}, ""},
		"EdDSA, order 8":       {map[int]any{1: 1, 3: -8, -1: 6, -2: order8}, algorithm},
		"EdDSA, other sign":    {map[int]any{1: 1, 3: -8, -1: 6, -2: negative}, algorithm},
		"EdDSA, identity":      {map[int]any{1: 1, 3: -8, -1: 6, -2: mustHex(smallOrderY[1])}, algorithm},
		"EdDSA, short":         {map[int]any{1: 1, 3: -8, -1: 6, -2: good[:31]}, algorithm},
		"EdDSA on Ed448":       {map[int]any{1: 1, 3: -8, -1: 7, -2: good}, algorithm},
		"ES256, off the curve": {map[int]any{1: 2, 3: -7, -1: 1, -2: good, -3: good}, algorithm},
		"ES256, infinity":      {map[int]any{1: 2, 3: -7, -1: 1, -2: make([]byte, 32), -3: make([]byte, 32)}, algorithm},
		"no algorithm":         {map[int]any{1: 2}, algorithm},
		"none":                 {map[int]any{1: 4, 3: 0}, algorithm},
	} {
		raw, err := webauthncbor.Marshal(c.key)
		if err != nil {
			t.Fatal(err)
		}
		if got := checkKey(raw); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if checkKey([]byte{0xff}) != algorithm || checkKey(nil) != algorithm {
		t.Error("a key that is no CBOR passes")
	}
}
