package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// The figures that need no process of the gateway, in the smallest size: they
// run and say what they should. No time is asserted.
func TestRun(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), strings.Fields("-only P5,P9,P12,P13 -turn 50ms -rounds 1 -actions 40"), &out); err != nil {
		t.Fatal(err, out.String())
	}
	for _, want := range []string{
		"P12  processor time", "P5   lifecycles on SQLite", "P9   lifecycles on SQLite", "P9   lifecycles on PostgreSQL",
		"P13  cost of a decision on SQLite", "P13  cost of a decision on PostgreSQL",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
	if got := strings.Count(out.String(), "peer against itself"); got != 6 {
		t.Errorf("%d figures were compared, want 6:\n%s", got, out.String())
	}
}

// A crowd is as many actions as asked for, each with all that belongs to it.
func TestCrowd(t *testing.T) {
	t.Parallel()
	b := openForTest(t, options{})
	for _, kind := range []string{sqliteKind, postgresKind} {
		e, err := b.filled(t.Context(), kind, 25)
		if err != nil {
			t.Fatal(err)
		}
		for table, want := range map[string]int{"actions": 25, "sellers": 25, "contacts": 25, "notices": 25, "events WHERE verb = 'create'": 25, "sightings": 25, "destinations": 23, "destination_sellers": 25} {
			var got int
			if err := e.db.SQL().QueryRowContext(t.Context(), fmt.Sprintf("SELECT count(*) FROM %s", table)).Scan(&got); err != nil || got != want {
				t.Errorf("%s: %d %s, %v; want %d", kind, got, table, err, want)
			}
		}
		if err := e.lifecycle(t.Context(), "S-1"); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// The whole way on a real node: what the end-to-end figures repeat.
func TestSellers(t *testing.T) {
	t.Parallel()
	b := openForTest(t, options{on: onSQLite})
	url, err := b.newDatabase(t.Context(), sqliteKind)
	if err != nil {
		t.Fatal(err)
	}
	g, err := b.newGateway(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSellers(t.Context(), g, 2)
	if err != nil {
		t.Error(err)
	} else if s.done.Load() != 2 || g.mail.taken.Load() < 4 {
		t.Errorf("%d lifecycles, %d mails", s.done.Load(), g.mail.taken.Load())
	}
	if err := g.stop(); err != nil {
		t.Error(err)
	}
}

func openForTest(t *testing.T, o options) *bench {
	t.Helper()
	b, err := openBench(o, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.close(); err != nil {
			t.Error(err)
		}
	})
	if b.postgres == nil && o.on != onSQLite {
		t.Fatal("no PostgreSQL")
	}
	return b
}
