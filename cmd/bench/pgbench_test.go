package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Both ways of asking PostgreSQL for a lifecycle make all its moves.
func TestPgbenchScripts(t *testing.T) {
	t.Parallel()
	b := openForTest(t, options{})
	for name, script := range map[string]string{"four": fourTrips(), "one": oneTrip()} {
		url, err := b.emptyDatabase(t.Context(), postgresKind)
		if err != nil {
			t.Fatal(err)
		}
		p := &pgbench{}
		if p.program, err = findPgbench(); err != nil {
			t.Fatal(err)
		}
		if err := p.prepare(t.Context(), url); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(b.dir, name+".sql")
		if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		if rate, err := p.execute(t.Context(), file, 1, time.Second); err != nil || rate <= 0 {
			t.Fatalf("%s: rate %v, %v", name, rate, err)
		}
		c, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		var broken int
		err = c.QueryRow(t.Context(), "SELECT count(*) FROM moved m WHERE m.version <> (SELECT count(*) FROM happened h WHERE h.action = m.id)").Scan(&broken)
		if err != nil || broken != 0 {
			t.Errorf("%s: %d actions have other events than versions, %v", name, broken, err)
		}
		var whole int
		err = c.QueryRow(t.Context(), "SELECT count(*) FROM moved WHERE version = $1 AND state = 'result'", len(verbs)).Scan(&whole)
		if err != nil || whole == 0 {
			t.Errorf("%s: %d whole lifecycles, %v", name, whole, err)
		}
		if err := c.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
