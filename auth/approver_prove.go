package auth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/webauthn"

	"countersign/approvals"
)

// BeginApproval returns the options of an approver's assertion about an action,
// as JSON for PublicKeyCredential.parseRequestOptionsFromJSON. They may be
// answered once, within ChallengeLife, by this approver alone and only for this
// digest and generation. CodeNoAuthenticator when the approver has no passkey.
func (s *Service) BeginApproval(ctx context.Context, p approvals.Approver, a approvals.Action) ([]byte, error) {
	_, u, err := s.approverUser(ctx, p)
	if err != nil {
		return nil, err
	}
	begun, err := s.rp.beginAssertion(u, append(random(nonceSize), a.Digest[:]...))
	if err != nil {
		return nil, err
	}
	return begun.options, s.putApproverChallenge(ctx, ApproverChallenge{Approver: p.ID, Purpose: ApproverApproves, Subject: approvalSubject(a)}, begun)
}

func approvalSubject(a approvals.Action) [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "approve\n%s\n%d\n%s", a.ID, a.Generation, a.Digest))
}

// approverUser is an approver as go-webauthn sees one, with their one passkey.
func (s *Service) approverUser(ctx context.Context, p approvals.Approver) (Record, user, error) {
	r, err := s.approvers.ApproverPasskey(ctx, p.ID)
	if errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
		return r, user{}, approvals.Refuse(approvals.CodeNoAuthenticator)
	}
	if err != nil {
		return r, user{}, fmt.Errorf("read the passkey of approver %s: %w", p.ID, err)
	}
	secret, err := s.sealer.Open(r.Sealed, ApproverSealedFor(r.ID))
	if err != nil {
		return r, user{}, fmt.Errorf("open the passkey of approver %s: %w", p.ID, err)
	}
	c, handle, err := readCredential(r, secret)
	if err != nil {
		return r, user{}, err
	}
	if !bytes.Equal(handle, approverHandle(p.ID)) {
		return r, user{}, fmt.Errorf("the passkey of approver %s was sealed for another user handle", p.ID)
	}
	return r, user{handle: handle, name: label(p.Name), credentials: []webauthn.Credential{c}}, nil
}

// Approval verifies the answer to BeginApproval and makes the proof, whose
// authenticator is the approver. Whether their word counts is for approvals to
// say. Anything wrong is CodeProofWrong: a signature cannot be guessed, so no try
// is counted, and nobody can block the seller's own proving here.
func (s *Service) Approval(ctx context.Context, p approvals.Approver, a approvals.Action, credential []byte) (approvals.Proof, error) {
	r, u, err := s.approverUser(ctx, p)
	if err != nil {
		return approvals.Proof{}, err
	}
	sub := SubjectOf(a, approvals.StageApproval)
	answer, err := parseAssertion(credential)
	if err != nil {
		return approvals.Proof{}, s.refuseApproval(ctx, sub, p, malformed)
	}
	challenge, why, err := s.takeApproverChallenge(ctx, ApproverChallenge{Approver: p.ID, Purpose: ApproverApproves, Subject: approvalSubject(a)}, answer.client)
	if err != nil {
		return approvals.Proof{}, err
	}
	if why != "" {
		return approvals.Proof{}, s.refuseApproval(ctx, sub, p, why)
	}
	v, why := s.rp.assert(u, challenge.Session, answer)
	if why == "" && !bytes.Equal(answer.RawID, r.CredentialID) {
		why = foreign
	}
	if why != "" {
		return approvals.Proof{}, s.refuseApproval(ctx, sub, p, why)
	}
	used, err := s.approvers.UseApproverPasskey(ctx, PasskeyUse{
		ID: r.ID, SignCount: max(v.credential.Authenticator.SignCount, r.SignCount), Rising: v.rising, BackedUp: v.credential.Flags.BackupState, At: s.now(),
		Event: s.event(sub, p.Actor(), "approver_proved", map[string]string{"approver": string(p.ID)}),
	})
	if err != nil {
		return approvals.Proof{}, fmt.Errorf("record a proof: %w", err)
	}
	if !used {
		return approvals.Proof{}, s.refuseApproval(ctx, sub, p, regressed)
	}
	proof := s.newProof(sub, r)
	spent := sha256.Sum256(answer.client.challenge)
	proof.UV, proof.Spent = true, hex.EncodeToString(spent[:])
	proof.Evidence, err = passkeyEvidence(proof, s.rp.web.Config.RPID, answer, v, r.SignCount)
	return proof, err
}

// refuseApproval records why an answer was refused, and returns the one answer
// there is for all reasons.
func (s *Service) refuseApproval(ctx context.Context, sub Subject, p approvals.Approver, why reason) error {
	_, err := s.store.Settle(ctx, Settlement{
		Seller: sub.Seller, Method: approvals.Passkey, At: s.now(),
		Refused: s.event(sub, p.Actor(), "approval_refused", map[string]string{"approver": string(p.ID), "reason": string(why)}),
	})
	if err != nil {
		return fmt.Errorf("record refused approval: %w", err)
	}
	return approvals.Refuse(approvals.CodeProofWrong)
}
