package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
)

// disk is the size of a database in bytes.
type disk struct {
	grown  int64 // the files as they are
	packed int64 // with no room left between rows
}

// ours leaves out River's tables, which are emptied every minute.
const ours = "n.nspname = 'public' AND c.relkind = 'r' AND c.relname NOT LIKE 'river%'"

func (b *bench) measure(ctx context.Context, kind, url string) (disk, error) {
	if kind == sqliteKind {
		return b.measureSQLite(ctx, strings.TrimPrefix(url, "sqlite:"))
	}
	return b.measurePostgres(ctx, url)
}

// measurePostgres packs a copy of each table, indexes and all, and takes the
// copy back.
func (b *bench) measurePostgres(ctx context.Context, url string) (d disk, err error) {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, c.Close(ctx)) }()
	rows, err := c.Query(ctx, "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE "+ours)
	if err != nil {
		return d, err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return d, err
	}
	tx, err := c.Begin(ctx)
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, tx.Rollback(ctx)) }()
	for _, table := range tables {
		var grown, packed int64
		statement := fmt.Sprintf("CREATE TABLE packed_%[1]s (LIKE %[1]s INCLUDING INDEXES); INSERT INTO packed_%[1]s SELECT * FROM %[1]s", table)
		if _, err := tx.Exec(ctx, statement); err != nil {
			return d, err
		}
		if err := tx.QueryRow(ctx, "SELECT pg_total_relation_size($1::regclass), pg_total_relation_size($2::regclass)", table, "packed_"+table).
			Scan(&grown, &packed); err != nil {
			return d, err
		}
		d.grown, d.packed = d.grown+grown, d.packed+packed
	}
	return d, nil
}

// measureSQLite empties the log into the file and packs a copy of the file.
// What River keeps for a minute is in it.
func (b *bench) measureSQLite(ctx context.Context, path string) (d disk, err error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	b.made++
	packed := fmt.Sprintf("%s.packed-%d", path, b.made)
	for _, statement := range []string{"PRAGMA wal_checkpoint(PASSIVE)", "VACUUM INTO '" + packed + "'"} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return d, err
		}
	}
	for _, f := range []struct {
		path string
		size *int64
	}{{path, &d.grown}, {packed, &d.packed}} {
		info, err := os.Stat(f.path)
		if err != nil {
			return d, err
		}
		*f.size = info.Size()
	}
	return d, os.Remove(packed)
}
