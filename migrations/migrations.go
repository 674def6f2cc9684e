package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
)

//go:embed sqlite/*.sql postgres/*.sql
var files embed.FS

// Database is what to migrate: on SQLite the pool that writes and the path of
// its file, on PostgreSQL the pgx pool.
type Database struct {
	SQL  *sql.DB
	Path string
	Pool *pgxpool.Pool // nil on SQLite
}

// Migrations moves one database between versions. Nodes that start at the same
// time take turns.
type Migrations struct {
	database Database
}

// Step is one version and whether the database has it.
type Step struct {
	Version   int64
	Name      string
	Applied   bool
	AppliedAt time.Time // zero when not applied
}

// ErrBehind says that the database lacks versions this program needs.
var ErrBehind = errors.New("the database lacks migrations; run `countersign migrate up`")

// New returns the migrations of a database.
func New(d Database) (*Migrations, error) {
	if d.Pool == nil && (d.SQL == nil || d.Path == "") {
		return nil, errors.New("migrations need a pgx pool, or an SQLite pool and its path")
	}
	return &Migrations{d}, nil
}

// Up applies every version the database lacks and checks the result.
func (m *Migrations) Up(ctx context.Context) error {
	return m.run(ctx, func(t target) error {
		if _, err := t.provider.Up(ctx); err != nil {
			return fmt.Errorf("migrate up: %w", err)
		}
		return t.validateRiver(ctx)
	})
}

// Down takes the newest version back.
func (m *Migrations) Down(ctx context.Context) error {
	return m.run(ctx, func(t target) error {
		if _, err := t.provider.Down(ctx); err != nil {
			return fmt.Errorf("migrate down: %w", err)
		}
		return nil
	})
}

// DownTo takes every version above this one back; 0 leaves an empty database.
func (m *Migrations) DownTo(ctx context.Context, version int64) error {
	return m.run(ctx, func(t target) error {
		if _, err := t.provider.DownTo(ctx, version); err != nil {
			return fmt.Errorf("migrate down to %d: %w", version, err)
		}
		return nil
	})
}

// Status lists all versions, oldest first.
func (m *Migrations) Status(ctx context.Context) ([]Step, error) {
	var steps []Step
	err := m.run(ctx, func(t target) error {
		all, err := t.provider.Status(ctx)
		if err != nil {
			return fmt.Errorf("read migrations: %w", err)
		}
		for _, s := range all {
			step := Step{Version: s.Source.Version, Name: name(s.Source), Applied: s.State == goose.StateApplied}
			if step.Applied {
				step.AppliedAt = s.AppliedAt.UTC()
			}
			steps = append(steps, step)
		}
		return nil
	})
	return steps, err
}

// Check returns nil when the database has every version and River's schema is
// complete. It changes nothing but the table of versions, which it may create.
func (m *Migrations) Check(ctx context.Context) error {
	return m.run(ctx, func(t target) error {
		pending, err := t.provider.HasPending(ctx)
		if err != nil {
			return fmt.Errorf("check migrations: %w", err)
		}
		if pending {
			return ErrBehind
		}
		return t.validateRiver(ctx)
	})
}

// run opens what the dialect needs, takes the lock where there is one to take,
// and closes it all again.
func (m *Migrations) run(ctx context.Context, do func(target) error) error {
	open := openSQLite
	if m.database.Pool != nil {
		open = openPostgres
	}
	t, err := open(ctx, m.database)
	if err != nil {
		return err
	}
	defer t.close()
	return do(t)
}

// target is an open database with its provider.
type target struct {
	provider *goose.Provider
	river    river
	close    func()
}

func (t target) validateRiver(ctx context.Context) error {
	if err := t.river.validate(ctx); err != nil {
		return fmt.Errorf("check the job tables: %w", err)
	}
	return nil
}

// provider puts the SQL of one folder and River's migration in line.
func provider(d goose.Dialect, db *sql.DB, folder string, r river, opts ...goose.ProviderOption) (*goose.Provider, error) {
	dir, err := fs.Sub(files, folder)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	opts = append(opts, goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(r.migration()))
	p, err := goose.NewProvider(d, db, dir, opts...)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return p, nil
}

func name(s *goose.Source) string {
	if s.Type == goose.TypeGo {
		return "river"
	}
	return s.Path
}
