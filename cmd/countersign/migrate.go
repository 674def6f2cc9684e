package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"countersign/approvals/approvaldb"
	"countersign/migrations"
)

// MigrateCmd is "countersign migrate".
type MigrateCmd struct {
	Up     MigrateUpCmd     `cmd:"" help:"Apply every migration that is missing."`
	Down   MigrateDownCmd   `cmd:"" help:"Take back the newest migration. Its data is lost."`
	Status MigrateStatusCmd `cmd:"" help:"List migrations and when each was applied."`
}

// withDatabase opens the configured database for an operator's command.
func withDatabase(ctx context.Context, path string, do func(Config, *approvaldb.DB) error) error {
	return withDatabaseOpened(ctx, path, forOperator, do)
}

func withDatabaseOpened(ctx context.Context, path string, o approvaldb.Options, do func(Config, *approvaldb.DB) error) error {
	cfg, err := loadConfig(path)
	if err != nil {
		return err
	}
	db, err := openDatabase(ctx, cfg.Database, o)
	if err != nil {
		return err
	}
	return errors.Join(do(cfg, db), db.Close())
}

func migrate(ctx context.Context, path string, do func(*migrations.Migrations) error) error {
	return withDatabaseOpened(ctx, path, forMigration, func(_ Config, db *approvaldb.DB) error {
		m, err := migrationsOf(db)
		if err != nil {
			return err
		}
		return do(m)
	})
}

// MigrateUpCmd is "countersign migrate up".
type MigrateUpCmd struct{ configFlag }

// Run applies what is missing.
func (c *MigrateUpCmd) Run(ctx context.Context) error {
	return migrate(ctx, c.Config, func(m *migrations.Migrations) error { return m.Up(ctx) })
}

// MigrateDownCmd is "countersign migrate down".
type MigrateDownCmd struct{ configFlag }

// Run takes one step back.
func (c *MigrateDownCmd) Run(ctx context.Context) error {
	return migrate(ctx, c.Config, func(m *migrations.Migrations) error { return m.Down(ctx) })
}

// MigrateStatusCmd is "countersign migrate status".
type MigrateStatusCmd struct{ configFlag }

// Run lists.
func (c *MigrateStatusCmd) Run(ctx context.Context) error {
	return migrate(ctx, c.Config, func(m *migrations.Migrations) error {
		steps, err := m.Status(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "VERSION\tNAME\tAPPLIED")
		for _, s := range steps {
			applied := "no"
			if s.Applied {
				applied = s.AppliedAt.Format(time.RFC3339)
			}
			fmt.Fprintf(w, "%d\t%s\t%s\n", s.Version, s.Name, applied)
		}
		return w.Flush()
	})
}
