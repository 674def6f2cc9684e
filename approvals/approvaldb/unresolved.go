package approvaldb

import (
	"context"
	"fmt"

	"countersign/approvals"
)

// Unresolved returns the releases of which nobody knows what came of them, by
// marketplace.
func (w *Waker) Unresolved(ctx context.Context) ([]approvals.UnresolvedReleases, error) {
	var rows []struct {
		Marketplace string
		Releases    int
		Since       Instant
	}
	err := w.db.Read(ctx).Raw("SELECT marketplace, count(*) AS releases, min(moved_at) AS since FROM actions WHERE state = 'unresolved'" +
		" GROUP BY marketplace ORDER BY marketplace").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("find unresolved releases: %w", Explain(err))
	}
	var out []approvals.UnresolvedReleases
	for _, r := range rows {
		out = append(out, approvals.UnresolvedReleases{Marketplace: approvals.MarketplaceID(r.Marketplace), Releases: r.Releases, Since: r.Since.Time()})
	}
	return out, nil
}
