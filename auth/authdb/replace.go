package authdb

import (
	"context"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/audit"
	"countersign/auth"
)

// Replace implements auth.Replacements.
func (s *Store) Replace(ctx context.Context, r auth.Replacement, e audit.Event) error {
	return explained("replace authenticators", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		f := approvaldb.RecoveryFinish{Seller: r.Seller, Recovery: r.Recovery, Authenticator: r.ID, At: r.CreatedAt}
		if err := tx.FinishRecovery(f, func() error { return replace(tx, r.Record) }); err != nil {
			return err
		}
		if err := record(tx, e); err != nil {
			return err
		}
		return tellAdded(tx, r.Record)
	}))
}

// replace switches off all that counts, or could come to count without an action,
// and puts r there. What an action is about proves nothing and ends with that.
func replace(tx *approvaldb.Tx, r auth.Record) error {
	key := []any{r.Seller.Marketplace, r.Seller.Seller}
	old := tx.Model(&authenticatorRow{}).Where(ofSeller+" AND disabled_at IS NULL AND (usable_from IS NOT NULL OR added_by IS NULL)", key...)
	if err := off(old, r.CreatedAt).Error; err != nil {
		return err
	}
	if err := tx.Where(ofSeller, key...).Delete(&recoveryCodeRow{}).Error; err != nil {
		return err
	}
	if err := tx.Where(ofSeller, key...).Delete(&enrolmentRow{}).Error; err != nil {
		return err
	}
	row := newAuthenticatorRow(r, addedFirst)
	row.AnnounceAt = row.UsableFrom
	err := tx.Create(&row).Error
	if approvaldb.Duplicate(err, "authenticators_credential", "authenticators.credential_id") || approvaldb.Duplicate(err, "authenticators_pkey", "authenticators.id") {
		return approvals.Refuse(approvals.CodeAlreadyEnrolled)
	}
	return err
}
