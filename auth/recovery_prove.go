package auth

import (
	"context"
	"encoding/hex"
	"time"

	"countersign/approvals"
)

// RecoveryProof is a proof by a printed code, and the code that takes the place
// of the spent one.
type RecoveryProof struct {
	Proof approvals.Proof
	Next  RecoveryCodes
}

// ProveRecoveryCode makes a proof with one of the seller's printed codes, which
// is spent and replaced as UseRecoveryCode does, with its refusals. No decision
// about money permits the method (approvals.Decision.Wait): it proves an
// authenticator.add and nothing else. A code counts only if it was made as long
// before the action was asked for as a first authenticator waits: whoever gets into a visit
// and prints codes has a week in which every address knows of it, and the code
// that takes the place of a spent one does not prove the same action again.
func (s *Service) ProveRecoveryCode(ctx context.Context, sub Subject, asked time.Time, code string) (RecoveryProof, error) {
	used, spent, err := s.useRecoveryCode(ctx, sub, code, asked.Add(-s.quarantine))
	if err != nil {
		return RecoveryProof{}, err
	}
	p := s.newProof(sub, Record{Authenticator: Authenticator{ID: recoverySet, Method: approvals.RecoveryCode}})
	p.Spent = recoverySet + ":" + hex.EncodeToString(spent[:])
	p.Evidence, err = evidenceOf(p).encode()
	return RecoveryProof{Proof: p, Next: used}, err
}

// recoverySet stands where a proof names its authenticator: the codes are one.
const recoverySet = "recovery_codes"
