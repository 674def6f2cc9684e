package approvalstest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"countersign/approvals/approvaldb"
	"countersign/migrations"
)

// OpenSQLite returns a new, migrated SQLite database in a file of its own,
// closed when t ends.
func OpenSQLite(t testing.TB) *approvaldb.DB {
	t.Helper()
	model, err := migratedFile()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "countersign.db")
	if err := os.WriteFile(path, model, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, "sqlite:"+path)
}

// OpenPostgres returns a new, migrated PostgreSQL database, dropped when t ends.
func OpenPostgres(t testing.TB) *approvaldb.DB {
	t.Helper()
	return open(t, MigratedPostgres(t))
}

// MigratedPostgres returns the URL of a new, migrated PostgreSQL database,
// dropped when t ends.
func MigratedPostgres(t testing.TB) string {
	t.Helper()
	return PostgresFrom(t, "countersign", func(url string) error { return migrate(url, approvaldb.Options{}) })
}

// EachDatabase runs f as a parallel subtest on a new database of each kind.
func EachDatabase(t *testing.T, f func(t *testing.T, db *approvaldb.DB)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB) *approvaldb.DB{"sqlite": OpenSQLite, "postgres": OpenPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, open(t))
		})
	}
}

func open(t testing.TB, url string) *approvaldb.DB {
	t.Helper()
	db, err := approvaldb.Open(context.Background(), url, approvaldb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close database: %v", err)
		}
	})
	return db
}

// migratedFile is the content of a migrated SQLite file, made once a process:
// copying it costs less than migrating again.
var migratedFile = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "countersign")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "model.db")
	if err := migrate("sqlite:"+path, approvaldb.Options{Create: true}); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// migrate brings the database at url up and closes it.
func migrate(url string, o approvaldb.Options) (err error) {
	ctx := context.Background()
	db, err := approvaldb.Open(ctx, url, o)
	if err != nil {
		return err
	}
	defer func() {
		if closed := db.Close(); err == nil {
			err = closed
		}
	}()
	m, err := migrations.New(migrations.Database{SQL: db.SQL(), Path: db.Path(), Pool: db.Pool()})
	if err != nil {
		return err
	}
	return m.Up(ctx)
}
