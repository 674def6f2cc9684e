package approvaldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"

	"countersign/approvals"
)

// Enqueuer inserts the jobs that wake workers for outgoing rows, in the
// transaction that makes the rows. It gets the driver's own transaction, and
// must neither end it nor keep it.
type Enqueuer interface {
	EnqueueSQLite(ctx context.Context, tx *sql.Tx, rows []approvals.Outgoing) error
	EnqueuePostgres(ctx context.Context, tx pgx.Tx, rows []approvals.Outgoing) error
}

// conn is what lies under a running gorm transaction: the *sql.Tx on SQLite,
// the connection on PostgreSQL.
type conn struct {
	sqlite   *sql.Tx
	postgres *sql.Conn
}

func newConn(session, tx *gorm.DB) (conn, error) {
	if c, ok := session.Statement.ConnPool.(*sql.Conn); ok {
		return conn{postgres: c}, nil
	}
	if t, ok := tx.Statement.ConnPool.(*sql.Tx); ok {
		return conn{sqlite: t}, nil
	}
	return conn{}, fmt.Errorf("gorm transaction over %T", tx.Statement.ConnPool)
}

// enqueue hands the rows and the transaction to e.
func (tx *Tx) enqueue(e Enqueuer, rows []approvals.Outgoing) error {
	if e == nil || len(rows) == 0 {
		return nil
	}
	ctx := tx.Statement.Context
	if tx.conn.sqlite != nil {
		return e.EnqueueSQLite(ctx, tx.conn.sqlite, rows)
	}
	return tx.conn.postgres.Raw(func(driver any) error {
		c, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("PostgreSQL driver is %T", driver)
		}
		return e.EnqueuePostgres(ctx, forwarder{c.Conn()}, rows)
	})
}

// forwarder is the transaction that gorm holds on a connection, as a pgx.Tx.
// It runs statements in it and refuses to end it: gorm does that.
type forwarder struct{ conn *pgx.Conn }

var errNotYours = errors.New("the transaction belongs to gorm")

func (forwarder) Begin(context.Context) (pgx.Tx, error) { return nil, errNotYours }
func (forwarder) Commit(context.Context) error          { return errNotYours }
func (forwarder) Rollback(context.Context) error        { return errNotYours }

// LargeObjects is not forwarded.
func (forwarder) LargeObjects() pgx.LargeObjects { return pgx.LargeObjects{} }
func (f forwarder) Conn() *pgx.Conn              { return f.conn }

func (f forwarder) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return f.conn.Exec(ctx, sql, args...)
}

func (f forwarder) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return f.conn.Query(ctx, sql, args...)
}

func (f forwarder) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return f.conn.QueryRow(ctx, sql, args...)
}

func (f forwarder) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return f.conn.SendBatch(ctx, b)
}

func (f forwarder) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error) {
	return f.conn.CopyFrom(ctx, table, columns, src)
}

func (f forwarder) Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error) {
	return f.conn.Prepare(ctx, name, sql)
}
