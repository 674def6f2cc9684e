package session

import (
	"context"
	"crypto/sha256"
	"fmt"

	"countersign/approvals"
)

// EndOf ends every visit of a seller, in any browser: what other requests still
// hold of them does not come back.
func (s *Store) EndOf(ctx context.Context, seller approvals.SellerKey) error {
	if _, err := s.rows.EndSessionsOf(ctx, seller); err != nil {
		return fmt.Errorf("end all sessions: %w", err)
	}
	return nil
}

// EndOthers ends every visit of a seller but this one.
func (s *Store) EndOthers(ctx context.Context, v *Visit) error {
	if _, err := s.rows.EndOtherSessions(ctx, v.Seller, sha256.Sum256([]byte(v.g.ID))); err != nil {
		return fmt.Errorf("end other sessions: %w", err)
	}
	return nil
}
