package approvaldb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
)

// mine keeps to what this node works on.
func (w *Waker) mine(tx *gorm.DB, kind approvals.OutgoingKind) *gorm.DB {
	if kind != approvals.OutgoingPush {
		return tx
	}
	var each []string
	var vars []any
	for _, r := range w.Sends {
		each, vars = append(each, "marketplace = ? AND route = ?"), append(vars, string(r.Marketplace), r.Route)
	}
	return tx.Where("("+strings.Join(each, " OR ")+")", vars...)
}

// works reports whether this node works on any row of a kind.
func (w *Waker) works(kind approvals.OutgoingKind) bool {
	return kind != approvals.OutgoingPush || len(w.Sends) > 0
}

// Unsent returns the pushes that are due since a time, by route: nobody has taken
// them up since, because no node sends them, or because releases are halted.
func (w *Waker) Unsent(ctx context.Context, since time.Time) ([]approvals.UnsentPushes, error) {
	var rows []struct {
		Marketplace, Route string
		Pushes             int
		Since              Instant
	}
	err := w.db.Read(ctx).Raw("SELECT marketplace, route, count(*) AS pushes, min(next_at) AS since FROM pushes"+
		" WHERE next_at <= ? AND leased_until IS NULL GROUP BY marketplace, route ORDER BY marketplace, route", At(since)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("find pushes that nobody sends: %w", Explain(err))
	}
	var out []approvals.UnsentPushes
	for _, r := range rows {
		route := approvals.PushRoute{Marketplace: approvals.MarketplaceID(r.Marketplace), Route: r.Route}
		out = append(out, approvals.UnsentPushes{Route: route, Pushes: r.Pushes, Since: r.Since.Time()})
	}
	return out, nil
}
