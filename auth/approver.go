package auth

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// ApproverStore keeps the passkeys of approvers, one each, with the approver's
// id. Each method is one transaction, durable when it returns without an error.
// A database that cannot be asked is approvals.CodeUnavailable.
type ApproverStore interface {
	// ApproverPasskey returns the passkey of an approver, or CodeNotFound.
	ApproverPasskey(ctx context.Context, id approvals.ApproverID) (Record, error)

	// JoinApprover saves that an approver has joined, with the passkey, the event,
	// a notice to the seller's contacts and the webhook. Of any number of calls at
	// once one does; the others, and one after the invitation's time or the
	// approver's removal, are CodeLinkSpent. A credential id that any approver or
	// seller has is CodeAlreadyEnrolled.
	JoinApprover(ctx context.Context, j Joining) error

	// PutApproverChallenge saves a challenge. When MaxChallenges of the same
	// approver are there already, the oldest is void.
	PutApproverChallenge(ctx context.Context, c ApproverChallenge) error

	// TakeApproverChallenge deletes the challenge with this hash and returns it,
	// in one statement: of any number of calls one gets it, the others
	// CodeNotFound. It may have expired.
	TakeApproverChallenge(ctx context.Context, hash [32]byte) (ApproverChallenge, error)

	// UseApproverPasskey records a good answer with its event. It is false, and
	// saves nothing, when the counter must rise and does not.
	UseApproverPasskey(ctx context.Context, u PasskeyUse) (bool, error)

	// SweepApprovers deletes challenges that had expired by now, and returns how many.
	SweepApprovers(ctx context.Context, now time.Time) (int, error)
}

// Joining is what JoinApprover saves.
type Joining struct {
	Seller     approvals.SellerKey
	Approver   approvals.ApproverID
	Passkey    Record // its ID is the approver's
	UsableFrom time.Time
	Event      audit.Event
}

// ApproverPurpose is what a ceremony of an approver is for.
type ApproverPurpose string

const (
	ApproverJoins    ApproverPurpose = "join"
	ApproverApproves ApproverPurpose = "approve"
)

// ApproverChallenge is a ceremony of an approver that waits for its answer.
type ApproverChallenge struct {
	Hash      [32]byte // SHA-256 of the challenge's bytes
	Approver  approvals.ApproverID
	Purpose   ApproverPurpose
	Subject   [32]byte // SHA-256 of what it is about
	Session   []byte   // JSON of go-webauthn's SessionData, unchanged
	CreatedAt time.Time
	ExpiresAt time.Time
}

// approverHandle is the WebAuthn user.id of an approver: 64 bytes that say
// nothing to anybody who does not know the random id they come from.
func approverHandle(id approvals.ApproverID) []byte {
	sum := sha512.Sum512([]byte("countersign/approver/v1\n" + string(id)))
	return sum[:]
}

// ApproverSealedFor is what the passkey of an approver is sealed for.
func ApproverSealedFor(id string) []byte {
	return append([]byte("countersign/approver-passkey/v1\x00"), id...)
}

// mayJoin says why an invitation invites nobody any more.
func (s *Service) mayJoin(p approvals.Approver) error {
	switch p.State(s.now()) {
	case approvals.ApproverInvited:
		return nil
	case approvals.ApproverExpired:
		return approvals.Refuse(approvals.CodeLinkExpired)
	case approvals.ApproverWaiting, approvals.ApproverUsable, approvals.ApproverRemoved:
	}
	return approvals.Refuse(approvals.CodeLinkSpent)
}

// BeginJoin returns the options of the passkey by which an invited approver
// joins, as JSON for PublicKeyCredential.parseCreationOptionsFromJSON. The
// seller's own passkeys are excluded: it is to be another person's device.
func (s *Service) BeginJoin(ctx context.Context, key approvals.SellerKey, p approvals.Approver) ([]byte, error) {
	if err := s.mayJoin(p); err != nil {
		return nil, err
	}
	records, err := s.records(ctx, key)
	if err != nil {
		return nil, err
	}
	u := user{handle: approverHandle(p.ID), name: label(p.Name)}
	for _, r := range records {
		if r.Method == approvals.Passkey && r.DisabledAt.IsZero() {
			u.credentials = append(u.credentials, webauthn.Credential{ID: r.CredentialID, Transport: transports(r.Transports)})
		}
	}
	begun, err := s.rp.beginRegistration(u)
	if err != nil {
		return nil, err
	}
	return begun.options, s.putApproverChallenge(ctx, ApproverChallenge{Approver: p.ID, Purpose: ApproverJoins, Subject: joinSubject(p.ID)}, begun)
}

func joinSubject(id approvals.ApproverID) [32]byte {
	return sha256.Sum256([]byte("join\n" + string(id)))
}

// Join verifies the answer to BeginJoin and keeps the passkey. The approver's
// word counts after FirstQuarantine, whoever vouches for the seller: nobody
// vouches for another person. A refusal is CodeProofWrong, CodeAlreadyEnrolled,
// CodeLinkSpent or CodeLinkExpired.
func (s *Service) Join(ctx context.Context, key approvals.SellerKey, p approvals.Approver, credential []byte) (approvals.Approver, error) {
	if err := s.mayJoin(p); err != nil {
		return p, err
	}
	answer, err := parseRegistration(credential)
	if err != nil {
		return p, s.refuseEnrolment(ctx, key, approvals.Passkey, malformed)
	}
	challenge, why, err := s.takeApproverChallenge(ctx, ApproverChallenge{Approver: p.ID, Purpose: ApproverJoins, Subject: joinSubject(p.ID)}, answer.client)
	if err != nil {
		return p, err
	}
	if why != "" {
		return p, s.refuseEnrolment(ctx, key, approvals.Passkey, why)
	}
	handle := approverHandle(p.ID)
	c, why := s.rp.register(user{handle: handle, name: label(p.Name)}, challenge.Session, answer)
	if why != "" {
		return p, s.refuseEnrolment(ctx, key, approvals.Passkey, why)
	}
	r, secret, err := newPasskeyRecord(string(p.ID), registered{c, handle})
	if err != nil {
		return p, err
	}
	now := s.now()
	r.CreatedAt, p.JoinedAt, p.UsableFrom = now, now, now.Add(s.quarantine)
	if r.Sealed, err = s.sealer.Seal(secret, ApproverSealedFor(r.ID)); err != nil {
		return p, fmt.Errorf("seal the passkey of approver %s: %w", p.ID, err)
	}
	e := s.event(Subject{Seller: key}, p.Actor(), "approver_joined", map[string]string{
		"approver": string(p.ID), "name": p.Name, "usable_from": approvals.FormatTime(p.UsableFrom),
	})
	err = s.approvers.JoinApprover(ctx, Joining{Seller: key, Approver: p.ID, Passkey: r, UsableFrom: p.UsableFrom, Event: e})
	if err != nil {
		return p, fmt.Errorf("join approver %s: %w", p.ID, err)
	}
	return p, nil
}

func (s *Service) putApproverChallenge(ctx context.Context, c ApproverChallenge, begun ceremonyOptions) error {
	c.Hash, c.Session = sha256.Sum256(begun.challenge), begun.session
	c.CreatedAt = s.now()
	c.ExpiresAt = c.CreatedAt.Add(ChallengeLife)
	if err := s.approvers.PutApproverChallenge(ctx, c); err != nil {
		return fmt.Errorf("keep challenge: %w", err)
	}
	return nil
}

// takeApproverChallenge consumes the challenge an answer names, whatever becomes
// of the answer.
func (s *Service) takeApproverChallenge(ctx context.Context, want ApproverChallenge, answer clientData) (ApproverChallenge, reason, error) {
	c, err := s.approvers.TakeApproverChallenge(ctx, sha256.Sum256(answer.challenge))
	switch {
	case errors.Is(err, approvals.Refuse(approvals.CodeNotFound)):
		return c, noChallenge, nil
	case err != nil:
		return c, "", fmt.Errorf("take challenge: %w", err)
	case c.Approver != want.Approver || c.Purpose != want.Purpose || c.Subject != want.Subject:
		return c, elsewhere, nil
	case !s.now().Before(c.ExpiresAt):
		return c, expired, nil
	}
	return c, "", nil
}
