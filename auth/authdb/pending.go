package authdb

import (
	"context"
	"time"

	"github.com/google/uuid"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/audit"
	"countersign/auth"
)

// addedWithProof marks an authenticator that waits, or waited, for its action.
const addedWithProof = "proof"

// maxEnded bounds how many rows one clean-up takes on.
const maxEnded = 200

// isID reports whether a text from outside has the form of our ids.
func isID(id string) bool { return uuid.Validate(id) == nil && len(id) == len(nobody) }

// AddPending implements auth.Authenticators. The seller's row is locked, so that
// the count holds whatever comes at once.
func (s *Store) AddPending(ctx context.Context, r auth.Record, most int, e audit.Event) (added bool, err error) {
	err = s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		added = false
		full, err := hasAll(tx, r, most)
		if err != nil || full {
			return err
		}
		if err := notApprovers(tx, r); err != nil {
			return err
		}
		row := newAuthenticatorRow(r, addedWithProof)
		err = tx.Create(&row).Error
		switch {
		case approvaldb.Duplicate(err, "authenticators_credential", "authenticators.credential_id"),
			approvaldb.Duplicate(err, "authenticators_pkey", "authenticators.id"):
			return approvals.Refuse(approvals.CodeAlreadyEnrolled)
		case err != nil:
			return err
		}
		if err := tx.Where(ofSeller, r.Seller.Marketplace, r.Seller.Seller).Delete(&enrolmentRow{}).Error; err != nil {
			return err
		}
		added = true
		return tx.Record(e)
	})
	return added, explained("add authenticator", err)
}

func hasAll(tx *approvaldb.Tx, r auth.Record, most int) (bool, error) {
	var id string
	if err := tx.Lock().Table("sellers").Where("marketplace = ? AND id = ?", r.Seller.Marketplace, r.Seller.Seller).
		Select("id").Take(&id).Error; err != nil {
		return false, err
	}
	var n int64
	err := tx.Model(&authenticatorRow{}).
		Where(ofSeller+" AND method = ? AND disabled_at IS NULL", r.Seller.Marketplace, r.Seller.Seller, r.Method).Count(&n).Error
	return n >= int64(most), err
}

// Rename implements auth.Authenticators.
func (s *Store) Rename(ctx context.Context, seller approvals.SellerKey, id, name string, e audit.Event) error {
	if !isID(id) {
		return approvals.Refuse(approvals.CodeNotFound)
	}
	return explained("rename authenticator", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		done := tx.Model(&authenticatorRow{}).
			Where("id = ? AND "+ofSeller+" AND disabled_at IS NULL", id, seller.Marketplace, seller.Seller).
			Updates(map[string]any{"name": name})
		if done.Error == nil && done.RowsAffected == 0 {
			return approvals.Refuse(approvals.CodeNotFound)
		}
		if done.Error != nil {
			return done.Error
		}
		return tx.Record(e)
	}))
}

// EndPending implements auth.Challenges: one statement, so that an action about
// one of them comes before or after it.
func (s *Store) EndPending(ctx context.Context, madeBy, now time.Time, event func(auth.Authenticator) audit.Event) (int, error) {
	var rows []authenticatorRow
	err := s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		rows = nil
		err := tx.Raw("UPDATE authenticators SET disabled_at = ?, sealed = ? WHERE usable_from IS NULL AND disabled_at IS NULL AND added_by IS NULL AND id IN ("+
			"SELECT id FROM authenticators WHERE usable_from IS NULL AND disabled_at IS NULL AND added_by IS NULL AND created_at <= ? ORDER BY created_at LIMIT ?)"+
			" RETURNING id, marketplace, seller, method", approvaldb.At(now), []byte{}, approvaldb.At(madeBy), maxEnded).Find(&rows).Error
		for _, row := range rows {
			if err == nil {
				err = tx.Record(event(row.record().Authenticator))
			}
		}
		return err
	})
	return len(rows), explained("end pending authenticators", err)
}
