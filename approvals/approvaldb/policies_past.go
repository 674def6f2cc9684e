package approvaldb

import (
	"context"
	"encoding/json"
	"fmt"

	"countersign/approvals"
	"countersign/approvals/desk"
)

var _ desk.History = (*Policies)(nil)

// Past implements desk.History.
func (p *Policies) Past(ctx context.Context, before approvals.ActionID, limit int) ([]desk.Past, error) {
	q := p.db.Read(ctx).Model(&actionRow{}).Select("id", "reference", "kind", "decision", "created_at").Order("id DESC").Limit(limit)
	if before != "" {
		q = q.Where("id < ?", string(before))
	}
	var rows []actionRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, Explain(err)
	}
	out := make([]desk.Past, 0, len(rows))
	for _, r := range rows {
		past := desk.Past{ID: approvals.ActionID(r.ID), Reference: r.Reference, Kind: approvals.Kind(r.Kind), CreatedAt: r.Created.Time()}
		if err := json.Unmarshal([]byte(r.Decision), &past.Decision); err != nil {
			return nil, fmt.Errorf("read the decision of action %s: %w", r.ID, err)
		}
		out = append(out, past)
	}
	return out, nil
}
