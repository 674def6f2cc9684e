package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"countersign/approvals/approvaldb"
	"countersign/approvals/keyring"
	"countersign/migrations"
)

// bench is one run: its options and what its figures share.
type bench struct {
	options
	out      io.Writer
	dir      string // of everything that is made, removed at the end
	root     string // of the module
	keys     *keyring.Keyring
	postgres *postgres // nil without PostgreSQL
	pgbench  *pgbench  // nil without pgbench or PostgreSQL
	made     int       // databases so far, for their names
	crowded  map[string]*engine
}

func openBench(o options, out io.Writer) (_ *bench, err error) {
	b := &bench{options: o, out: out, crowded: map[string]*engine{}}
	if b.dir, err = os.MkdirTemp("", "countersign-bench-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	if b.root, err = moduleRoot(); err != nil {
		return nil, err
	}
	if b.keys, err = keyring.New(); err != nil {
		return nil, err
	}
	if err := b.keys.Save(b.keysFile()); err != nil {
		return nil, err
	}
	if o.on == onSQLite {
		return b, nil
	}
	b.postgres, err = startPostgres(b.root)
	if err != nil && o.on == "" {
		b.say("PostgreSQL is left out: %v\n", err)
		err = nil
	}
	return b, err
}

func (b *bench) keysFile() string { return filepath.Join(b.dir, "keys.json") }

func (b *bench) close() error {
	var errs []error
	for _, e := range b.crowded {
		errs = append(errs, e.close())
	}
	if b.postgres != nil {
		errs = append(errs, b.postgres.stop())
	}
	return errors.Join(append(errs, os.RemoveAll(b.dir))...)
}

func moduleRoot() (string, error) {
	raw, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	file := strings.TrimSpace(string(raw))
	if filepath.Base(file) != "go.mod" {
		return "", errors.New("run it inside the module of the gateway")
	}
	return filepath.Dir(file), nil
}

func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.out, format, args...) }

// line prints one fact of the present figure.
func (b *bench) line(name, format string, args ...any) {
	b.say("     %-34s %s\n", name, fmt.Sprintf(format, args...))
}

// kinds are the databases of this machine, SQLite first.
func (b *bench) kinds() []string {
	var out []string
	if b.on != onPostgres {
		out = append(out, sqliteKind)
	}
	if b.postgres != nil {
		out = append(out, postgresKind)
	}
	return out
}

const (
	sqliteKind   = "SQLite"
	postgresKind = "PostgreSQL"
)

// newDatabase makes an empty, migrated database and returns its URL.
func (b *bench) newDatabase(ctx context.Context, kind string) (string, error) {
	url, err := b.emptyDatabase(ctx, kind)
	if err != nil {
		return "", err
	}
	db, err := approvaldb.Open(ctx, url, approvaldb.Options{Create: true})
	if err != nil {
		return "", err
	}
	m, err := migrations.New(migrations.Database{SQL: db.SQL(), Pool: db.Pool(), Path: db.Path()})
	if err == nil {
		err = m.Up(ctx)
	}
	return url, errors.Join(err, db.Close())
}

func (b *bench) emptyDatabase(ctx context.Context, kind string) (string, error) {
	name := "countersign_bench_" + strings.ToLower(rand.Text()) // two runs may share a server
	if kind == postgresKind {
		return b.postgres.create(ctx, name)
	}
	return "sqlite:" + filepath.Join(b.dir, name+".db"), nil
}
