package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"countersign/approvals"
)

// handleSize is the length of a user.id: as long as WebAuthn allows, random,
// and nothing a person is known by (STANDARDS WA-12).
const handleSize = 64

// BeginPasskeyEnrolment returns the options of a new passkey, as JSON for
// PublicKeyCredential.parseCreationOptionsFromJSON. displayName is what the
// device shows the seller. CodeEnrolmentClosed for a seller who has, or ever
// had, an authenticator.
func (s *Service) BeginPasskeyEnrolment(ctx context.Context, key approvals.SellerKey, displayName string) ([]byte, error) {
	if err := s.enrolmentOpen(ctx, key); err != nil {
		return nil, err
	}
	return s.beginPasskey(ctx, key, displayName)
}

func (s *Service) beginPasskey(ctx context.Context, key approvals.SellerKey, displayName string) ([]byte, error) {
	u, err := s.newUser(ctx, key, displayName)
	if err != nil {
		return nil, err
	}
	begun, err := s.rp.beginRegistration(u)
	if err != nil {
		return nil, err
	}
	return begun.options, s.putChallenge(ctx, Subject{Seller: key}, begun)
}

// newUser is the seller as the user of a passkey to be made.
func (s *Service) newUser(ctx context.Context, key approvals.SellerKey, displayName string) (user, error) {
	handle, err := s.store.Handle(ctx, key, random(handleSize))
	if err != nil {
		return user{}, fmt.Errorf("read user handle: %w", err)
	}
	u := user{handle: handle, name: label(displayName)}
	if u.name == "" {
		u.name = label(string(key.Seller))
	}
	records, err := s.records(ctx, key)
	if err != nil {
		return user{}, err
	}
	for _, r := range records { // excludeCredentials; a device whose passkey was switched off may make another
		if r.Method == approvals.Passkey && r.DisabledAt.IsZero() {
			u.credentials = append(u.credentials, webauthn.Credential{ID: r.CredentialID, Transport: transports(r.Transports)})
		}
	}
	return u, nil
}

// PasskeyAnswer is what a browser made of the options of a new passkey.
type PasskeyAnswer struct {
	Credential []byte // the JSON of credential.toJSON()
	Name       string // what the seller calls it; may be empty
	// Onboarded is when the marketplace says it took the seller on. A first
	// enrolment within VouchLife of it has no quarantine. Zero: it does not say.
	Onboarded time.Time
	// Device is the browser it was made in, see DeviceAnswer. It is kept where
	// Onboarded vouches for the seller.
	Device DeviceAnswer
}

// FinishPasskeyEnrolment verifies the answer to BeginPasskeyEnrolment and adds
// the seller's first authenticator, a passkey. From when it may approve money
// is in UsableFrom (DESIGN rule 11). A refusal is CodeProofWrong with a fact
// "fault" ("late" or "refused"), CodeAlreadyEnrolled, or CodeEnrolmentClosed.
func (s *Service) FinishPasskeyEnrolment(ctx context.Context, key approvals.SellerKey, answer PasskeyAnswer) (Authenticator, error) {
	if err := s.enrolmentOpen(ctx, key); err != nil {
		return Authenticator{}, err
	}
	r, err := s.newPasskey(ctx, key, answer)
	if err != nil {
		return Authenticator{}, err
	}
	on := answer.Device
	if made, err := parseRegistration(answer.Credential); err != nil || !bytes.Equal(made.client.challenge, on.Challenge) || !on.signed() {
		on = DeviceAnswer{}
	}
	return s.addFirst(ctx, r, first{onboarded: answer.Onboarded, on: on, at: s.now()})
}

// newPasskey returns the passkey that a good answer shows.
func (s *Service) newPasskey(ctx context.Context, key approvals.SellerKey, answer PasskeyAnswer) (Record, error) {
	c, why, err := s.checkRegistration(ctx, key, answer.Credential)
	if err != nil {
		return Record{}, err
	}
	if why != "" {
		return Record{}, s.refuseEnrolment(ctx, key, approvals.Passkey, why)
	}
	r, err := s.passkeyRecord(key, c)
	if err != nil {
		return Record{}, err
	}
	if r.Name = label(answer.Name); r.Name == "" {
		r.Name = r.Provider
	}
	return r, nil
}

// registered is a new credential and whose it is.
type registered struct {
	webauthn.Credential
	handle []byte
}

func (s *Service) checkRegistration(ctx context.Context, key approvals.SellerKey, credential []byte) (registered, reason, error) {
	answer, err := parseRegistration(credential)
	if err != nil {
		return registered{}, malformed, nil
	}
	challenge, why, err := s.takeChallenge(ctx, Subject{Seller: key}, answer.client, s.now())
	if err != nil || why != "" {
		return registered{}, why, err
	}
	u, err := s.newUser(ctx, key, "")
	if err != nil {
		return registered{}, "", err
	}
	c, why := s.rp.register(u, challenge.Session, answer)
	return registered{c, u.handle}, why, nil
}

func (s *Service) passkeyRecord(key approvals.SellerKey, c registered) (Record, error) {
	r, secret, err := newPasskeyRecord(s.newID(), c)
	if err != nil {
		return Record{}, err
	}
	r.Seller = key
	r.Sealed, err = s.seal(r, secret)
	return r, err
}

// newPasskeyRecord is the record of a new credential, and what it is to seal.
func newPasskeyRecord(id string, c registered) (Record, []byte, error) {
	r := Record{
		Authenticator: Authenticator{
			ID:             id,
			Method:         approvals.Passkey,
			Provider:       providerOf(c.Credential.Authenticator.AAGUID),
			BackupEligible: c.Flags.BackupEligible,
			BackedUp:       c.Flags.BackupState,
		},
		CredentialID: c.Credential.ID,
		SignCount:    c.Credential.Authenticator.SignCount,
	}
	for _, t := range knownTransports {
		if slices.Contains(c.Transport, t) {
			r.Transports = append(r.Transports, string(t))
		}
	}
	secret, err := json.Marshal(sealedKey{
		CredentialID: r.CredentialID, PublicKey: c.PublicKey, UserHandle: c.handle, BackupEligible: r.BackupEligible,
	})
	if err != nil {
		return Record{}, nil, fmt.Errorf("encode passkey: %w", err)
	}
	return r, secret, nil
}
