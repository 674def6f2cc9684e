package auth

import (
	"context"
	"fmt"
	"strings"
	"time"

	"countersign/approvals"
)

// Replacement is a first authenticator in the place of all that a seller had, by a
// recovery that two agents agreed on.
type Replacement struct {
	Record
	Recovery string // approvals.Recovery.ID
}

// BeginPasskeyRecovery is BeginPasskeyEnrolment for a seller whose recovery is
// open, which the caller has seen. Passkeys the seller has are excluded: whoever
// holds one has not lost it.
func (s *Service) BeginPasskeyRecovery(ctx context.Context, key approvals.SellerKey, displayName string) ([]byte, error) {
	return s.beginPasskey(ctx, key, displayName)
}

// FinishPasskeyRecovery verifies the answer and puts the passkey in the place of
// everything the seller had: that, and the printed codes, is switched off in the
// same transaction, which also ends the recovery. The passkey approves no money
// for approvals.RecoveryQuarantine, whoever vouches for the seller. The refusals
// are those of FinishPasskeyEnrolment and of approvals.Recovery.Finish.
func (s *Service) FinishPasskeyRecovery(ctx context.Context, r approvals.Recovery, answer PasskeyAnswer) (Authenticator, error) {
	made, err := s.newPasskey(ctx, r.Seller, answer)
	if err != nil {
		return Authenticator{}, err
	}
	return s.replace(ctx, made, r.ID, s.now())
}

// BeginCodeRecovery is BeginPasskeyRecovery for an authenticator app.
func (s *Service) BeginCodeRecovery(ctx context.Context, key approvals.SellerKey, account string) (CodeEnrolment, error) {
	return s.beginCode(ctx, key, account)
}

// FinishCodeRecovery is FinishPasskeyRecovery for an authenticator app. The code's
// step is spent.
func (s *Service) FinishCodeRecovery(ctx context.Context, r approvals.Recovery, answer CodeAnswer) (Authenticator, error) {
	now := s.now()
	made, err := s.confirmCode(ctx, r.Seller, answer, now)
	if err != nil {
		return Authenticator{}, err
	}
	return s.replace(ctx, made, r.ID, now)
}

func (s *Service) replace(ctx context.Context, r Record, recovery string, now time.Time) (Authenticator, error) {
	old, err := s.records(ctx, r.Seller)
	if err != nil {
		return Authenticator{}, err
	}
	var off []string
	for _, o := range old {
		if o.inUse() {
			off = append(off, o.ID)
		}
	}
	r.CreatedAt, r.UsableFrom = now, now.Add(approvals.RecoveryQuarantine)
	sub := Subject{Seller: r.Seller}
	e := s.event(sub, sellerActor(sub), "recovery_done", map[string]string{
		"recovery": recovery, "authenticator": r.ID, "method": string(r.Method), "usable_from": approvals.FormatTime(r.UsableFrom), "off": strings.Join(off, " "),
	})
	e.At = now
	if err := s.store.Replace(ctx, Replacement{Record: r, Recovery: recovery}, e); err != nil {
		return Authenticator{}, fmt.Errorf("replace authenticators: %w", err)
	}
	return r.Authenticator, nil
}
