package authdb

import (
	"context"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/auth"
)

type recoverySetRow struct {
	Marketplace string
	Seller      string
	Failures    int64
	Made        approvaldb.Instant `gorm:"column:made_at"`
}

func (recoverySetRow) TableName() string { return "recovery_sets" }

type recoveryCodeRow struct {
	Marketplace string
	Seller      string
	Hash        []byte
	Slot        int64
	Made        approvaldb.Instant `gorm:"column:made_at"`
	SpentAt     approvaldb.Instant
}

func (recoveryCodeRow) TableName() string { return "recovery_codes" }

// RecoverySet implements auth.Recovery.
func (s *Store) RecoverySet(ctx context.Context, seller approvals.SellerKey) (auth.RecoverySet, error) {
	var row struct {
		Failures int64
		Made     approvaldb.Instant `gorm:"column:made_at"`
		Unspent  int64
	}
	err := s.db.Read(ctx).Raw("SELECT failures, made_at, (SELECT count(*) FROM recovery_codes c"+
		" WHERE c.marketplace = s.marketplace AND c.seller = s.seller AND c.spent_at IS NULL) AS unspent"+
		" FROM recovery_sets s WHERE s.marketplace = ? AND s.seller = ?", seller.Marketplace, seller.Seller).Find(&row).Error
	return auth.RecoverySet{Left: int(row.Unspent), MadeAt: row.Made.Time(), Failures: int(row.Failures)}, explained("read recovery codes", err)
}

// ReplaceRecoverySet implements auth.Recovery. The row of the set makes calls at
// once take turns.
func (s *Store) ReplaceRecoverySet(ctx context.Context, seller approvals.SellerKey, n auth.NewRecoverySet) error {
	return explained("replace recovery codes", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		err := tx.Exec("INSERT INTO recovery_sets (marketplace, seller, failures, made_at) VALUES (?, ?, 0, ?)"+
			" ON CONFLICT (marketplace, seller) DO UPDATE SET failures = 0, made_at = excluded.made_at",
			seller.Marketplace, seller.Seller, approvaldb.At(n.At)).Error
		if err != nil {
			return err
		}
		if err := tx.Where(ofSeller, seller.Marketplace, seller.Seller).Delete(&recoveryCodeRow{}).Error; err != nil {
			return err
		}
		rows := make([]recoveryCodeRow, len(n.Hashes))
		for i, hash := range n.Hashes {
			rows[i] = newRecoveryCodeRow(seller, hash, int64(i), approvaldb.At(n.At))
		}
		if err := tx.Create(&rows).Error; err != nil {
			return err
		}
		return record(tx, n.Event)
	}))
}

func newRecoveryCodeRow(seller approvals.SellerKey, hash [32]byte, slot int64, at approvaldb.Instant) recoveryCodeRow {
	return recoveryCodeRow{Marketplace: string(seller.Marketplace), Seller: string(seller.Seller), Hash: hash[:], Slot: slot, Made: at}
}

// countRecovery counts one failure of the seller's set, and returns it while its
// codes may still be evaluated. Where there is no such set a decoy is counted.
func countRecovery(tx *approvaldb.Tx, t auth.Try) ([]failing, error) {
	if !t.Recovery {
		return nil, nil
	}
	good := ofSeller + " AND failures < ?"
	args := []any{t.Seller.Marketplace, t.Seller.Seller, auth.MaxFailures}
	var sets int64
	if err := tx.Model(&recoverySetRow{}).Where(good, args...).Count(&sets).Error; err != nil {
		return nil, err
	}
	if sets == 0 {
		return nil, countDecoy(tx, t.Seller)
	}
	var counted []failing
	err := tx.Raw("UPDATE recovery_sets SET failures = failures + 1 WHERE "+good+" RETURNING failures", args...).Find(&counted).Error
	return counted, err
}

// spendRecovery is the compare-and-set on a code, and puts the next in its place.
func spendRecovery(tx *approvaldb.Tx, c auth.Settlement) (bool, error) {
	var slots []int64
	by := c.Recovery.MadeBy
	if by.IsZero() {
		by = c.At
	}
	spent := tx.Raw("UPDATE recovery_codes SET spent_at = ? WHERE "+ofSeller+" AND hash = ? AND spent_at IS NULL AND made_at <= ? RETURNING slot",
		approvaldb.At(c.At), c.Seller.Marketplace, c.Seller.Seller, c.Recovery.Hash[:], approvaldb.At(by)).Find(&slots)
	if spent.Error != nil || len(slots) == 0 {
		return false, spent.Error
	}
	next := newRecoveryCodeRow(c.Seller, c.Recovery.Next, slots[0], approvaldb.At(c.At))
	if err := tx.Create(&next).Error; err != nil {
		return false, err
	}
	return true, tx.Model(&recoverySetRow{}).Where(ofSeller, c.Seller.Marketplace, c.Seller.Seller).Updates(map[string]any{"failures": 0}).Error
}
