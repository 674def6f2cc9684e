package authdb

import (
	"context"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/audit"
	"countersign/auth"
)

type deviceRow struct {
	ID          string `gorm:"primaryKey"`
	Marketplace string
	Seller      string
	PublicKey   []byte
	LockEpoch   int64
	UserAgent   string
	FirstSeenAt approvaldb.Instant
	KnownFrom   approvaldb.Instant
	LastSeenAt  approvaldb.Instant
	RevokedAt   approvaldb.Instant
}

func (deviceRow) TableName() string { return "devices" }

func (row deviceRow) device() auth.Device {
	return auth.Device{
		ID: row.ID, Seller: keyOf(row.Marketplace, row.Seller), Key: row.PublicKey, UserAgent: row.UserAgent,
		FirstSeenAt: row.FirstSeenAt.Time(), KnownFrom: row.KnownFrom.Time(), LastSeenAt: row.LastSeenAt.Time(),
	}
}

// alive are a seller's devices that count: a lock ends the age of all of them.
const alive = "marketplace = ? AND seller = ? AND revoked_at IS NULL AND lock_epoch = " +
	"(SELECT s.lock_epoch FROM sellers s WHERE s.marketplace = devices.marketplace AND s.id = devices.seller)"

// Devices implements auth.Devices.
func (s *Store) Devices(ctx context.Context, seller approvals.SellerKey) ([]auth.Device, error) {
	var rows []deviceRow
	err := s.db.Read(ctx).Where(alive, seller.Marketplace, seller.Seller).Order("last_seen_at DESC, id").Find(&rows).Error
	list := make([]auth.Device, len(rows))
	for i, row := range rows {
		list[i] = row.device()
	}
	return list, explained("read devices", err)
}

// SeeDevice implements auth.Devices. The seller's row is locked, so that the
// number of devices holds whatever comes at once; the event and its notice are
// there as soon as the device is.
func (s *Store) SeeDevice(ctx context.Context, d auth.Device, e audit.Event) (auth.Device, error) {
	var kept deviceRow
	err := s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		var epoch []int64
		err := tx.Lock().Table("sellers").Where("marketplace = ? AND id = ?", d.Seller.Marketplace, d.Seller.Seller).Pluck("lock_epoch", &epoch).Error
		if err == nil && len(epoch) == 0 {
			err = approvals.Refuse(approvals.CodeNotFound)
		}
		if err != nil {
			return err
		}
		kept = deviceRow{
			ID: d.ID, Marketplace: string(d.Seller.Marketplace), Seller: string(d.Seller.Seller), PublicKey: d.Key, LockEpoch: epoch[0], UserAgent: d.UserAgent,
			FirstSeenAt: approvaldb.At(d.FirstSeenAt), KnownFrom: approvaldb.At(d.KnownFrom), LastSeenAt: approvaldb.At(d.LastSeenAt),
		}
		if err := seeDevice(tx, &kept); err != nil || kept.ID != d.ID || e.Verb == "" {
			return err
		}
		return record(tx, e)
	})
	return kept.device(), explained("keep device", err)
}

// seeDevice leaves in row what is stored.
func seeDevice(tx *approvaldb.Tx, row *deviceRow) error {
	var rows []deviceRow
	err := tx.Where(ofSeller+" AND revoked_at IS NULL", row.Marketplace, row.Seller).Find(&rows).Error
	if err != nil {
		return err
	}
	var live []deviceRow
	for _, old := range rows {
		switch {
		case old.LockEpoch != row.LockEpoch:
			if err := revoke(tx, old, row.LastSeenAt); err != nil {
				return err
			}
		case string(old.PublicKey) == string(row.PublicKey):
			seen := old
			if seen.LastSeenAt.Time().Before(row.LastSeenAt.Time()) {
				seen.LastSeenAt = row.LastSeenAt
			}
			seen.UserAgent = row.UserAgent
			*row = seen
			return tx.Model(&deviceRow{}).Where("id = ?", seen.ID).
				Updates(map[string]any{"last_seen_at": seen.LastSeenAt, "user_agent": seen.UserAgent}).Error
		default:
			live = append(live, old)
		}
	}
	if len(live) >= auth.MaxDevices {
		if err := revoke(tx, leastMissed(live, row.LastSeenAt), row.LastSeenAt); err != nil {
			return err
		}
	}
	return tx.Create(row).Error
}

// leastMissed is the device that goes when there is one more: not one that is
// known, as long as others are there, so that nobody drives those out by coming
// with many new ones.
func leastMissed(live []deviceRow, now approvaldb.Instant) deviceRow {
	known := func(r deviceRow) bool { return !now.Time().Before(r.KnownFrom.Time()) }
	least := live[0]
	for _, r := range live[1:] {
		if known(r) != known(least) {
			if known(least) {
				least = r
			}
		} else if r.LastSeenAt.Time().Before(least.LastSeenAt.Time()) {
			least = r
		}
	}
	return least
}

func revoke(tx *approvaldb.Tx, row deviceRow, at approvaldb.Instant) error {
	if at.Time().Before(row.FirstSeenAt.Time()) { // another node's clock
		at = row.FirstSeenAt
	}
	return tx.Model(&deviceRow{}).Where("id = ? AND revoked_at IS NULL", row.ID).Updates(map[string]any{"revoked_at": at}).Error
}

// RevokeDevice implements auth.Devices.
func (s *Store) RevokeDevice(ctx context.Context, seller approvals.SellerKey, id string, e audit.Event) error {
	if !isID(id) {
		return approvals.Refuse(approvals.CodeNotFound)
	}
	return explained("remove device", s.db.InTx(ctx, func(tx *approvaldb.Tx) error {
		var row deviceRow
		found := tx.Where("id = ? AND "+alive, id, seller.Marketplace, seller.Seller).Limit(1).Find(&row)
		if found.Error == nil && found.RowsAffected == 0 {
			return approvals.Refuse(approvals.CodeNotFound)
		}
		if found.Error != nil {
			return found.Error
		}
		if err := revoke(tx, row, approvaldb.At(e.At)); err != nil {
			return err
		}
		return record(tx, e)
	}))
}
