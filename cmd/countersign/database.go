package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/approvals/approvaldb"
	"countersign/migrations"
)

// How a database is opened. Only a migration makes a new SQLite file, so that a
// gateway whose disk is gone does not start with an empty one; a node's file is
// its own, and a second node on it refuses to start.
var (
	forNode      = approvaldb.Options{Exclusive: true}
	forOperator  = approvaldb.Options{}
	forMigration = approvaldb.Options{Create: true}
)

// openDatabase opens the database of a configuration.
func openDatabase(ctx context.Context, url string, o approvaldb.Options) (*approvaldb.DB, error) {
	return approvaldb.Open(ctx, url, o) // whose errors say what was tried
}

func migrationsOf(db *approvaldb.DB) (*migrations.Migrations, error) {
	return migrations.New(migrations.Database{SQL: db.SQL(), Pool: db.Pool(), Path: db.Path()})
}

// checkSchema refuses to serve on a schema that is not ours.
func checkSchema(ctx context.Context, db *approvaldb.DB) error {
	m, err := migrationsOf(db)
	if err != nil {
		return err
	}
	return m.Check(ctx)
}

// maxSkew is how far the database's clock may be from this machine's.
const maxSkew = 2 * time.Second

// ready says why this node should get no requests, nil if it should.
func ready(ctx context.Context, db *approvaldb.DB, c *Clock) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var one int
	if err := db.Read(ctx).Raw("SELECT 1").Scan(&one).Error; err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if !db.Postgres() {
		return nil // the same machine's clock
	}
	var theirs time.Time
	before := c.Machine()
	if err := db.SQL().QueryRowContext(ctx, "SELECT clock_timestamp()").Scan(&theirs); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	after := c.Machine()
	if theirs.Before(before.Add(-maxSkew)) || theirs.After(after.Add(maxSkew)) {
		return errors.New("this machine's clock is more than 2 s from the database's")
	}
	return nil
}
