package auth

import (
	"encoding/json"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"

	"countersign/approvals"
)

// Evidence is what a proof leaves behind for whoever doubts it later. Binary
// values are base64url without padding. Nothing in it is a secret: a seed or a
// code is never part of it.
type Evidence struct {
	Version    int                 `json:"v"` // 1
	Method     approvals.Method    `json:"method"`
	Action     approvals.ActionID  `json:"action"`
	Generation int                 `json:"generation"`
	Stage      approvals.Stage     `json:"stage"`
	Digest     string              `json:"digest"` // of the action, hexadecimal
	At         string              `json:"at"`
	Passkey    *PasskeyEvidence    `json:"passkey,omitempty"`
	Code       *CodeEvidence       `json:"totp,omitempty"`
	Device     AuthenticatorRecord `json:"authenticator"`
	Assurance  approvals.Assurance `json:"assurance,omitempty"` // empty in what was stored before it was
	Browser    *DeviceEvidence     `json:"device,omitempty"`
}

// DeviceEvidence is what the browser's own key signed beside the proof. It
// verifies by itself: P-256 and SHA-256 over a tag and the challenge.
type DeviceEvidence struct {
	PublicKey protocol.URLEncodedBase64 `json:"public_key"`
	Challenge protocol.URLEncodedBase64 `json:"challenge"` // nonce ‖ digest
	Signature protocol.URLEncodedBase64 `json:"signature"` // r ‖ s
}

// withDevice is evidence with the device's beside it.
func withDevice(evidence []byte, a DeviceAnswer) ([]byte, error) {
	var e Evidence
	if err := json.Unmarshal(evidence, &e); err != nil {
		return nil, fmt.Errorf("read evidence: %w", err)
	}
	e.Browser = &DeviceEvidence{PublicKey: a.Key, Challenge: a.Challenge, Signature: a.Signature}
	return e.encode()
}

// AuthenticatorRecord says which authenticator it was.
type AuthenticatorRecord struct {
	ID string `json:"id"`
}

// PasskeyEvidence verifies by itself, see VerifyEvidence.
type PasskeyEvidence struct {
	RPID              string                    `json:"rp_id"`
	Nonce             protocol.URLEncodedBase64 `json:"nonce"`     // 32 random bytes
	Challenge         protocol.URLEncodedBase64 `json:"challenge"` // nonce ‖ digest
	ClientDataJSON    protocol.URLEncodedBase64 `json:"client_data_json"`
	AuthenticatorData protocol.URLEncodedBase64 `json:"authenticator_data"`
	Signature         protocol.URLEncodedBase64 `json:"signature"`
	CredentialID      protocol.URLEncodedBase64 `json:"credential_id"`
	PublicKey         protocol.URLEncodedBase64 `json:"public_key"` // COSE
	Counter           CounterEvidence           `json:"counter"`
	BackupEligible    bool                      `json:"backup_eligible"`
	BackedUp          bool                      `json:"backed_up"`
}

// CounterEvidence flags a signature counter that did not rise (STANDARDS WA-09).
type CounterEvidence struct {
	Stored    uint32 `json:"stored"`
	Presented uint32 `json:"presented"`
	Regressed bool   `json:"regressed"`
}

// CodeEvidence says which time step was spent. It cannot be verified without
// the seed, and is what the gateway's own log is believed for.
type CodeEvidence struct {
	Step      int64  `json:"step"`      // of 30 s since 1970
	Now       int64  `json:"now"`       // the step of the gateway's clock
	Algorithm string `json:"algorithm"` // SHA1
	Digits    int    `json:"digits"`
	Period    int    `json:"period_seconds"`
	Result    string `json:"result"` // accepted
}

func evidenceOf(p approvals.Proof) Evidence {
	return Evidence{
		Version:    1,
		Method:     p.Method,
		Action:     p.Action,
		Generation: p.Generation,
		Stage:      p.Stage,
		Digest:     p.Digest.String(),
		At:         approvals.FormatTime(p.At),
		Device:     AuthenticatorRecord{ID: p.Authenticator},
		Assurance:  p.Assurance(),
	}
}

func (e Evidence) encode() ([]byte, error) {
	b, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode evidence: %w", err)
	}
	return b, nil
}

func passkeyEvidence(p approvals.Proof, rpID string, a assertion, v verified, stored uint32) ([]byte, error) {
	e := evidenceOf(p)
	e.Passkey = &PasskeyEvidence{
		RPID:              rpID,
		Nonce:             a.client.challenge[:nonceSize],
		Challenge:         a.client.challenge,
		ClientDataJSON:    a.Raw.AssertionResponse.ClientDataJSON,
		AuthenticatorData: a.Raw.AssertionResponse.AuthenticatorData,
		Signature:         a.Raw.AssertionResponse.Signature,
		CredentialID:      v.credential.ID,
		PublicKey:         v.credential.PublicKey,
		Counter:           CounterEvidence{Stored: stored, Presented: v.presented, Regressed: v.regressed},
		BackupEligible:    v.credential.Flags.BackupEligible,
		BackedUp:          v.credential.Flags.BackupState,
	}
	return e.encode()
}
