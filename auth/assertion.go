package auth

import (
	"encoding/json"
	"errors"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

var errCredential = errors.New("not a credential of the expected form")

// assertion is a parsed answer to beginAssertion, nothing of it verified.
type assertion struct {
	*protocol.ParsedCredentialAssertionData
	client clientData
}

// parseAssertion reads the JSON of PublicKeyCredential.toJSON().
func parseAssertion(raw []byte) (assertion, error) {
	if len(raw) > maxCredential {
		return assertion{}, errCredential
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(raw)
	if err != nil || len(parsed.RawID) > maxCredentialID {
		return assertion{}, errCredential
	}
	client, err := parseClientData(parsed.Raw.AssertionResponse.ClientDataJSON)
	if err != nil {
		return assertion{}, err
	}
	return assertion{parsed, client}, nil
}

// verified is what a good assertion shows.
type verified struct {
	credential webauthn.Credential // with the counter and backup state of now
	presented  uint32              // the counter as sent
	regressed  bool                // it did not rise: perhaps a clone (WebAuthn §6.1.1)
	rising     bool                // the key is device-bound and counts: it must rise
}

// assert verifies an answer against the session it was begun with (WebAuthn
// §7.2). A counter that went back is a signal, except for a device-bound key
// that has counted before (STANDARDS C9).
func (rp *relyingParty) assert(u user, session []byte, a assertion) (verified, reason) {
	return rp.assertAs(session, a, func(data webauthn.SessionData) (*webauthn.Credential, error) {
		return rp.web.ValidateLogin(u, data, a.ParsedCredentialAssertionData)
	})
}

// assertFound is assert for a passkey that says itself whose it is.
func (rp *relyingParty) assertFound(u user, session []byte, a assertion) (verified, reason) {
	return rp.assertAs(session, a, func(data webauthn.SessionData) (*webauthn.Credential, error) {
		found := func(_, _ []byte) (webauthn.User, error) { return u, nil }
		return rp.web.ValidateDiscoverableLogin(found, data, a.ParsedCredentialAssertionData)
	})
}

func (rp *relyingParty) assertAs(session []byte, a assertion, validate func(webauthn.SessionData) (*webauthn.Credential, error)) (verified, reason) {
	if why := a.client.check(protocol.AssertCeremony, rp.origins); why != "" {
		return verified{}, why
	}
	var data webauthn.SessionData
	if json.Unmarshal(session, &data) != nil || data.UserVerification != protocol.VerificationRequired {
		return verified{}, noChallenge
	}
	c, err := validate(data)
	if err != nil {
		return verified{}, unverified
	}
	flags := a.Response.AuthenticatorData.Flags
	if !flags.HasUserVerified() || !flags.HasUserPresent() {
		return verified{}, unverified
	}
	v := verified{credential: *c, presented: a.Response.AuthenticatorData.Counter, regressed: c.Authenticator.CloneWarning}
	v.rising = !c.Flags.BackupEligible && c.Authenticator.SignCount != 0
	if v.regressed && v.rising {
		return v, regressed
	}
	return v, ""
}
