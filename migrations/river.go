package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivermigrate"
)

// River keeps its own schema. It is one version of ours, so that one command
// and one lock bring a database up.
const (
	riverVersion = 2 // ours
	riverTarget  = 8 // River's
)

// river is River's schema on one database.
type river struct {
	migration func() *goose.Migration
	validate  func(ctx context.Context) error
}

// riverOnSQLite migrates inside goose's own transaction: there is one
// connection, and goose holds it.
func riverOnSQLite(driver riverdriver.Driver[*sql.Tx]) (river, error) {
	m, err := migrator(driver)
	if err != nil {
		return river{}, err
	}
	run := func(d rivermigrate.Direction, target int) *goose.GoFunc {
		return &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			//lint:ignore SA1019 nothing else reaches the open transaction
			_, err := m.MigrateTx(ctx, tx, d, &rivermigrate.MigrateOpts{TargetVersion: target}) //nolint:staticcheck // the same
			return err
		}}
	}
	return newRiver(m, run), nil
}

// riverOnPostgres migrates on connections of its own, under goose's lock:
// some of River's steps cannot share a transaction.
func riverOnPostgres(driver riverdriver.Driver[pgx.Tx]) (river, error) {
	m, err := migrator(driver)
	if err != nil {
		return river{}, err
	}
	run := func(d rivermigrate.Direction, target int) *goose.GoFunc {
		return &goose.GoFunc{RunDB: func(ctx context.Context, _ *sql.DB) error {
			_, err := m.Migrate(ctx, d, &rivermigrate.MigrateOpts{TargetVersion: target})
			return err
		}}
	}
	return newRiver(m, run), nil
}

func migrator[T any](driver riverdriver.Driver[T]) (*rivermigrate.Migrator[T], error) {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("read the job migrations: %w", err)
	}
	return m, nil
}

func newRiver[T any](m *rivermigrate.Migrator[T], run func(rivermigrate.Direction, int) *goose.GoFunc) river {
	const everything = -1
	return river{
		migration: func() *goose.Migration {
			return goose.NewGoMigration(riverVersion, run(rivermigrate.DirectionUp, riverTarget), run(rivermigrate.DirectionDown, everything))
		},
		validate: func(ctx context.Context) error {
			found, err := m.Validate(ctx, &rivermigrate.ValidateOpts{TargetVersion: riverTarget})
			if err != nil {
				return err
			}
			if !found.OK {
				return errors.New(strings.Join(found.Messages, "; "))
			}
			return nil
		},
	}
}
