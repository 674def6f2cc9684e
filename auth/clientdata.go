package auth

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
)

// clientData is what the browser says it signed (WebAuthn §5.8.1). It is read
// strictly and beside go-webauthn, which takes the last of two equal keys and
// compares origins without their case and path.
type clientData struct {
	kind        protocol.CeremonyType
	challenge   []byte
	origin      string
	crossOrigin bool
	topOrigin   bool // there at all
}

var errClientData = errors.New("client data is not one JSON object of the expected form")

// parseClientData reads clientDataJSON. Unknown members pass, as WebAuthn
// asks; a member that is there twice, a NUL and bytes that are not UTF-8 do not.
func parseClientData(raw []byte) (clientData, error) {
	if len(raw) > maxClientData || !utf8.Valid(raw) || bytes.Contains(raw, []byte(`\u0000`)) {
		return clientData{}, errClientData
	}
	members, err := members(raw)
	if err != nil {
		return clientData{}, err
	}
	var c clientData
	var challenge string
	for _, m := range []struct {
		name string
		to   any
	}{{"type", &c.kind}, {"challenge", &challenge}, {"origin", &c.origin}, {"crossOrigin", &c.crossOrigin}} {
		value, there := members[m.name]
		if !there && m.name == "crossOrigin" {
			continue
		}
		if !there || bytes.Equal(value, []byte("null")) || json.Unmarshal(value, m.to) != nil {
			return clientData{}, errClientData
		}
	}
	_, c.topOrigin = members["topOrigin"]
	c.challenge, err = base64.RawURLEncoding.Strict().DecodeString(challenge)
	if err != nil {
		return clientData{}, errClientData
	}
	return c, nil
}

// members splits a JSON object at its top level.
func members(raw []byte) (map[string]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errClientData
	}
	found := map[string]json.RawMessage{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, errClientData
		}
		name, _ := t.(string)
		var value json.RawMessage
		if _, twice := found[name]; twice || dec.Decode(&value) != nil {
			return nil, errClientData
		}
		found[name] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, errClientData
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errClientData
	}
	return found, nil
}

// check returns why this client data cannot be from the ceremony, or "".
func (c clientData) check(kind protocol.CeremonyType, origins []string) reason {
	switch {
	case c.kind != kind:
		return ceremony
	case !slices.Contains(origins, c.origin):
		return origin
	case c.crossOrigin || c.topOrigin:
		return framed
	}
	return ""
}
