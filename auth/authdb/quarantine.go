package authdb

import (
	"context"
	"errors"
	"time"

	"countersign/approvals/approvaldb"
	"countersign/approvals/audit"
	"countersign/auth"
)

// EndQuarantines implements auth.Quarantines. Each has a transaction of its
// own, so that one that cannot be announced keeps no other back.
func (s *Store) EndQuarantines(ctx context.Context, now time.Time, limit int, event func(auth.Authenticator) audit.Event) (int, error) {
	var due []string
	err := s.db.Read(ctx).Model(&authenticatorRow{}).Where("announce_at <= ?", approvaldb.At(now)).
		Order("announce_at").Limit(limit).Pluck("id", &due).Error
	if err != nil {
		return 0, explained("find quarantines that are over", err)
	}
	var errs []error
	for _, id := range due {
		errs = append(errs, explained("announce authenticator "+id, s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
			return announce(tx, id, now, event)
		})))
	}
	return len(due), errors.Join(errs...)
}

// announce tells of one authenticator, unless another node did. The deadline is
// cleared first: of any number of nodes one finds it.
func announce(tx *approvaldb.Tx, id string, now time.Time, event func(auth.Authenticator) audit.Event) error {
	taken := tx.Model(&authenticatorRow{}).Where("id = ? AND announce_at <= ?", id, approvaldb.At(now)).
		Updates(map[string]any{"announce_at": nil})
	if taken.Error != nil || taken.RowsAffected == 0 {
		return taken.Error
	}
	var row authenticatorRow
	if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
		return err
	}
	one := row.record().Authenticator
	if !one.Usable(now) {
		return nil // switched off meanwhile
	}
	if err := record(tx, event(one)); err != nil {
		return err
	}
	return tx.TellMarketplace(one.Seller, "authenticator.usable", now)
}
