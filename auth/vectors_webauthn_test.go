package auth

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// specVector is one registration and assertion of WebAuthn Level 3 §16.
type specVector struct {
	Anchor       string
	Registration struct {
		Challenge         hexBytes
		ClientDataJSON    hexBytes
		AttestationObject hexBytes
	}
	Authentication struct {
		Challenge         hexBytes
		ClientDataJSON    hexBytes
		AuthenticatorData hexBytes
		Signature         hexBytes
	}
}

func (v specVector) name() string { return strings.TrimPrefix(v.Anchor, "sctn-test-vectors-") }

type specFile struct {
	RPID   string `json:"rpId"`
	Origin string
	Cases  []specVector
}

func toJSON(t *testing.T, id []byte, response map[string]hexBytes) []byte {
	t.Helper()
	encoded := map[string]string{}
	for name, value := range response {
		encoded[name] = base64.RawURLEncoding.EncodeToString(value)
	}
	raw, err := json.Marshal(map[string]any{
		"id": base64.RawURLEncoding.EncodeToString(id), "rawId": base64.RawURLEncoding.EncodeToString(id),
		"type": "public-key", "response": encoded, "clientExtensionResults": map[string]any{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func session(t *testing.T, rpID string, challenge []byte, allowed ...[]byte) []byte {
	t.Helper()
	params := make([]protocol.CredentialParameter, len(algorithms))
	for i, a := range algorithms {
		params[i] = protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: a}
	}
	raw, err := json.Marshal(webauthn.SessionData{
		Challenge: base64.RawURLEncoding.EncodeToString(challenge), RelyingPartyID: rpID,
		UserID: []byte("user"), AllowedCredentialIDs: allowed,
		UserVerification: protocol.VerificationRequired, CredParams: params,
	})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// stored is the credential a vector's registration makes, whatever our policy
// would say to it.
func (v specVector) stored(t *testing.T) webauthn.Credential {
	t.Helper()
	var object protocol.AttestationObject
	if err := object.UnmarshalCBOR(v.Registration.AttestationObject); err != nil {
		t.Fatal(err)
	}
	if err := object.AuthData.Unmarshal(object.RawAuthData); err != nil {
		t.Fatal(err)
	}
	return webauthn.Credential{
		ID: object.AuthData.AttData.CredentialID, PublicKey: object.AuthData.AttData.CredentialPublicKey,
		Flags: webauthn.NewCredentialFlags(object.AuthData.Flags),
	}
}

// STANDARDS §14, NI-08, WA-04, WA-06: of the 15 assertions exactly four pass
// our policy, and none with another challenge.
func TestWebAuthnL3_Assertions(t *testing.T) {
	t.Parallel()
	file := load[specFile](t, "webauthn_l3_vectors.json")
	rp, err := newRelyingParty(file.RPID, "Example", []string{file.Origin})
	if err != nil {
		t.Fatal(err)
	}
	var passed []string
	for _, v := range file.Cases {
		c := v.stored(t)
		answer, err := parseAssertion(toJSON(t, c.ID, map[string]hexBytes{
			"clientDataJSON": v.Authentication.ClientDataJSON, "authenticatorData": v.Authentication.AuthenticatorData,
			"signature": v.Authentication.Signature,
		}))
		if err != nil {
			t.Fatalf("%s: %v", v.name(), err)
		}
		u := user{handle: []byte("user"), name: "user", credentials: []webauthn.Credential{c}}
		if _, why := rp.assert(u, session(t, file.RPID, v.Authentication.Challenge, c.ID), answer); why == "" {
			passed = append(passed, v.name())
		}
		other := slices.Clone(v.Authentication.Challenge)
		other[0] ^= 1
		if _, why := rp.assert(u, session(t, file.RPID, other, c.ID), answer); why == "" {
			t.Errorf("%s passes with another challenge", v.name())
		}
	}
	want := []string{"none-es256-long-credential-id", "packed-es256", "packed-es384", "tpm-es256"}
	if !slices.Equal(passed, want) {
		t.Errorf("passed %q, want %q", passed, want)
	}
	if len(file.Cases) != 15 {
		t.Errorf("%d vectors, want 15", len(file.Cases))
	}
}

// WA-11: enrolment also holds the key to the list of algorithms, and takes no
// attestation for more than none.
func TestWebAuthnL3_Registrations(t *testing.T) {
	t.Parallel()
	file := load[specFile](t, "webauthn_l3_vectors.json")
	rp, err := newRelyingParty(file.RPID, "Example", []string{file.Origin})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]reason{
		"packed-self-es256": "", "packed-es256": "", "packed-rs256": "", "tpm-es256": "", "android-key-es256": "",
		"none-es256": unverified, "none-es256-long-credential-id": unverified, "packed-eddsa": unverified, // UV=0
		"apple-es256": unverified, "fido-u2f-es256": unverified,
		"packed-es384": algorithm, "packed-es512": algorithm, "packed-ed448": algorithm,
		"none-es256-crossOrigin": framed, "none-es256-topOrigin": framed,
	}
	for _, v := range file.Cases {
		c := v.stored(t)
		answer, err := parseRegistration(toJSON(t, c.ID, map[string]hexBytes{
			"clientDataJSON": v.Registration.ClientDataJSON, "attestationObject": v.Registration.AttestationObject,
		}))
		if err != nil {
			t.Fatalf("%s: %v", v.name(), err)
		}
		made, why := rp.register(user{handle: []byte("user")}, session(t, file.RPID, v.Registration.Challenge), answer)
		if expected, ok := want[v.name()]; !ok || why != expected {
			t.Errorf("%s: refused as %q, want %q", v.name(), why, expected)
		}
		if why == "" && made.AttestationFormat != "none" {
			t.Errorf("%s keeps attestation %q", v.name(), made.AttestationFormat)
		}
	}
}
