package approvaldb

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"countersign/approvals"
)

// maxList is how many actions one page holds at most.
const maxList = 100

// Actions implements approvals.Reader.
func (r *Reader) Actions(ctx context.Context, q approvals.Query) ([]approvals.Action, error) {
	if q.Kind != "" && !q.Kind.Known() {
		return []approvals.Action{}, nil // nothing of that kind was ever created
	}
	var out []approvals.Action
	err := r.db.snapshot(ctx, func(db *gorm.DB) error {
		var rows []actionRow
		if err := selectActions(db, q).Find(&rows).Error; err != nil {
			return err
		}
		out = make([]approvals.Action, 0, len(rows))
		for _, row := range rows {
			a, err := r.action(row)
			if err != nil {
				return err
			}
			out = append(out, a)
		}
		return complete(db, out)
	})
	if err != nil {
		return nil, fmt.Errorf("list actions: %w", Explain(err))
	}
	return out, nil
}

func selectActions(db *gorm.DB, q approvals.Query) *gorm.DB {
	db = db.Where("marketplace = ?", string(q.Marketplace))
	if q.Seller != "" {
		db = db.Where("seller = ?", string(q.Seller))
	}
	if q.State != "" {
		db = db.Where("state = ?", string(q.State))
	}
	if q.Kind != "" {
		db = db.Where("kind = ?", string(q.Kind))
	}
	if q.Open {
		db = db.Where(isOpen)
	}
	if wellFormed(string(q.Before)) {
		db = db.Where("id < ?", string(q.Before))
	}
	return db.Order("id DESC").Limit(min(max(q.Limit, 1), maxList))
}

// complete adds the notices and proofs of all actions in two statements.
func complete(db *gorm.DB, actions []approvals.Action) error {
	at := map[string]*approvals.Action{}
	var ids []string
	for i := range actions {
		a := &actions[i]
		a.Contacts, a.Proofs = []approvals.Notice{}, []approvals.Proof{}
		ids = append(ids, string(a.ID))
		at[string(a.ID)] = a
	}
	if len(ids) == 0 {
		return nil
	}
	var notices []noticeRow
	if err := db.Where("action IN ?", ids).Order("action, position").Find(&notices).Error; err != nil {
		return err
	}
	for _, n := range notices {
		a := at[n.Action]
		a.Contacts = append(a.Contacts, n.notice())
	}
	var proofs []proofRow
	if err := db.Where("action IN ?", ids).Order("action, generation, stage DESC").Find(&proofs).Error; err != nil {
		return err
	}
	for _, p := range proofs {
		a := at[p.Action]
		a.Proofs = append(a.Proofs, p.proof())
	}
	return nil
}

func (r proofRow) proof() approvals.Proof {
	p := approvals.Proof{
		ID: r.ID, Action: approvals.ActionID(r.Action), Generation: int(r.Generation), Stage: approvals.Stage(r.Stage),
		Method: approvals.Method(r.Method), Authenticator: r.Authenticator, UV: r.UV, Spent: r.Spent,
		Evidence: slices.Clone(r.Evidence), At: r.ProvedAt.Time(),
	}
	copy(p.Digest[:], r.Digest)
	return p
}

// snapshot runs fn on a handle whose statements all see the same state.
func (db *DB) snapshot(ctx context.Context, fn func(*gorm.DB) error) error {
	o := &sql.TxOptions{ReadOnly: true}
	if db.Postgres() {
		o.Isolation = sql.LevelRepeatableRead
	}
	return db.Read(ctx).Transaction(fn, o)
}
