package migrations

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// Nodes that start together take turns by a session lock, looked at every
// second for two minutes.
const (
	lockEvery = 1
	lockTries = 120
)

// openPostgres opens a small pool like the given one, without its time limits:
// building an index may take longer than a request may.
func openPostgres(ctx context.Context, d Database) (target, error) {
	config := d.Pool.Config()
	config.MaxConns, config.MinConns = 4, 0
	for _, limit := range []string{"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"} {
		config.ConnConfig.RuntimeParams[limit] = "0"
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return target{}, fmt.Errorf("connect for migrations: %w", err)
	}
	db := stdlib.OpenDBFromPool(pool)
	stop := func() {
		_ = db.Close()
		pool.Close()
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(lockEvery, lockTries))
	if err != nil {
		stop()
		return target{}, fmt.Errorf("lock migrations: %w", err)
	}
	r, err := riverOnPostgres(riverpgxv5.New(pool))
	if err != nil {
		stop()
		return target{}, err
	}
	p, err := provider(goose.DialectPostgres, db, "postgres", r, goose.WithSessionLocker(locker))
	if err != nil {
		stop()
		return target{}, err
	}
	return target{p, r, stop}, nil
}
