package auth

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"
)

// sealedKey is what a passkey's record seals: all that decides whether an
// assertion is believed, so that a writer of the database without the sealing
// key can change none of it (STANDARDS NI-10).
type sealedKey struct {
	CredentialID   []byte `json:"credential_id"`
	PublicKey      []byte `json:"public_key"` // COSE
	UserHandle     []byte `json:"user_handle"`
	BackupEligible bool   `json:"backup_eligible"`
}

// credential opens a passkey's record.
func (s *Service) credential(r Record) (webauthn.Credential, []byte, error) {
	secret, err := s.open(r)
	if err != nil {
		return webauthn.Credential{}, nil, err
	}
	return readCredential(r, secret)
}

// readCredential is a passkey's record with what it had sealed.
func readCredential(r Record, secret []byte) (webauthn.Credential, []byte, error) {
	var k sealedKey
	if err := json.Unmarshal(secret, &k); err != nil {
		return webauthn.Credential{}, nil, fmt.Errorf("read authenticator %s: %w", r.ID, err)
	}
	if !bytes.Equal(k.CredentialID, r.CredentialID) {
		return webauthn.Credential{}, nil, fmt.Errorf("authenticator %s is stored with another credential id than was sealed", r.ID)
	}
	flags := protocol.FlagUserPresent | protocol.FlagUserVerified
	if k.BackupEligible {
		flags |= protocol.FlagBackupEligible
	}
	return webauthn.Credential{
		ID:                k.CredentialID,
		PublicKey:         k.PublicKey,
		AttestationFormat: string(protocol.AttestationFormatNone),
		Transport:         transports(r.Transports),
		Flags:             webauthn.NewCredentialFlags(flags),
		Authenticator:     webauthn.Authenticator{SignCount: r.SignCount},
	}, k.UserHandle, nil
}

// credentials opens several passkeys of one seller, who is their user.
func (s *Service) credentials(records []Record) (user, error) {
	var u user
	for _, r := range records {
		c, handle, err := s.credential(r)
		if err != nil {
			return user{}, err
		}
		if u.handle != nil && !bytes.Equal(u.handle, handle) {
			return user{}, fmt.Errorf("authenticator %s was sealed for another user handle", r.ID)
		}
		u.handle, u.credentials = handle, append(u.credentials, c)
	}
	return u, nil
}

// knownTransports are the hints worth keeping; a client may send anything.
var knownTransports = []protocol.AuthenticatorTransport{
	protocol.USB, protocol.NFC, protocol.BLE, protocol.SmartCard, protocol.Hybrid, protocol.Internal,
}

func transports(names []string) []protocol.AuthenticatorTransport {
	var list []protocol.AuthenticatorTransport
	for _, known := range knownTransports {
		if slices.Contains(names, string(known)) {
			list = append(list, known)
		}
	}
	return list
}

// checkKey refuses a public key that is off the list or weak.
func checkKey(cose []byte) reason {
	key, err := webauthncose.ParsePublicKey(cose)
	if err != nil {
		return algorithm
	}
	ok := false
	switch k := key.(type) {
	case webauthncose.EC2PublicKeyData:
		ok = k.Algorithm == int64(webauthncose.AlgES256) // ParsePublicKey holds it to P-256
	case webauthncose.OKPPublicKeyData:
		ok = k.Algorithm == int64(webauthncose.AlgEdDSA) && !smallOrder(k.XCoord)
	case webauthncose.RSAPublicKeyData:
		bits := new(big.Int).SetBytes(k.Modulus).BitLen()
		e, err := webauthncose.ParseRSAPublicKeyDataExponent(&k)
		ok = k.Algorithm == int64(webauthncose.AlgRS256) && bits >= minRSABits && bits <= maxRSABits &&
			err == nil && e >= 3 && e <= 1<<31-1 && e%2 == 1
	}
	if !ok {
		return algorithm
	}
	return ""
}

// smallOrderY are the y coordinates, little-endian, of the points of edwards25519
// whose order divides 8, with the two that are not reduced. A key at one of
// them accepts signatures that need no private key.
var smallOrderY = []string{
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}

func smallOrder(x []byte) bool {
	y := bytes.Clone(x)
	y[len(y)-1] &= 0x7f // the sign of the other coordinate
	return slices.Contains(smallOrderY, hex.EncodeToString(y))
}
