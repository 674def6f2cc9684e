package approvaldb

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

var _ approvals.SellerHandoffs = (*Store)(nil)

type sellerHandoffRow struct {
	Hash        []byte `gorm:"primaryKey"`
	Marketplace string
	Seller      string
	Purpose     string
	Created     Instant `gorm:"column:created_at"`
	ExpiresAt   Instant
	SpentAt     Instant
}

func (sellerHandoffRow) TableName() string { return "seller_handoffs" }

// handoffKept is how long a hand-off is kept after its end, so that a page can
// say what became of the link.
const handoffKept = 24 * time.Hour

// AddSellerHandoff implements approvals.SellerHandoffs. What ended long ago is
// swept on the way, so that a seller has a few rows at most.
func (s *Store) AddSellerHandoff(ctx context.Context, h approvals.SellerHandoff, e audit.Event, a *approvals.Answer) error {
	marketplace, seller := string(h.Seller.Marketplace), string(h.Seller.Seller)
	err := s.db.InTx(ctx, func(tx *Tx) error {
		var row sellerRow
		if err := tx.Lock().Where("marketplace = ? AND id = ?", marketplace, seller).Take(&row).Error; err != nil {
			return err
		}
		ours := "marketplace = ? AND seller = ?"
		if err := tx.Where(ours+" AND expires_at < ?", marketplace, seller, At(h.CreatedAt.Add(-handoffKept))).Delete(&sellerHandoffRow{}).Error; err != nil {
			return err
		}
		err := tx.Model(&sellerHandoffRow{}).Where(ours+" AND spent_at IS NULL", marketplace, seller).
			Select("spent_at").Updates(sellerHandoffRow{SpentAt: At(h.CreatedAt)}).Error
		if err != nil {
			return err
		}
		added := tx.Create(&sellerHandoffRow{
			Hash: bytes.Clone(h.Hash[:]), Marketplace: marketplace, Seller: seller, Purpose: string(h.Purpose),
			Created: At(h.CreatedAt), ExpiresAt: At(h.ExpiresAt),
		})
		if added.Error != nil {
			return added.Error
		}
		if err := tx.Record(e); err != nil {
			return err
		}
		return s.addAnswer(tx, a)
	})
	if err != nil {
		return fmt.Errorf("add hand-off: %w", Explain(err))
	}
	return nil
}

// SellerHandoff implements approvals.SellerHandoffs.
func (s *Store) SellerHandoff(ctx context.Context, hash [32]byte) (approvals.SellerHandoff, error) {
	var row sellerHandoffRow
	if err := s.db.Read(ctx).Where("hash = ?", bytes.Clone(hash[:])).Take(&row).Error; err != nil {
		return approvals.SellerHandoff{}, fmt.Errorf("find hand-off: %w", Explain(err))
	}
	return approvals.SellerHandoff{
		Hash:    hash,
		Seller:  approvals.SellerKey{Marketplace: approvals.MarketplaceID(row.Marketplace), Seller: approvals.SellerID(row.Seller)},
		Purpose: approvals.SellerPurpose(row.Purpose), CreatedAt: row.Created.Time(), ExpiresAt: row.ExpiresAt.Time(), SpentAt: row.SpentAt.Time(),
	}, nil
}

// SpendSellerHandoff implements approvals.SellerHandoffs.
func (s *Store) SpendSellerHandoff(ctx context.Context, hash [32]byte, now time.Time) error {
	err := s.db.InTx(ctx, func(tx *Tx) error {
		spent := tx.Model(&sellerHandoffRow{}).Where("hash = ? AND spent_at IS NULL", bytes.Clone(hash[:])).
			Select("spent_at").Updates(sellerHandoffRow{SpentAt: At(now)})
		if spent.Error == nil && spent.RowsAffected == 0 {
			return approvals.Refuse(approvals.CodeLinkSpent)
		}
		return spent.Error
	})
	if err != nil {
		return fmt.Errorf("spend hand-off: %w", Explain(err))
	}
	return nil
}
