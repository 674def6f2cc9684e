package approvaldb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// Words implements approvals.Words.
type Words struct{ core }

var _ approvals.Words = (*Words)(nil)

// Deny implements approvals.Words.
func (d *Words) Deny(ctx context.Context, w approvals.Word, e audit.Event) error {
	return d.db.InTx(ctx, func(tx *Tx) error { return d.say(tx, w, e, tx.deny) })
}

// Allow implements approvals.Words.
func (d *Words) Allow(ctx context.Context, w approvals.Word, e audit.Event) error {
	return d.db.InTx(ctx, func(tx *Tx) error { return d.say(tx, w, e, tx.allow) })
}

// Free implements approvals.Words. A ring that is found again is announced again, and
// reaches everybody again.
func (d *Words) Free(ctx context.Context, w approvals.Word, e audit.Event) error {
	return d.db.InTx(ctx, func(tx *Tx) error { return d.say(tx, w, e, tx.free) })
}

// Declare implements approvals.Words.
func (d *Words) Declare(ctx context.Context, w approvals.Word, sellers []approvals.SellerKey, declared bool, e audit.Event) error {
	return d.db.InTx(ctx, func(tx *Tx) error { return d.declare(tx, w, sellers, declared, e) })
}

func (tx *Tx) deny(w approvals.Word, row *gorm.DB) error {
	err := row.Where("denied_at IS NULL").Updates(map[string]any{
		"denied_at": At(w.At), "denied_by": person(w.By), "allowed_at": nil, "allowed_by": nil, "allowed_with": nil,
		"spread_at": At(w.At), "turn": gorm.Expr("turn + 1"),
	}).Error
	if err != nil {
		return err
	}
	return tx.number(string(w.Scope), w.Fingerprint)
}

func (tx *Tx) allow(w approvals.Word, row *gorm.DB) error {
	return orUnknown(row.Where("denied_at IS NOT NULL").Updates(map[string]any{
		"denied_at": nil, "denied_by": nil, "allowed_at": At(w.At), "allowed_by": person(w.By), "allowed_with": person(w.With),
	}))
}

func (tx *Tx) free(w approvals.Word, row *gorm.DB) error {
	done := row.Where("ring > 0").Updates(map[string]any{"ring": 0, "ring_at": nil, "spread_at": nil, "turn": gorm.Expr("turn + 1")})
	if done.Error != nil {
		return done.Error
	}
	settled, err := tx.settleDisputes(w.RingKey)
	if err != nil {
		return err
	}
	if done.RowsAffected+settled == 0 {
		return notFound()
	}
	scope := tx.Where("scope = ? AND fingerprint = ?", string(w.Scope), w.Fingerprint)
	if err := scope.Session(&gorm.Session{}).Delete(&announcedRow{}).Error; err != nil {
		return err
	}
	return scope.Session(&gorm.Session{}).Table("destination_sellers").Where("ring > 0").Update("ring", 0).Error
}

// settleDisputes takes back what was said of a destination, and reports how much it was.
func (tx *Tx) settleDisputes(key approvals.RingKey) (int64, error) {
	var settled int64
	for _, column := range []string{"disputed_at", "disowned_at"} {
		done := tx.Table("destination_sellers").Where("scope = ? AND fingerprint = ? AND "+column+" IS NOT NULL", string(key.Scope), key.Fingerprint).Update(column, nil)
		if done.Error != nil {
			return 0, done.Error
		}
		settled += done.RowsAffected
	}
	return settled, nil
}

// freeze makes a ring as bad as a ring can be: all that waits on it is held, of
// everybody who has not declared it.
func (tx *Tx) freeze(w approvals.Word, row *gorm.DB) error {
	err := row.Updates(map[string]any{"ring": int64(approvals.RingFrozen), "ring_at": At(w.At), "spread_at": At(w.At), "turn": gorm.Expr("turn + 1")}).Error
	if err != nil {
		return err
	}
	return tx.number(string(w.Scope), w.Fingerprint)
}

const declareSQL = `INSERT INTO destination_sellers AS d (scope, fingerprint, marketplace, seller, first_at, last_at, declared, declared_by, declared_with, ring)
VALUES (@scope, @fp, @m, @s, @at, @at, @declared, @by, @with, 0)
ON CONFLICT (scope, fingerprint, marketplace, seller) DO UPDATE SET declared = @declared, declared_by = @by, declared_with = @with`

func (d *Words) declare(tx *Tx, w approvals.Word, sellers []approvals.SellerKey, declared bool, e audit.Event) error {
	return d.say(tx, w, e, func(w approvals.Word, _ *gorm.DB) error {
		for _, s := range sellers {
			args := map[string]any{
				"scope": string(w.Scope), "fp": w.Fingerprint, "m": string(s.Marketplace), "s": string(s.Seller), "at": At(w.At),
				"declared": declared, "by": (*string)(nil), "with": (*string)(nil),
			}
			if declared {
				args["by"], args["with"] = person(w.By), person(w.With)
			}
			if err := tx.Exec(declareSQL, args).Error; err != nil {
				return err
			}
			line := e
			line.Marketplace, line.Seller = string(s.Marketplace), string(s.Seller)
			if err := d.line(tx, line); err != nil {
				return err
			}
		}
		return nil
	})
}

// Denied implements approvals.Words.
func (d *Words) Denied(ctx context.Context, before time.Time, limit int) ([]approvals.DeniedDestination, error) {
	rows, found := d.db.Read(ctx).Where("denied_at IS NOT NULL"), []destinationRow{}
	if !before.IsZero() {
		rows = rows.Where("denied_at < ?", At(before))
	}
	if err := rows.Order("denied_at DESC").Limit(limit).Find(&found).Error; err != nil {
		return nil, fmt.Errorf("list denied destinations: %w", Explain(err))
	}
	out := make([]approvals.DeniedDestination, 0, len(found))
	for _, r := range found {
		key := approvals.RingKey{Scope: approvals.MarketplaceID(r.Scope), Fingerprint: r.Fingerprint}
		out = append(out, approvals.DeniedDestination{RingKey: key, At: r.DeniedAt.Time(), By: given(r.DeniedBy)})
	}
	return out, nil
}

// say does what was decided about a destination, with its event. row is the
// destination's, locked.
func (d *Words) say(tx *Tx, w approvals.Word, e audit.Event, do func(w approvals.Word, row *gorm.DB) error) error {
	if err := tx.touch(string(w.Scope), w.Fingerprint, w.At); err != nil {
		return err
	}
	if err := do(w, tx.Table("destinations").Where("scope = ? AND fingerprint = ?", string(w.Scope), w.Fingerprint)); err != nil {
		return err
	}
	return d.line(tx, e)
}

func (d *Words) line(tx *Tx, e audit.Event) error {
	e.ID = d.newID()
	return tx.Record(e)
}

func person(a audit.Actor) *string { return optional(string(a.Type) + ":" + a.ID) }

func orUnknown(done *gorm.DB) error {
	if done.Error == nil && done.RowsAffected == 0 {
		return notFound()
	}
	return done.Error
}
