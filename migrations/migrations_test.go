package migrations_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/migrations"
)

// empty opens a database of each kind that no migration has touched.
func empty(t *testing.T, f func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, "sqlite:"+filepath.Join(t.TempDir(), "new.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, approvalstest.Postgres(t))
	})
}

func open(t *testing.T, url string) (*migrations.Migrations, *approvaldb.DB) {
	t.Helper()
	db, err := approvaldb.Open(t.Context(), url, approvaldb.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	m, err := migrations.New(migrations.Database{SQL: db.SQL(), Path: db.Path(), Pool: db.Pool()})
	if err != nil {
		t.Fatal(err)
	}
	return m, db
}

func schema(t *testing.T, db *approvaldb.DB) []string {
	t.Helper()
	read := sqliteSchema
	if db.Postgres() {
		read = postgresSchema
	}
	return read(t, db.SQL())
}

// TestUpDownUp: every version goes up, down and up again, and leaves exactly
// what was there before.
func TestUpDownUp(t *testing.T) {
	t.Parallel()
	empty(t, func(t *testing.T, url string) {
		ctx := t.Context()
		m, db := open(t, url)
		if err := m.Check(ctx); !errors.Is(err, migrations.ErrBehind) {
			t.Errorf("a new database: %v, want ErrBehind", err)
		}
		if err := m.Up(ctx); err != nil {
			t.Fatal(err)
		}
		full := schema(t, db)
		insertSeller(t, db)
		steps, err := m.Status(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for range steps {
			if err := m.Down(ctx); err != nil {
				t.Fatal(err)
			}
			if err := m.Check(ctx); !errors.Is(err, migrations.ErrBehind) {
				t.Errorf("after a step down: %v, want ErrBehind", err)
			}
		}
		if left := schema(t, db); len(left) > 0 {
			t.Errorf("after all steps down these are left: %v", left)
		}
		if err := m.Up(ctx); err != nil {
			t.Fatal(err)
		}
		if again := schema(t, db); !slices.Equal(again, full) {
			t.Error("the schema differs after down and up")
		}
		if err := m.Check(ctx); err != nil {
			t.Errorf("after up: %v", err)
		}
		insertSeller(t, db)
		if err := m.DownTo(ctx, 0); err != nil {
			t.Fatal(err)
		}
		if left := schema(t, db); len(left) > 0 {
			t.Errorf("after DownTo(0) these are left: %v", left)
		}
	})
}

// insertSeller puts rows in, so that the way down meets data.
func insertSeller(t *testing.T, db *approvaldb.DB) {
	t.Helper()
	now := "1"
	if db.Postgres() {
		now = "TIMESTAMPTZ 'epoch'"
	}
	for _, statement := range []string{
		`INSERT INTO marketplaces (id, name, return_urls, created_at) VALUES ('m', 'M', '[]', ` + now + `)`,
		`INSERT INTO sellers (marketplace, id, name, locale, time_zone, country, locked, lock_epoch, created_at)
			VALUES ('m', 's', 'S', 'en', 'UTC', 'GB', (1 = 0), 0, ` + now + `)`,
	} {
		if _, err := db.SQL().Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStatus lists River's schema among ours, in order.
func TestStatus(t *testing.T) {
	t.Parallel()
	empty(t, func(t *testing.T, url string) {
		m, _ := open(t, url)
		if err := m.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		steps, err := m.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var last int64
		for _, s := range steps {
			if !s.Applied || s.AppliedAt.IsZero() || s.Version <= last {
				t.Errorf("step %+v after version %d", s, last)
			}
			last = s.Version
		}
		if len(steps) < 4 || steps[1].Name != "river" {
			t.Errorf("steps: %+v", steps)
		}
	})
}

// TestFirstStarts: nodes that start together on an empty database all come up.
func TestFirstStarts(t *testing.T) {
	t.Parallel()
	empty(t, func(t *testing.T, url string) {
		const nodes = 4
		all := make([]*migrations.Migrations, nodes)
		for i := range all {
			all[i], _ = open(t, url)
		}
		var wg sync.WaitGroup
		for _, m := range all {
			wg.Go(func() {
				if err := m.Up(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if err := all[0].Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	if _, err := migrations.New(migrations.Database{}); err == nil {
		t.Error("no database was given, yet there is no error")
	}
}
