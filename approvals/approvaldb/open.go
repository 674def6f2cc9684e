package approvaldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// DB is one open database.
type DB struct {
	write *gorm.DB
	read  *gorm.DB      // the same as write on PostgreSQL
	pool  *pgxpool.Pool // nil on SQLite
	path  string        // of the SQLite file
	// line orders who writes to SQLite on its one connection, nil on PostgreSQL.
	line *line
	// parts is what New made last: what needs more than the database, in a
	// transaction that another package began, is done with it.
	parts   atomic.Pointer[core]
	shapes  sync.Map // *shape by the type of its rows
	closers []func() error
}

// Options are choices at opening.
type Options struct {
	// Create makes a missing SQLite file, readable by its owner alone. Without
	// it a missing file is an error, so that a gateway whose disk is gone does
	// not start with an empty database.
	Create bool
	// Exclusive refuses an SQLite file that another process opened exclusively.
	Exclusive bool
	// MaxConns limits the PostgreSQL pool, 0 for 16.
	MaxConns int32
}

// Open opens the database named by url, "sqlite:PATH" or "postgres://…". It
// neither creates nor migrates a schema.
func Open(ctx context.Context, url string, o Options) (*DB, error) {
	switch scheme, rest, _ := strings.Cut(url, ":"); scheme {
	case "sqlite":
		return openSQLite(ctx, rest, o)
	case "postgres", "postgresql":
		return openPostgres(ctx, url, o)
	default:
		return nil, errors.New("open database: the URL must begin with sqlite: or postgres://")
	}
}

// Close closes all connections. Transactions that run are waited for.
func (db *DB) Close() error {
	var errs []error
	for i := len(db.closers) - 1; i >= 0; i-- {
		errs = append(errs, db.closers[i]())
	}
	db.closers = nil
	return errors.Join(errs...)
}

func (db *DB) onClose(f func() error) { db.closers = append(db.closers, f) }

// Postgres reports whether the database is PostgreSQL.
func (db *DB) Postgres() bool { return db.pool != nil }

// SQL returns the pool that writes: on SQLite one connection, which a
// transaction holds for as long as it lasts.
func (db *DB) SQL() *sql.DB {
	pool, err := db.write.DB()
	if err != nil {
		panic("approvaldb: gorm has no pool: " + err.Error()) // Open gave it one
	}
	return pool
}

// Pool returns the PostgreSQL pool, nil on SQLite.
func (db *DB) Pool() *pgxpool.Pool { return db.pool }

// Path returns the path of the SQLite file, empty on PostgreSQL.
func (db *DB) Path() string { return db.path }

// Read returns a handle for reading outside a transaction. Errors go through
// Explain.
func (db *DB) Read(ctx context.Context) *gorm.DB { return db.read.WithContext(ctx) }

// openGorm gives gorm the settings that everything here relies on: explicit
// columns, no transactions of its own, errors that can be told apart, no
// logging of values, and no prepared statements, which would hide the driver's
// transaction. No time comes from gorm.
func openGorm(d gorm.Dialector) (*gorm.DB, error) {
	db, err := gorm.Open(d, &gorm.Config{
		SkipDefaultTransaction: true,
		QueryFields:            true,
		TranslateError:         true,
		DisableAutomaticPing:   true,
		Logger:                 logger.Discard,
		NowFunc:                func() time.Time { return time.Time{} },
	})
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return db, nil
}
