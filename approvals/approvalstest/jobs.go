package approvalstest

import (
	"context"
	"database/sql"
	"testing"

	"github.com/jackc/pgx/v5"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
)

// Jobs stands for the job engine: it keeps each job as a row, inserted through
// the transaction it is given, so that a rollback takes the row away.
type Jobs struct{ db *sql.DB }

func newJobs(t testing.TB, db *approvaldb.DB) *Jobs {
	t.Helper()
	if _, err := db.SQL().ExecContext(context.Background(), "CREATE TABLE IF NOT EXISTS test_jobs (kind text NOT NULL, id text NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	return &Jobs{db.SQL()}
}

// EnqueueSQLite implements approvaldb.Enqueuer.
func (*Jobs) EnqueueSQLite(ctx context.Context, tx *sql.Tx, rows []approvals.Outgoing) error {
	for _, r := range rows {
		if _, err := tx.ExecContext(ctx, "INSERT INTO test_jobs (kind, id) VALUES (?, ?)", string(r.Kind), r.ID); err != nil {
			return err
		}
	}
	return nil
}

// EnqueuePostgres implements approvaldb.Enqueuer.
func (*Jobs) EnqueuePostgres(ctx context.Context, tx pgx.Tx, rows []approvals.Outgoing) error {
	for _, r := range rows {
		if _, err := tx.Exec(ctx, "INSERT INTO test_jobs (kind, id) VALUES ($1, $2)", string(r.Kind), r.ID); err != nil {
			return err
		}
	}
	return nil
}

// All returns the jobs that were committed, in no order.
func (j *Jobs) All(t testing.TB) []approvals.Outgoing {
	t.Helper()
	rows, err := j.db.QueryContext(context.Background(), "SELECT kind, id FROM test_jobs")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []approvals.Outgoing
	for rows.Next() {
		var o approvals.Outgoing
		if err := rows.Scan(&o.Kind, &o.ID); err != nil {
			t.Fatal(err)
		}
		out = append(out, o)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// Clear forgets all jobs, as if the engine's tables had been emptied.
func (j *Jobs) Clear(t testing.TB) {
	t.Helper()
	if _, err := j.db.ExecContext(context.Background(), "DELETE FROM test_jobs"); err != nil {
		t.Fatal(err)
	}
}
