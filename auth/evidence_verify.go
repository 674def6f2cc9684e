package auth

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"

	"countersign/approvals"
)

// VerifyEvidence checks a stored proof against its own evidence, with nothing
// but the relying party's id and origins: no server, no database, no clock.
//
// For a passkey a nil error means: the holder of the private key signed, with
// user verification, on one of these origins, a challenge made of the nonce
// and this proof's digest. Whose key it is, and that the digest is the
// action's, is for the caller to compare. A code cannot be verified without
// its seed: for TOTP, and for a printed code, only the agreement of proof and
// evidence is checked.
func VerifyEvidence(p approvals.Proof, rpID string, origins []string) error {
	var e Evidence
	if err := json.Unmarshal(p.Evidence, &e); err != nil {
		return fmt.Errorf("read evidence of proof %s: %w", p.ID, err)
	}
	want := evidenceOf(p)
	if e.Assurance == "" {
		want.Assurance = ""
	}
	got := e
	got.Passkey, got.Code, got.Browser = nil, nil, nil
	if got != want {
		return fmt.Errorf("evidence of proof %s is about another proof", p.ID)
	}
	err := e.Browser.verify(p)
	switch {
	case err != nil:
	case p.Method == approvals.Passkey && e.Passkey != nil && e.Code == nil:
		err = e.Passkey.verify(p, rpID, origins)
	case p.Method == approvals.TOTP && e.Code != nil && e.Passkey == nil:
		if p.Spent != spentStep(p.Authenticator, e.Code.Step) {
			err = errors.New("the proof spends another step")
		}
	case p.Method == approvals.RecoveryCode && e.Passkey == nil && e.Code == nil:
		// Only the agreement, as for a code: what was printed is kept as a hash.
	default:
		err = errors.New("the evidence is of another method")
	}
	if err != nil {
		return fmt.Errorf("evidence of proof %s: %w", p.ID, err)
	}
	return nil
}

// verify checks that the device's key signed about this proof's digest.
func (e *DeviceEvidence) verify(p approvals.Proof) error {
	switch {
	case e == nil:
		return nil
	case len(e.Challenge) != nonceSize+len(p.Digest) || !bytes.Equal(e.Challenge[nonceSize:], p.Digest[:]):
		return errors.New("the device signed about another digest")
	case !(DeviceAnswer{Key: e.PublicKey, Signature: e.Signature, Challenge: e.Challenge}).signed():
		return errors.New("the device's signature is not good")
	}
	return nil
}

func (e PasskeyEvidence) verify(p approvals.Proof, rpID string, origins []string) error {
	spent := sha256.Sum256(e.Challenge)
	switch {
	case len(e.Nonce) != nonceSize || !bytes.Equal(e.Challenge, append(bytes.Clone(e.Nonce), p.Digest[:]...)):
		return errors.New("the challenge is not the nonce and the digest")
	case hex.EncodeToString(spent[:]) != p.Spent:
		return errors.New("the proof spends another challenge")
	case e.RPID != rpID || !p.UV:
		return errors.New("the assertion is for another relying party, or without user verification")
	}
	client, err := parseClientData(e.ClientDataJSON)
	if err != nil {
		return err
	}
	if why := client.check(protocol.AssertCeremony, origins); why != "" {
		return fmt.Errorf("the client data does not fit (%s)", why)
	}
	return e.verifySignature(origins)
}

func (e PasskeyEvidence) verifySignature(origins []string) error {
	id := base64.RawURLEncoding.EncodeToString(e.CredentialID)
	parsed, err := protocol.CredentialAssertionResponse{
		PublicKeyCredential: protocol.PublicKeyCredential{
			Credential: protocol.Credential{ID: id, Type: string(protocol.PublicKeyCredentialType)},
			RawID:      e.CredentialID,
		},
		AssertionResponse: protocol.AuthenticatorAssertionResponse{
			AuthenticatorResponse: protocol.AuthenticatorResponse{ClientDataJSON: e.ClientDataJSON},
			AuthenticatorData:     e.AuthenticatorData,
			Signature:             e.Signature,
		},
	}.Parse()
	if err != nil {
		return fmt.Errorf("read assertion: %w", err)
	}
	flags := parsed.Response.AuthenticatorData.Flags
	if flags.HasBackupEligible() != e.BackupEligible || flags.HasBackupState() != e.BackedUp ||
		parsed.Response.AuthenticatorData.Counter != e.Counter.Presented {
		return errors.New("flags or counter differ from the authenticator's data")
	}
	challenge := base64.RawURLEncoding.EncodeToString(e.Challenge)
	if err := parsed.Verify(challenge, e.RPID, "", origins, nil, nil, protocol.TopOriginExplicitVerificationMode,
		false, true, true, e.PublicKey, protocol.SignaturePolicy{}); err != nil {
		return fmt.Errorf("verify assertion: %w", err)
	}
	return nil
}
