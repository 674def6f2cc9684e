package jobs

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"countersign/approvals"
)

// EnqueueSQLite inserts wake-ups for these rows in the transaction that makes
// them.
func (q *Queue) EnqueueSQLite(ctx context.Context, tx *sql.Tx, rows []approvals.Outgoing) error {
	if _, err := q.sqlite.InsertManyFastTx(ctx, tx, params(rows)); err != nil {
		return fmt.Errorf("enqueue: %w", err)
	}
	return nil
}

// EnqueuePostgres is EnqueueSQLite for PostgreSQL.
func (q *Queue) EnqueuePostgres(ctx context.Context, tx pgx.Tx, rows []approvals.Outgoing) error {
	if _, err := q.postgres.InsertManyFastTx(ctx, tx, params(rows)); err != nil {
		return fmt.Errorf("enqueue: %w", err)
	}
	return nil
}

func params(rows []approvals.Outgoing) []river.InsertManyParams {
	out := make([]river.InsertManyParams, 0, len(rows))
	for _, row := range rows {
		switch row.Kind {
		case approvals.OutgoingMail:
			out = append(out, river.InsertManyParams{Args: mailArgs{ID: row.ID}})
		case approvals.OutgoingDelivery:
			p := river.InsertManyParams{Args: deliveryArgs{ID: row.ID}}
			if row.Again {
				p.InsertOpts = &river.InsertOpts{Queue: redeliveryQueue, MaxAttempts: 1}
			}
			out = append(out, p)
		case approvals.OutgoingPush:
			out = append(out, river.InsertManyParams{
				Args: pushArgs{ID: row.ID}, InsertOpts: &river.InsertOpts{Queue: pushQueue(row.Route), MaxAttempts: 1},
			})
		}
	}
	return out
}
