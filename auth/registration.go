package auth

import (
	"encoding/json"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// registration is a parsed answer to beginRegistration, nothing of it verified.
type registration struct {
	*protocol.ParsedCredentialCreationData
	client clientData
}

func parseRegistration(raw []byte) (registration, error) {
	if len(raw) > maxCredential {
		return registration{}, errCredential
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(raw)
	if err != nil || len(parsed.RawID) > maxCredentialID {
		return registration{}, errCredential
	}
	client, err := parseClientData(parsed.Raw.AttestationResponse.ClientDataJSON)
	if err != nil {
		return registration{}, err
	}
	return registration{parsed, client}, nil
}

// register verifies a new credential (WebAuthn §7.1).
func (rp *relyingParty) register(u user, session []byte, r registration) (webauthn.Credential, reason) {
	if why := r.client.check(protocol.CreateCeremony, rp.origins); why != "" {
		return webauthn.Credential{}, why
	}
	var data webauthn.SessionData
	if json.Unmarshal(session, &data) != nil || data.UserVerification != protocol.VerificationRequired {
		return webauthn.Credential{}, noChallenge
	}
	object := &r.Response.AttestationObject
	if why := checkKey(object.AuthData.AttData.CredentialPublicKey); why != "" {
		return webauthn.Credential{}, why
	}
	// No attestation was asked for and none is trusted. One that comes all the
	// same is dropped unread, so that it can neither help nor hurt (B21).
	object.Format, object.AttStatement, object.SubStatements = string(protocol.AttestationFormatNone), nil, nil
	c, err := rp.web.CreateCredential(u, data, r.ParsedCredentialCreationData)
	if err != nil || !c.Flags.UserVerified {
		return webauthn.Credential{}, unverified
	}
	return *c, ""
}
