package approvaldb

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"

	"countersign/approvals"
)

// Force writes the columns a move may write, as they are and without asking the
// domain: what a fault, or somebody with a database shell, could do.
func (tx *Tx) Force(a approvals.Action) error {
	row, err := moveRow(a)
	if err != nil {
		return err
	}
	return tx.Model(&actionRow{}).Where("id = ?", string(a.ID)).Select(actionMoves).Updates(row).Error
}

// ForceNew inserts an action as it is.
func (p *Parts) ForceNew(tx *Tx, a approvals.Action) error {
	row, err := p.Store.newRow(a)
	if err != nil {
		return err
	}
	return tx.Create(&row).Error
}

// ForceProof, ForceClaim and ForceNotices insert what belongs to an action.
func (tx *Tx) ForceProof(p approvals.Proof) error           { return tx.addProof(&p) }
func (tx *Tx) ForceClaim(c approvals.Change) error          { return tx.addClaim(c) }
func (tx *Tx) ForceNotices(old, now approvals.Action) error { return tx.changeNotices(old, now) }

// Gorm returns the handles that all statements go through.
func (db *DB) Gorm() []*gorm.DB {
	if db.read == db.write {
		return []*gorm.DB{db.write}
	}
	return []*gorm.DB{db.write, db.read}
}

// WithPgx gives f the transaction as the job engine gets it.
func (tx *Tx) WithPgx(f func(pgx.Tx) error) error {
	return tx.enqueue(postgresOnly(f), []approvals.Outgoing{{}})
}

type postgresOnly func(pgx.Tx) error

func (postgresOnly) EnqueueSQLite(context.Context, *sql.Tx, []approvals.Outgoing) error { return nil }

func (f postgresOnly) EnqueuePostgres(_ context.Context, tx pgx.Tx, _ []approvals.Outgoing) error {
	return f(tx)
}

// Waiting is how many callers wait to write to SQLite.
func (db *DB) Waiting() int {
	db.line.mu.Lock()
	defer db.line.mu.Unlock()
	return len(db.line.waiting)
}

// InBatches makes r save so few rows at a time.
func (r *Resealer) InBatches(rows int) *Resealer {
	r.batch = rows
	return r
}
