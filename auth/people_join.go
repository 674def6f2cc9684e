package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"countersign/approvals"
)

// Invited returns who the link of this token invites. It changes nothing.
// CodeLinkUnknown, CodeLinkExpired and CodeLinkSpent say why it invites nobody.
func (p *People) Invited(ctx context.Context, token string) (Person, error) {
	m, err := p.invited(ctx, token)
	return m.Person, err
}

func (p *People) invited(ctx context.Context, token string) (Member, error) {
	m, err := p.store.Invited(ctx, sha256.Sum256([]byte(token)))
	switch {
	case errors.Is(err, approvals.Refuse(approvals.CodeNotFound)):
		return Member{}, approvals.Refuse(approvals.CodeLinkUnknown)
	case err != nil:
		return Member{}, fmt.Errorf("read invitation: %w", err)
	case !m.JoinedAt.IsZero() || !m.RemovedAt.IsZero():
		return Member{}, approvals.Refuse(approvals.CodeLinkSpent)
	case !p.now().Before(m.InviteUntil):
		return Member{}, approvals.Refuse(approvals.CodeLinkExpired)
	}
	return m, nil
}

// BeginJoin returns the options of the passkey that spends an invitation, as
// JSON for PublicKeyCredential.parseCreationOptionsFromJSON. The device must
// keep it, so that it can sign in without a name.
func (p *People) BeginJoin(ctx context.Context, token string) ([]byte, error) {
	m, err := p.invited(ctx, token)
	if err != nil {
		return nil, err
	}
	kept := webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
		ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
		UserVerification: protocol.VerificationRequired,
	})
	begun, err := p.rp.beginRegistration(user{handle: m.Handle, name: m.Name}, kept)
	if err != nil {
		return nil, err
	}
	return begun.options, p.putChallenge(ctx, PersonChallenge{
		Person: m.ID, Purpose: PurposeJoin, Subject: sha256.Sum256([]byte(token)),
	}, begun)
}

// Join verifies the answer to BeginJoin and spends the invitation. A refusal is
// CodeProofWrong, CodeAlreadyEnrolled, or as in Invited.
func (p *People) Join(ctx context.Context, token string, credential []byte) (Person, error) {
	m, err := p.invited(ctx, token)
	if err != nil {
		return Person{}, err
	}
	hash := sha256.Sum256([]byte(token))
	answer, err := parseRegistration(credential)
	if err != nil {
		return Person{}, approvals.Refuse(approvals.CodeProofWrong)
	}
	challenge, err := p.takeChallenge(ctx, PersonChallenge{Person: m.ID, Purpose: PurposeJoin, Subject: hash}, answer.client)
	if err != nil {
		return Person{}, err
	}
	c, why := p.rp.register(user{handle: m.Handle, name: m.Name}, challenge.Session, answer)
	if why != "" {
		return Person{}, approvals.Refuse(approvals.CodeProofWrong)
	}
	r, secret, err := newPasskeyRecord(p.newID(), registered{c, m.Handle})
	if err != nil {
		return Person{}, err
	}
	r.CreatedAt = p.now()
	if r.Sealed, err = p.seal(m.ID, r, secret); err != nil {
		return Person{}, err
	}
	if err := p.store.Join(ctx, hash, r, p.event(m.Person, m.Actor(), "person_joined", "passkey", r.ID)); err != nil {
		return Person{}, fmt.Errorf("join: %w", err)
	}
	m.JoinedAt = r.CreatedAt
	return m.Person, nil
}
