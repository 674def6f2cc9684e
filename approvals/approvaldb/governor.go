package approvaldb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// Governor implements approvals.Governor over the one row of table gateway.
type Governor struct{ core }

type gatewayRow struct {
	ID          int64 `gorm:"primaryKey;autoIncrement:false"`
	Halted      bool
	HaltedAt    Instant
	HaltedBy    *string
	HaltReason  *string
	ClockMark   Instant
	ClockOffset int64 // microseconds
}

func (gatewayRow) TableName() string { return "gateway" }

const theRow = "id = 1"

func readGate(db *gorm.DB) (approvals.Gate, error) {
	var row gatewayRow
	if err := db.Where(theRow).Take(&row).Error; err != nil {
		return approvals.Gate{}, fmt.Errorf("read the gate: %w", err)
	}
	gate := approvals.Gate{Halted: row.Halted, ClockMark: row.ClockMark.Time(), HaltedAt: row.HaltedAt.Time()}
	if row.HaltedBy != nil {
		gate.HaltedBy = *row.HaltedBy
	}
	return gate, nil
}

// aboutAction are the rows about an action's destination.
const aboutAction = "SELECT 1 FROM destinations t WHERE t.scope IN (@m, '') AND t.fingerprint = (SELECT a.fingerprint FROM actions a WHERE a.marketplace = @m AND a.id = @id) AND "

var gateSQL = newFixed("SELECT g.halted, g.clock_mark, EXISTS (" + aboutAction + "t.denied_at IS NOT NULL) AS denied, EXISTS (" + aboutAction + "t.ring = 2) AS frozen, EXISTS (" +
	aboutAction + "t.ring > 0 AND t.spread_at IS NOT NULL) AS spreading, (SELECT max(t.ring_at) FROM (" + ringsOfAction + ") t) AS ring_at, " +
	"p.since, p.used_at, p.placed_at FROM gateway g LEFT JOIN actions a ON a.marketplace = @m AND a.id = @id " +
	"LEFT JOIN payout_accounts p ON p.marketplace = a.marketplace AND p.seller = a.seller AND p.fingerprint = a.fingerprint AND p.current WHERE g.id = 1")

// ringsOfAction are the rings that its seller is in, and was not declared to share.
const ringsOfAction = `SELECT t.ring_at FROM actions b JOIN destinations t ON t.scope IN (@m, '') AND t.fingerprint = b.fingerprint
  WHERE b.marketplace = @m AND b.id = @id AND t.ring > 0 AND NOT EXISTS (SELECT 1 FROM destination_sellers d
    WHERE d.scope = t.scope AND d.fingerprint = t.fingerprint AND d.marketplace = b.marketplace AND d.seller = b.seller AND d.declared)`

// readGateOf is readGate with the standing of an action's destination.
func readGateOf(db *gorm.DB, key approvals.ActionKey) (approvals.Gate, error) {
	var rows []struct {
		Halted, Denied, Frozen, Spreading bool
		ClockMark, RingAt                 Instant
		Since, UsedAt, PlacedAt           Instant
	}
	if err := gateSQL.on(db, map[string]any{"m": string(key.Marketplace), "id": string(key.ID)}).Find(&rows).Error; err != nil {
		return approvals.Gate{}, fmt.Errorf("read the gate: %w", err)
	}
	if len(rows) != 1 {
		return approvals.Gate{}, fmt.Errorf("read the gate: %w", approvals.ErrBroken)
	}
	r := rows[0]
	return approvals.Gate{
		Halted: r.Halted, ClockMark: r.ClockMark.Time(), Denied: r.Denied, Frozen: r.Frozen, Spreading: r.Spreading,
		RingAt: r.RingAt.Time(), PaidSince: paidSince(r.Since, r.UsedAt, r.PlacedAt),
	}, nil
}

// Gate implements approvals.Governor.
func (g *Governor) Gate(ctx context.Context) (approvals.Gate, error) {
	gate, err := readGate(g.db.Read(ctx))
	return gate, Explain(err)
}

// Halt implements approvals.Governor.
func (g *Governor) Halt(ctx context.Context, h approvals.Halt) error {
	return g.turn(ctx, "NOT halted", gatewayRow{
		Halted: true, HaltedAt: At(h.At), HaltedBy: optional(string(h.By.Type) + ":" + h.By.ID), HaltReason: optional(orNone(h.Reason)),
	}, g.event("halt", h.By, h.Reason, h.At), "halted", "halted_at", "halted_by", "halt_reason")
}

// Resume implements approvals.Governor. The operator's word is that now is the
// time: the mark is set to it, also back, where a clock that was wrong had
// raised it.
func (g *Governor) Resume(ctx context.Context, by audit.Actor, reason string, now time.Time) error {
	return g.turn(ctx, "halted", gatewayRow{ClockMark: At(now)}, g.event("resume", by, reason, now),
		"halted", "halted_at", "halted_by", "halt_reason", "clock_mark")
}

// turn writes the halt if the row is as it is expected to be, and then records
// that; otherwise there is nothing to do.
func (g *Governor) turn(ctx context.Context, expected string, row gatewayRow, e audit.Event, columns ...string) error {
	err := g.db.InTx(ctx, func(tx *Tx) error {
		written := tx.Model(&gatewayRow{}).Where(theRow).Where(expected).
			Select(columns).Updates(row)
		if written.Error != nil || written.RowsAffected == 0 {
			return written.Error
		}
		return tx.Record(e)
	})
	if err != nil {
		return fmt.Errorf("%s releases: %w", e.Verb, err)
	}
	return nil
}

func (g *Governor) event(verb string, by audit.Actor, reason string, at time.Time) audit.Event {
	return audit.Event{ID: g.newID(), Verb: verb, Actor: by, At: at, Data: map[string]string{"reason": reason}}
}

func orNone(reason string) string {
	if reason == "" {
		return "none given"
	}
	return reason
}

// MarkClock implements approvals.Governor.
func (g *Governor) MarkClock(ctx context.Context, now time.Time) error {
	err := g.db.InTx(ctx, func(tx *Tx) error {
		return tx.Model(&gatewayRow{}).Where(theRow).Where("(clock_mark IS NULL OR clock_mark < ?)", At(now)).
			Select("clock_mark").Updates(gatewayRow{ClockMark: At(now)}).Error
	})
	if err != nil {
		return fmt.Errorf("mark the clock: %w", err)
	}
	return nil
}

// ClockOffset implements approvals.Governor.
func (g *Governor) ClockOffset(ctx context.Context) (time.Duration, error) {
	var row gatewayRow
	if err := g.db.Read(ctx).Where(theRow).Take(&row).Error; err != nil {
		return 0, fmt.Errorf("read the clock's offset: %w", Explain(err))
	}
	return time.Duration(row.ClockOffset) * time.Microsecond, nil
}

// AdvanceClock implements approvals.Governor. Offset and mark go up or stay.
func (g *Governor) AdvanceClock(ctx context.Context, offset time.Duration, now time.Time) error {
	err := g.db.InTx(ctx, func(tx *Tx) error {
		return tx.Model(&gatewayRow{}).Where(theRow).Updates(map[string]any{
			"clock_offset": gorm.Expr("CASE WHEN clock_offset > ? THEN clock_offset ELSE ? END", offset.Microseconds(), offset.Microseconds()),
			"clock_mark":   gorm.Expr("CASE WHEN clock_mark > ? THEN clock_mark ELSE ? END", At(now), At(now)),
		}).Error
	})
	if err != nil {
		return fmt.Errorf("advance the clock: %w", err)
	}
	return nil
}
