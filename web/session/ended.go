package session

import (
	"context"
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
