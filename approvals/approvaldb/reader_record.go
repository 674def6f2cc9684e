package approvaldb

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"countersign/approvals"
)

var _ approvals.Records = (*Reader)(nil)

// Record implements approvals.Records.
func (r *Reader) Record(ctx context.Context, key approvals.ActionKey) (approvals.Record, error) {
	var out approvals.Record
	err := r.db.snapshot(ctx, func(db *gorm.DB) error {
		scope, err := byKey(db, key)
		if err != nil {
			return err
		}
		f, err := r.load(db, scope)
		if err != nil {
			return err
		}
		out.Action = f.action
		if out.Events, err = timeline(db, key); err != nil {
			return err
		}
		out.Mails, err = mailsOf(db, key.ID)
		return err
	})
	if err != nil {
		return approvals.Record{}, fmt.Errorf("load the record of action %s: %w", key.ID, Explain(err))
	}
	return out, nil
}

func mailsOf(db *gorm.DB, id approvals.ActionID) ([]approvals.MailRecord, error) {
	var rows []mailRow
	if err := db.Where("action = ?", string(id)).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	var out []approvals.MailRecord
	for _, row := range rows {
		out = append(out, approvals.MailRecord{
			ID: row.ID, Kind: approvals.MailKind(row.Kind), To: row.Recipient, Generation: int(row.Generation),
			State: approvals.MailState(row.State), Attempts: int(row.Attempts), CreatedAt: row.Created.Time(),
			SettledAt: row.SettledAt.Time(), Answer: row.Answer,
		})
	}
	return out, nil
}
