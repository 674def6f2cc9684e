package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"
)

// relyingParty holds go-webauthn to our policy.
type relyingParty struct {
	web     *webauthn.WebAuthn
	origins []string
}

// algorithms a passkey may be made with, best first.
var algorithms = []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256}

func newRelyingParty(id, name string, origins []string) (*relyingParty, error) {
	if id == "" || name == "" || len(origins) == 0 {
		return nil, errors.New("passkeys need a relying party id, its name and at least one origin")
	}
	for _, o := range origins {
		if err := checkOrigin(o, id); err != nil {
			return nil, err
		}
	}
	timeout := webauthn.TimeoutConfig{Enforce: true, Timeout: ChallengeLife, TimeoutUVD: ChallengeLife}
	web, err := webauthn.New(&webauthn.Config{
		RPID:                  id,
		RPDisplayName:         name,
		RPOrigins:             origins,
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey:        protocol.ResidentKeyRequirementPreferred,
			RequireResidentKey: protocol.ResidentKeyNotRequired(),
			UserVerification:   protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{Login: timeout, Registration: timeout},
		// Password managers send results of extensions nobody asked for. None is read.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fmt.Errorf("configure passkeys: %w", err)
	}
	return &relyingParty{web: web, origins: origins}, nil
}

// checkOrigin refuses what a browser would never put into client data, or
// could not use with this relying party id.
func checkOrigin(o, id string) error {
	u, err := url.Parse(o)
	if err != nil || u.Scheme+"://"+u.Host != o || strings.ToLower(o) != o {
		return fmt.Errorf("origin %q must be scheme, host and, if need be, port, in lower case and with nothing after", o)
	}
	host := u.Hostname()
	local := host == "localhost" || strings.HasSuffix(host, ".localhost")
	if u.Scheme != "https" && !(u.Scheme == "http" && local) {
		return fmt.Errorf("origin %q must be https; http works on localhost only", o)
	}
	if host != id && !strings.HasSuffix(host, "."+id) {
		return fmt.Errorf("origin %q is not of the relying party %q", o, id)
	}
	return nil
}

// user is a seller as go-webauthn sees one.
type user struct {
	handle      []byte
	name        string
	credentials []webauthn.Credential
}

func (u user) WebAuthnID() []byte                         { return u.handle }
func (u user) WebAuthnName() string                       { return u.name }
func (u user) WebAuthnDisplayName() string                { return u.name }
func (u user) WebAuthnCredentials() []webauthn.Credential { return u.credentials }

// ceremonyOptions is a begun ceremony: what the browser gets, and what stays.
type ceremonyOptions struct {
	options   []byte // JSON for parseCreationOptionsFromJSON or parseRequestOptionsFromJSON
	session   []byte
	challenge []byte
}

func newOptions(options any, challenge []byte, session *webauthn.SessionData) (ceremonyOptions, error) {
	o := ceremonyOptions{challenge: challenge}
	var err error
	if o.options, err = json.Marshal(options); err != nil {
		return o, fmt.Errorf("encode options: %w", err)
	}
	if o.session, err = json.Marshal(session); err != nil {
		return o, fmt.Errorf("encode session: %w", err)
	}
	return o, nil
}

// beginAssertion asks for an assertion over this challenge.
func (rp *relyingParty) beginAssertion(u user, challenge []byte) (ceremonyOptions, error) {
	request, session, err := rp.web.BeginLogin(u, webauthn.WithChallenge(challenge))
	if err != nil {
		return ceremonyOptions{}, fmt.Errorf("begin assertion: %w", err)
	}
	return newOptions(request.Response, challenge, session)
}

// beginFinding asks for an assertion by a passkey that says itself whose it is.
func (rp *relyingParty) beginFinding(challenge []byte) (ceremonyOptions, error) {
	request, session, err := rp.web.BeginDiscoverableLogin(webauthn.WithChallenge(challenge))
	if err != nil {
		return ceremonyOptions{}, fmt.Errorf("begin sign-in: %w", err)
	}
	return newOptions(request.Response, challenge, session)
}

// beginRegistration asks for a new credential.
func (rp *relyingParty) beginRegistration(u user, more ...webauthn.RegistrationOption) (ceremonyOptions, error) {
	params := make([]protocol.CredentialParameter, len(algorithms))
	for i, a := range algorithms {
		params[i] = protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: a}
	}
	exclude := make([]protocol.CredentialDescriptor, len(u.credentials))
	for i, c := range u.credentials {
		exclude[i] = c.Descriptor()
	}
	more = append(more, webauthn.WithCredentialParameters(params), webauthn.WithExclusions(exclude))
	creation, session, err := rp.web.BeginRegistration(u, more...)
	if err != nil {
		return ceremonyOptions{}, fmt.Errorf("begin registration: %w", err)
	}
	return newOptions(creation.Response, creation.Response.Challenge, session)
}
