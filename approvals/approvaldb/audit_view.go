package approvaldb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/approvals/audit"
	"countersign/approvals/desk"
)

// AuditViews implements desk.AuditLog.
type AuditViews struct{ core }

var _ desk.AuditLog = (*AuditViews)(nil)

// auditBatch is how many events are read at a time.
const auditBatch = 500

// newest is after every id.
const newest = "ffffffff-ffff-ffff-ffff-ffffffffffff"

// Events implements desk.AuditLog. Ids rise with time, so that their order is that of
// the log.
func (v *AuditViews) Events(ctx context.Context, q desk.AuditQuery) (desk.AuditEvents, error) {
	out := desk.AuditEvents{}
	if q.Action != "" && !wellFormed(string(q.Action)) {
		return out, nil // nothing is about it
	}
	before := newest
	if wellFormed(q.Before) {
		before = q.Before
	}
	limit := min(max(q.Limit, 1), desk.AuditPage)
	for looked := 0; looked < desk.AuditLook; looked += auditBatch {
		events, err := auditEvents(v.db.Read(ctx), before, string(q.Action), auditBatch)
		if err != nil {
			return out, fmt.Errorf("list events: %w", Explain(err))
		}
		for _, e := range events {
			if q.Over(e) {
				return out, nil
			}
			before = e.ID
			if !q.Matches(e) {
				continue
			}
			if out.Events = append(out.Events, e); len(out.Events) == limit {
				out.Next = before
				return out, nil
			}
		}
		if len(events) < auditBatch {
			return out, nil
		}
	}
	out.Next = before
	return out, nil
}

func auditEvents(db *gorm.DB, before, action string, limit int) ([]audit.Event, error) {
	db = db.Where("id < ?", before)
	if action != "" {
		db = db.Where("action = ?", action)
	}
	var rows []eventRow
	if err := db.Order("id DESC").Limit(limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	return eventsOf(rows)
}

func eventsOf(rows []eventRow) ([]audit.Event, error) {
	out := make([]audit.Event, 0, len(rows))
	for _, row := range rows {
		e, err := row.event()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// Check implements desk.AuditLog.
func (v *AuditViews) Check(ctx context.Context, now time.Time) (desk.Checked, error) {
	out := desk.Checked{At: now}
	err := v.db.snapshot(ctx, func(db *gorm.DB) error {
		events, err := auditEvents(db, newest, "", desk.AuditCheck)
		if err != nil {
			return err
		}
		var actions []string
		seen := map[string]bool{"": true}
		for _, e := range events {
			if !seen[e.Action] {
				seen[e.Action] = true
				actions = append(actions, e.Action)
			}
			out.Earliest = e.At
		}
		out.Events, out.Actions = len(events), len(actions)
		for len(actions) > 0 {
			some := actions[:min(len(actions), auditActions)]
			if actions = actions[len(some):]; len(some) > 0 {
				if err := checkSome(db, some, &out); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("check the audit log: %w", Explain(err))
	}
	return out, nil
}

// auditActions is how many actions are checked by one statement.
const auditActions = 20

func checkSome(db *gorm.DB, actions []string, out *desk.Checked) error {
	var rows []eventRow
	if err := db.Where("action IN ? AND version IS NOT NULL", actions).Find(&rows).Error; err != nil {
		return err
	}
	moves, err := eventsOf(rows)
	if err != nil {
		return err
	}
	var found []struct {
		ID, State string
		Version   int
	}
	if err := db.Table("actions").Select("id", "state", "version").Where("id IN ?", actions).Find(&found).Error; err != nil {
		return err
	}
	var heads []audit.Head
	for _, f := range found {
		heads = append(heads, audit.Head{Action: f.ID, State: f.State, Version: f.Version})
	}
	out.Moves += len(moves)
	out.Faults = append(out.Faults, audit.Chain(moves, heads)...)
	return nil
}

// Note implements desk.AuditLog.
func (v *AuditViews) Note(ctx context.Context, e audit.Event) error {
	return v.db.InTx(ctx, func(tx *Tx) error {
		e.ID = v.newID()
		return tx.Record(e)
	})
}
