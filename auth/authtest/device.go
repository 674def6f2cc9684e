package authtest

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// What a browser answers instead of a credential.
var (
	ErrSecurity     = errors.New("SecurityError: the relying party is not this origin's")
	ErrInvalidState = errors.New("InvalidStateError: this device has a passkey for that account already")
	ErrNotAllowed   = errors.New("NotAllowedError: no passkey of this device is asked for")
	ErrNotSupported = errors.New("NotSupportedError: no algorithm in common")
)

// Device is a browser at one origin with one authenticator. Its fields may be
// set between calls. It is not safe for concurrent use.
type Device struct {
	Origin         string    // "https://approve.market.example"
	Algorithm      Algorithm // of keys to be made
	RSABits        int       // of RS256 keys
	AAGUID         [16]byte
	CredentialSize int    // bytes of a new credential id
	BackupEligible bool   // new credentials may be synchronised
	BackedUp       bool   // and are
	Counts         bool   // the signature counter rises with each use
	Counter        uint32 // as last used

	credentials []credential
}

type credential struct {
	id, handle []byte
	rpID       string
	key        key
	eligible   bool
}

// NewDevice returns a device with the habits of a phone: a synchronised ES256
// key that does not count.
func NewDevice(origin string) *Device {
	return &Device{Origin: origin, Algorithm: ES256, RSABits: 2048, CredentialSize: 32, BackupEligible: true, BackedUp: true}
}

// NewSecurityKey returns a device that keeps its keys to itself and counts.
func NewSecurityKey(origin string) *Device {
	return &Device{Origin: origin, Algorithm: ES256, RSABits: 2048, CredentialSize: 64, Counts: true}
}

// b64 is base64url without padding, as in WebAuthn's JSON.
type b64 []byte

func (b b64) MarshalText() ([]byte, error)     { return []byte(enc.EncodeToString(b)), nil }
func (b *b64) UnmarshalText(text []byte) error { return decode(b, text) }

type descriptor struct {
	ID b64 `json:"id"`
}

// Create makes a passkey, as navigator.credentials.create does, and returns the
// JSON of the new credential.
func (d *Device) Create(options []byte, lies ...Lie) ([]byte, error) {
	var o struct {
		RP        struct{ ID string }                            `json:"rp"`
		User      struct{ ID b64 }                               `json:"user"`
		Challenge b64                                            `json:"challenge"`
		Params    []struct{ Alg Algorithm }                      `json:"pubKeyCredParams"`
		Exclude   []descriptor                                   `json:"excludeCredentials"`
		Selection struct{ UserVerification, ResidentKey string } `json:"authenticatorSelection"`
	}
	if err := json.Unmarshal(options, &o); err != nil {
		return nil, fmt.Errorf("read creation options: %w", err)
	}
	if !d.owns(o.RP.ID) {
		return nil, ErrSecurity
	}
	if d.find(o.RP.ID, o.Exclude) != nil {
		return nil, ErrInvalidState
	}
	if !slices.ContainsFunc(o.Params, func(p struct{ Alg Algorithm }) bool { return p.Alg == d.Algorithm }) {
		return nil, ErrNotSupported
	}
	k, err := newKey(d.Algorithm, d.RSABits)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	c := credential{id: make([]byte, d.CredentialSize), handle: o.User.ID, rpID: o.RP.ID, key: k, eligible: d.BackupEligible}
	_, _ = rand.Read(c.id)
	s := d.statement("webauthn.create", c, o.Challenge, lies)
	answer, err := s.registration()
	if err == nil {
		d.credentials = append(d.credentials, c)
	}
	return answer, err
}

// Get makes an assertion, as navigator.credentials.get does, and returns the
// JSON of it.
func (d *Device) Get(options []byte, lies ...Lie) ([]byte, error) {
	var o struct {
		Challenge b64          `json:"challenge"`
		RPID      string       `json:"rpId"`
		Allow     []descriptor `json:"allowCredentials"`
	}
	if err := json.Unmarshal(options, &o); err != nil {
		return nil, fmt.Errorf("read request options: %w", err)
	}
	if !d.owns(o.RPID) {
		return nil, ErrSecurity
	}
	c := d.find(o.RPID, o.Allow)
	if len(o.Allow) == 0 {
		c = d.own(o.RPID)
	}
	if c == nil {
		return nil, ErrNotAllowed
	}
	if d.Counts {
		d.Counter++
	}
	return d.statement("webauthn.get", *c, o.Challenge, lies).assertion()
}

// Credentials returns the ids of the passkeys on the device, oldest first.
func (d *Device) Credentials() [][]byte {
	var ids [][]byte
	for _, c := range d.credentials {
		ids = append(ids, bytes.Clone(c.id))
	}
	return ids
}

// owns reports whether pages of the device's origin may use this relying party
// (HTML, "is a registrable domain suffix of or is equal to").
func (d *Device) owns(rpID string) bool {
	u, err := url.Parse(d.Origin)
	if err != nil || rpID == "" {
		return false
	}
	host := u.Hostname()
	return host == rpID || strings.HasSuffix(host, "."+rpID) && strings.Contains(rpID, ".")
}

// own is the newest passkey of the relying party.
func (d *Device) own(rpID string) *credential {
	for i := len(d.credentials) - 1; i >= 0; i-- {
		if d.credentials[i].rpID == rpID {
			return &d.credentials[i]
		}
	}
	return nil
}

func (d *Device) find(rpID string, list []descriptor) *credential {
	for i, c := range d.credentials {
		if c.rpID == rpID && slices.ContainsFunc(list, func(l descriptor) bool { return bytes.Equal(l.ID, c.id) }) {
			return &d.credentials[i]
		}
	}
	return nil
}
