package approvalstest

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
)

// connect opens a connection that closes before the database is dropped.
func connect(t *testing.T, u string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestPostgresDatabasesAreSeparate(t *testing.T) {
	t.Parallel()
	one, two := connect(t, Postgres(t)), connect(t, Postgres(t))
	if _, err := one.Exec(t.Context(), "CREATE TABLE seen (id int)"); err != nil {
		t.Fatal(err)
	}
	var found bool
	if err := two.QueryRow(t.Context(), "SELECT to_regclass('seen') IS NOT NULL").Scan(&found); err != nil {
		t.Fatal(err)
	}
	if found {
		t.Error("a table made in one database is seen in another")
	}
}

func TestPostgresDatabaseGoesWithItsTest(t *testing.T) {
	t.Parallel()
	var gone string
	t.Run("inner", func(t *testing.T) {
		gone = Postgres(t)
		connect(t, gone)
	})
	if conn, err := pgx.Connect(t.Context(), gone); err == nil {
		_ = conn.Close(t.Context())
		t.Error("the database is still there after its test")
	}
}

func TestPostgresFromCopiesATemplateBuiltOnce(t *testing.T) {
	t.Parallel()
	built, name := 0, rand.Text() // a name of its own: -count runs this test again in one process
	for range 3 {
		u := PostgresFrom(t, name, func(u string) error {
			built++
			conn, err := pgx.Connect(t.Context(), u)
			if err != nil {
				return err
			}
			_, err = conn.Exec(t.Context(), "CREATE TABLE seen (id int); INSERT INTO seen VALUES (1)")
			return errors.Join(err, conn.Close(t.Context()))
		})
		var n int
		if err := connect(t, u).QueryRow(t.Context(), "UPDATE seen SET id = id + 1 RETURNING id").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n != 2 {
			t.Errorf("id = %d: copies share rows", n)
		}
	}
	if built != 1 {
		t.Errorf("built %d times", built)
	}
}
