package approvalstest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Postgres returns the URL of a new, empty PostgreSQL database, which is
// dropped when t ends. The user is a superuser, the connection TCP on loopback.
//
// The server is the one that COUNTERSIGN_TEST_POSTGRES names (the URL of a user
// who may create databases); without it this process starts a private one,
// shared by all its tests, that goes when the process goes. A machine without
// PostgreSQL fails the test and says what to install.
func Postgres(t testing.TB) string {
	t.Helper()
	return copyDatabase(t, emptyDatabase)
}

// PostgresFrom is Postgres for a database that is not empty: a copy of the
// template called name, which build fills the first time a test of this process
// asks for it. Copying costs less than migrating. build must close every
// connection it opens; its error fails this test and each later one. On a
// server from COUNTERSIGN_TEST_POSTGRES the template stays behind.
func PostgresFrom(t testing.TB, name string, build func(url string) error) string {
	t.Helper()
	found, _ := templates.LoadOrStore(name, &template{})
	tmpl := found.(*template)
	tmpl.once.Do(func() { tmpl.err = tmpl.fill(build) })
	if tmpl.err != nil {
		t.Fatalf("template %s: %v", name, tmpl.err)
	}
	return copyDatabase(t, tmpl.database)
}

// emptyDatabase is the template PostgreSQL itself keeps unchanged.
const emptyDatabase = "template0"

// patience bounds how long one statement on the server may take.
const patience = 60 * time.Second

// templates holds this process's *template values by name.
var templates sync.Map

// template is a database that others are copied from.
type template struct {
	once     sync.Once
	database string
	err      error
}

func (tmpl *template) fill(build func(url string) error) error {
	database, u, err := createDatabase(emptyDatabase)
	if err != nil {
		return err
	}
	if err := build(u); err != nil {
		return err
	}
	tmpl.database = database
	return nil
}

// copyDatabase creates a copy of source that lives as long as t.
func copyDatabase(t testing.TB, source string) string {
	t.Helper()
	database, u, err := createDatabase(source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := execute("DROP DATABASE " + database + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return u
}

// createDatabase makes a copy of source under a new name and returns the name
// and the URL. Names are random, because several test binaries share a server.
func createDatabase(source string) (name, databaseURL string, err error) {
	admin, err := serverURL()
	if err != nil {
		return "", "", err
	}
	u, err := url.Parse(admin)
	if err != nil {
		return "", "", fmt.Errorf("read %s: %w", postgresEnv, err)
	}
	name = "countersign_test_" + strings.ToLower(rand.Text())
	if err := execute("CREATE DATABASE " + name + " TEMPLATE " + source); err != nil {
		return "", "", err
	}
	u.Path = "/" + name
	return name, u.String(), nil
}

// execute runs one statement on the server, on a connection of its own.
func execute(statement string) error {
	admin, err := serverURL()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return fmt.Errorf("connect to the PostgreSQL of the tests: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}
