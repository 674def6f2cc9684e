package approvaldb

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"countersign/approvals"
)

// Waker implements approvals.Waker over partial indexes, which hold
// nothing but what still has a time ahead.
type Waker struct {
	core
	// Sends are the routes that this node sends pushes for. Others' pushes are
	// left for the nodes that do: a job that nobody works on helps nobody. Set it
	// before the first use.
	Sends []approvals.PushRoute
}

// Due implements approvals.Waker.
func (w *Waker) Due(ctx context.Context, now time.Time, limit int) ([]approvals.ActionKey, error) {
	var rows []struct{ Marketplace, ID string }
	err := w.db.Read(ctx).Raw("SELECT marketplace, id FROM actions WHERE due_at <= ? ORDER BY due_at LIMIT ?", At(now), limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("find due actions: %w", Explain(err))
	}
	keys := make([]approvals.ActionKey, 0, len(rows))
	for _, r := range rows {
		keys = append(keys, approvals.ActionKey{Marketplace: approvals.MarketplaceID(r.Marketplace), ID: approvals.ActionID(r.ID)})
	}
	return keys, nil
}

// NextDue implements approvals.Waker.
func (w *Waker) NextDue(ctx context.Context, after time.Time) (time.Time, error) {
	var next time.Time
	for _, query := range []string{
		"SELECT due_at AS at FROM actions WHERE due_at > @after ORDER BY due_at LIMIT 1",
		"SELECT announce_at AS at FROM authenticators WHERE announce_at > @after ORDER BY announce_at LIMIT 1",
		"SELECT due_at AS at FROM recoveries WHERE due_at > @after ORDER BY due_at LIMIT 1",
		"SELECT next_at AS at FROM mails WHERE next_at > @after ORDER BY next_at LIMIT 1",
		"SELECT next_at AS at FROM deliveries WHERE next_at > @after ORDER BY next_at LIMIT 1",
		"SELECT next_at AS at FROM pushes WHERE next_at > @after ORDER BY next_at LIMIT 1",
		"SELECT leased_until AS at FROM pushes WHERE leased_until > @after ORDER BY leased_until LIMIT 1",
		"SELECT leased_until AS at FROM mails WHERE leased_until > @after ORDER BY leased_until LIMIT 1",
		"SELECT leased_until AS at FROM deliveries WHERE leased_until > @after ORDER BY leased_until LIMIT 1",
	} {
		var found []struct{ At Instant }
		if err := w.db.Read(ctx).Raw(query, sql.Named("after", At(after))).Find(&found).Error; err != nil {
			return time.Time{}, fmt.Errorf("find the next deadline: %w", Explain(err))
		}
		for _, f := range found {
			if t := f.At.Time(); next.IsZero() || t.Before(next) {
				next = t
			}
		}
	}
	return next, nil
}

// Outgoing implements approvals.Waker.
func (w *Waker) Outgoing(ctx context.Context, now time.Time, limit int) ([]approvals.Outgoing, error) {
	type due struct {
		Kind   approvals.OutgoingKind `gorm:"-"`
		ID     string
		NextAt Instant
	}
	var all []due
	for _, kind := range outgoingKinds {
		if !w.works(kind.kind) {
			continue
		}
		var rows []due
		err := w.mine(w.db.Read(ctx).Table(kind.table), kind.kind).Select("id", "next_at").
			Where("next_at <= ?", At(now)).Order("next_at").Limit(limit).Find(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("find outgoing rows: %w", Explain(err))
		}
		for _, r := range rows {
			r.Kind = kind.kind
			all = append(all, r)
		}
	}
	slices.SortStableFunc(all, func(a, b due) int { return a.NextAt.Time().Compare(b.NextAt.Time()) })
	out := make([]approvals.Outgoing, 0, len(all))
	for _, r := range all[:min(limit, len(all))] {
		out = append(out, approvals.Outgoing{Kind: r.Kind, ID: r.ID})
	}
	return out, nil
}

var outgoingKinds = []struct {
	kind  approvals.OutgoingKind
	table string
}{
	{approvals.OutgoingMail, "mails"},
	{approvals.OutgoingDelivery, "deliveries"},
	{approvals.OutgoingPush, "pushes"},
}

// Wake implements approvals.Waker. It looks before it takes a transaction: most
// of the time there is nothing to do.
func (w *Waker) Wake(ctx context.Context, now time.Time, limit int) (int, error) {
	if w.enqueuer == nil {
		return 0, nil
	}
	if found, err := w.asleep(w.db.Read(ctx), now, 1); err != nil || len(found) == 0 {
		return 0, Explain(err)
	}
	woken := 0
	err := w.db.InTx(ctx, func(tx *Tx) error {
		rows, err := w.asleep(tx.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).Session(&gorm.Session{}), now, limit)
		if err != nil {
			return err
		}
		for _, kind := range outgoingKinds {
			var ids []string
			for _, r := range rows {
				if r.Kind == kind.kind {
					ids = append(ids, r.ID)
				}
			}
			if len(ids) == 0 {
				continue
			}
			if err := tx.Table(kind.table).Where("id IN ?", ids).Update("wake_at", At(now.Add(approvals.WakeAgain))).Error; err != nil {
				return err
			}
		}
		woken = len(rows)
		return tx.enqueue(w.enqueuer, rows)
	})
	if err != nil {
		return 0, fmt.Errorf("wake workers: %w", err)
	}
	return woken, nil
}

// asleep returns pending rows that nobody was woken for lately.
func (w *Waker) asleep(db *gorm.DB, now time.Time, limit int) ([]approvals.Outgoing, error) {
	var out []approvals.Outgoing
	for _, kind := range outgoingKinds {
		if !w.works(kind.kind) {
			continue
		}
		var rows []struct{ ID, Marketplace, Route string }
		columns := []string{"id"}
		if kind.kind == approvals.OutgoingPush {
			columns = []string{"id", "marketplace", "route"}
		}
		err := w.mine(db.Table(kind.table), kind.kind).Select(columns).Where("wake_at <= ?", At(now)).Order("wake_at").Limit(limit - len(out)).Find(&rows).Error
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			route := approvals.PushRoute{Marketplace: approvals.MarketplaceID(r.Marketplace), Route: r.Route}
			out = append(out, approvals.Outgoing{Kind: kind.kind, ID: r.ID, Route: route, Again: true})
		}
	}
	return out, nil
}
