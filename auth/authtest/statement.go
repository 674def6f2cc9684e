package authtest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

var enc = base64.RawURLEncoding

func decode(b *b64, text []byte) error {
	raw, err := enc.DecodeString(string(text))
	if err != nil {
		return fmt.Errorf("base64url: %w", err)
	}
	*b = raw
	return nil
}

// Flags of authenticator data (WebAuthn §6.1).
const (
	flagUP = 1 << 0
	flagUV = 1 << 2
	flagBE = 1 << 3
	flagBS = 1 << 4
	flagAT = 1 << 6
)

// statement is what a credential says in one ceremony.
type statement struct {
	kind        string
	challenge   []byte
	origin      string
	crossOrigin bool
	topOrigin   string
	rpID        string
	flags       byte
	counter     uint32
	id, handle  []byte
	key         key
	aaguid      [16]byte
	clientData  func(string) string // changes the JSON before it is signed
	signature   func([]byte) []byte // changes the signature
	format      string              // of the attestation
	attestation map[string]any
}

func (d *Device) statement(kind string, c credential, challenge []byte, lies []Lie) *statement {
	s := &statement{
		kind: kind, challenge: challenge, origin: d.Origin, rpID: c.rpID, flags: flagUP | flagUV, counter: d.Counter,
		id: c.id, handle: c.handle, key: c.key, aaguid: d.AAGUID, format: "none", attestation: map[string]any{},
	}
	if c.eligible {
		s.flags |= flagBE
	}
	if d.BackedUp && c.eligible {
		s.flags |= flagBS
	}
	for _, lie := range lies {
		lie(s)
	}
	return s
}

// clientDataJSON is serialised as WebAuthn §5.8.1.1 says.
func (s *statement) clientDataJSON() []byte {
	quote := func(v string) string { b, _ := json.Marshal(v); return string(b) }
	text := `{"type":` + quote(s.kind) + `,"challenge":` + quote(enc.EncodeToString(s.challenge)) +
		`,"origin":` + quote(s.origin) + fmt.Sprintf(`,"crossOrigin":%t`, s.crossOrigin)
	if s.topOrigin != "" {
		text += `,"topOrigin":` + quote(s.topOrigin)
	}
	text += "}"
	if s.clientData != nil {
		text = s.clientData(text)
	}
	return []byte(text)
}

func (s *statement) authenticatorData() []byte {
	rp := sha256.Sum256([]byte(s.rpID))
	return binary.BigEndian.AppendUint32(append(rp[:], s.flags), s.counter)
}

type publicKeyCredential struct {
	ID         b64            `json:"id"`
	RawID      b64            `json:"rawId"`
	Type       string         `json:"type"`
	Attachment string         `json:"authenticatorAttachment"`
	Extensions map[string]any `json:"clientExtensionResults"`
	Response   any            `json:"response"`
}

func (s *statement) credential(response any) ([]byte, error) {
	return json.Marshal(publicKeyCredential{s.id, s.id, "public-key", "platform", map[string]any{}, response})
}

func (s *statement) registration() ([]byte, error) {
	cose, err := s.key.cose()
	if err != nil {
		return nil, err
	}
	s.flags |= flagAT
	data := slices.Concat(s.authenticatorData(), s.aaguid[:], binary.BigEndian.AppendUint16(nil, uint16(len(s.id))), s.id, cose)
	object, err := webauthncbor.Marshal(map[string]any{"fmt": s.format, "attStmt": s.attestation, "authData": data})
	if err != nil {
		return nil, fmt.Errorf("encode attestation: %w", err)
	}
	return s.credential(map[string]any{
		"clientDataJSON":     b64(s.clientDataJSON()),
		"attestationObject":  b64(object),
		"authenticatorData":  b64(data),
		"publicKeyAlgorithm": s.key.alg,
		"transports":         []string{"internal", "hybrid"},
	})
}

func (s *statement) assertion() ([]byte, error) {
	client, data := s.clientDataJSON(), s.authenticatorData()
	sum := sha256.Sum256(client)
	signature, err := s.key.sign(slices.Concat(data, sum[:]))
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if s.signature != nil {
		signature = s.signature(signature)
	}
	response := map[string]any{
		"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature),
	}
	if s.handle != nil {
		response["userHandle"] = b64(s.handle)
	}
	return s.credential(response)
}
