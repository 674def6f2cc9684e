package approvaldb

import (
	"context"
	"fmt"

	"countersign/approvals"
	"countersign/approvals/audit"
)

var _ approvals.SellerEvents = (*Reader)(nil)

// SellerEvents implements approvals.SellerEvents. The index it reads by leaves
// out the one event that a marketplace can cause as often as it likes.
func (r *Reader) SellerEvents(ctx context.Context, q approvals.EventQuery) ([]audit.Event, error) {
	db := r.db.Read(ctx).Where("marketplace = ? AND seller = ? AND action IS NULL AND verb <> 'handoff_seller' AND verb IN ?",
		string(q.Seller.Marketplace), string(q.Seller.Seller), q.Verbs)
	if wellFormed(q.Before) {
		db = db.Where("id < ?", q.Before)
	}
	var rows []eventRow
	if err := db.Order("id DESC").Limit(min(max(q.Limit, 1), maxList)).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list events of a seller: %w", Explain(err))
	}
	list := make([]audit.Event, 0, len(rows))
	for _, row := range rows {
		e, err := row.event()
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}
