package approvaldb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"countersign/approvals"
)

// Rings implements approvals.Rings.
type Rings struct{ core }

var _ approvals.Rings = (*Rings)(nil)

// ring keeps what a new request makes of its destination. A ring never gets milder
// here, and each new member is one that it has to reach.
func (k core) ring(tx *Tx, look approvals.Look, r approvals.Ring) error {
	if r == approvals.NoRing || !names(look) {
		return nil
	}
	const raise = `UPDATE destinations SET ring = CASE WHEN ring > @ring THEN ring ELSE @ring END,
  ring_at = CASE WHEN ring_at IS NOT NULL AND ring >= @ring THEN ring_at ELSE @at END, spread_at = @at, turn = turn + 1 WHERE scope = @scope AND fingerprint = @fp`
	err := tx.Exec(raise, map[string]any{
		"ring": int64(r), "at": At(look.Now), "scope": k.scope(look.Seller.Marketplace), "fp": look.Fingerprint,
	}).Error
	if err != nil {
		return fmt.Errorf("keep a ring: %w", err)
	}
	return tx.number(k.scope(look.Seller.Marketplace), look.Fingerprint)
}

// Spreading implements approvals.Rings.
func (r *Rings) Spreading(ctx context.Context, limit int) ([]approvals.Spreading, error) {
	var rows []destinationRow
	err := r.db.Read(ctx).Where("spread_at IS NOT NULL").Order("spread_at").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("find rings: %w", Explain(err))
	}
	out := make([]approvals.Spreading, 0, len(rows))
	for _, row := range rows {
		s := approvals.Spreading{
			RingKey: approvals.RingKey{Scope: approvals.MarketplaceID(row.Scope), Fingerprint: row.Fingerprint},
			Ring:    approvals.Ring(row.Ring), Denied: !row.DeniedAt.Time().IsZero(), At: row.SpreadAt.Time(), Turn: int(row.Turn),
		}
		if s.Denied {
			s.Ring = approvals.RingFrozen
		}
		out = append(out, s)
	}
	return out, nil
}

// Waiting implements approvals.Rings.
func (r *Rings) Waiting(ctx context.Context, s approvals.Spreading, after approvals.SellerKey, limit int) ([]approvals.SellerKey, error) {
	return r.page(ctx, waitingSQL(s), s, after, limit)
}

// Proved implements approvals.Rings.
func (r *Rings) Proved(ctx context.Context, s approvals.Spreading, after approvals.SellerKey, limit int) ([]approvals.SellerKey, error) {
	return r.page(ctx, provedSQL, s, after, limit)
}

// page reads sellers in the database's own order of names.
func (r *Rings) page(ctx context.Context, text string, s approvals.Spreading, after approvals.SellerKey, limit int) ([]approvals.SellerKey, error) {
	var rows []struct{ Marketplace, Seller string }
	args := map[string]any{
		"scope": string(s.Scope), "fp": s.Fingerprint, "m": string(after.Marketplace), "s": string(after.Seller), "limit": limit,
		"since": At(s.At.Add(-month)),
	}
	if err := r.db.Read(ctx).Raw(text, args).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the sellers of a destination: %w", Explain(err))
	}
	keys := make([]approvals.SellerKey, 0, len(rows))
	for _, row := range rows {
		keys = append(keys, approvals.SellerKey{Marketplace: approvals.MarketplaceID(row.Marketplace), Seller: approvals.SellerID(row.Seller)})
	}
	return keys, nil
}

const provedSQL = `SELECT d.marketplace, d.seller FROM destination_sellers d
WHERE d.scope = @scope AND d.fingerprint = @fp AND (d.marketplace, d.seller) > (@m, @s) AND NOT d.declared AND d.proved_at >= @since
ORDER BY d.marketplace, d.seller LIMIT @limit`

// waitingSQL lists sellers with something open on a destination. A denial concerns
// every marketplace where its scope is the whole gateway, whatever sellers are
// compared in; a ring's members are declared or not in its own scope.
func waitingSQL(s approvals.Spreading) string {
	text := `SELECT DISTINCT a.marketplace, a.seller FROM actions a
WHERE a.fingerprint = @fp AND (a.marketplace, a.seller) > (@m, @s) AND a.` + isOpen
	if s.Scope != "" {
		text += " AND a.marketplace = @scope"
	}
	if !s.Denied {
		text += ` AND NOT EXISTS (SELECT 1 FROM destination_sellers d WHERE d.scope = @scope AND d.fingerprint = @fp
  AND d.marketplace = a.marketplace AND d.seller = a.seller AND d.declared)`
	}
	return text + " ORDER BY a.marketplace, a.seller LIMIT @limit"
}

// Reach implements approvals.Rings.
func (r *Rings) Reach(ctx context.Context, s approvals.Spreading, key approvals.SellerKey, step func(approvals.Spreading, approvals.Seller, []approvals.Action) (approvals.SellerChange, error)) error {
	store := &Store{r.core}
	err := r.db.InTx(ctx, func(tx *Tx) error {
		_, err := store.updateSeller(tx, key, func(seller approvals.Seller, open []approvals.Action) (approvals.SellerChange, error) {
			if !s.Denied {
				first, err := tx.reach(s, key)
				if err != nil || !first {
					return approvals.SellerChange{Seller: seller}, err
				}
			}
			own, err := tx.ownAccount(s, key)
			if err != nil {
				return approvals.SellerChange{}, err
			}
			c, err := step(own, seller, open)
			if err != nil || len(c.Webhooks) == 0 {
				return c, err
			}
			announced, err := tx.announced(s, key.Marketplace, c.Event.At)
			if announced {
				c.Webhooks = nil
			}
			return c, err
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("reach a seller: %w", err)
	}
	return nil
}

// reach marks the seller as reached, and reports whether the ring had not yet.
func (tx *Tx) reach(s approvals.Spreading, key approvals.SellerKey) (bool, error) {
	written := tx.Exec(reachSQL, map[string]any{
		"scope": string(s.Scope), "fp": s.Fingerprint, "m": string(key.Marketplace), "s": string(key.Seller), "at": At(s.At), "ring": int64(s.Ring),
	})
	return written.RowsAffected == 1, written.Error
}

// Who named it while sellers were compared elsewhere has no row here yet.
const reachSQL = `INSERT INTO destination_sellers AS d (scope, fingerprint, marketplace, seller, first_at, last_at, declared, ring)
VALUES (@scope, @fp, @m, @s, @at, @at, (1 = 0), @ring)
ON CONFLICT (scope, fingerprint, marketplace, seller) DO UPDATE SET ring = @ring WHERE d.ring < @ring`

// ownAccount is what a seller is told of, with since when they are paid there.
func (tx *Tx) ownAccount(s approvals.Spreading, key approvals.SellerKey) (approvals.Spreading, error) {
	var rows []struct{ Since, UsedAt, PlacedAt Instant }
	err := tx.Table("payout_accounts").Select("since", "used_at", "placed_at").
		Where("marketplace = ? AND seller = ? AND fingerprint = ? AND current", string(key.Marketplace), string(key.Seller), s.Fingerprint).Scan(&rows).Error
	if len(rows) == 1 {
		s.PaidSince = paidSince(rows[0].Since, rows[0].UsedAt, rows[0].PlacedAt)
	}
	return s, err
}

// paidSince is since when money goes to where a seller is paid: an account that lay
// idle so long lost its age (THREATS C3).
func paidSince(since, left, placed Instant) time.Time {
	if !left.Time().IsZero() && placed.Time().Sub(left.Time()) > month {
		return placed.Time()
	}
	return since.Time()
}

type announcedRow struct {
	Scope       string `gorm:"primaryKey"`
	Fingerprint string `gorm:"primaryKey"`
	Marketplace string `gorm:"primaryKey"`
	RingAt      Instant
}

func (announcedRow) TableName() string { return "rings_announced" }

// announced reports whether the marketplace was told of the ring before, and notes
// that it is now.
func (tx *Tx) announced(s approvals.Spreading, m approvals.MarketplaceID, at time.Time) (bool, error) {
	added := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&announcedRow{string(s.Scope), s.Fingerprint, string(m), At(at)})
	return added.RowsAffected == 0, added.Error
}

// Spread implements approvals.Rings.
func (r *Rings) Spread(ctx context.Context, s approvals.Spreading) error {
	err := r.db.InTx(ctx, func(tx *Tx) error {
		return tx.Table("destinations").Where("scope = ? AND fingerprint = ? AND turn = ?", string(s.Scope), s.Fingerprint, int64(s.Turn)).
			Update("spread_at", nil).Error
	})
	if err != nil {
		return fmt.Errorf("end the spreading of a ring: %w", err)
	}
	return nil
}
