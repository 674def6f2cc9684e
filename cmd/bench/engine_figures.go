package main

import (
	"context"
	"errors"
	"time"
)

// callersSQLite and callersPostgres are how many callers the engine alone has.
const (
	callersSQLite   = 32
	callersPostgres = 128
)

// engineSQLite is P5.
func engineSQLite(ctx context.Context, b *bench) (err error) {
	if b.on == onPostgres {
		b.say("P5   is left out: it is SQLite's\n")
		return nil
	}
	full, err := b.newHandmade(ctx, "FULL")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, full.close()) }()
	normal, err := b.newHandmade(ctx, "NORMAL")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, normal.close()) }()
	return b.engineAgainst(ctx, sqliteKind, comparison{
		figure: "P5", what: "lifecycles on SQLite FULL, engine alone, 32 callers (7 moves, 7 commits each)",
		peer: full.contender(callersSQLite), others: []contender{normal.contender(callersSQLite)},
		target: target{ratio: 4, note: " and at least NORMAL"},
	}, callersSQLite)
}

// enginePostgres is P4.
func enginePostgres(ctx context.Context, b *bench) error {
	if b.postgres == nil {
		b.say("P4   is left out: no PostgreSQL\n")
		return nil
	}
	p, err := b.newPgbench(ctx)
	if err != nil {
		b.say("P4   is left out: %v\n", err)
		return nil
	}
	return b.engineAgainst(ctx, postgresKind, comparison{
		figure: "P4", what: "durable lifecycles on PostgreSQL, engine alone, 128 callers (7 moves, 7 commits each)",
		peer: p.contender(p.best), others: p.slower(), target: target{ratio: 3.5},
	}, callersPostgres)
}

func (b *bench) engineAgainst(ctx context.Context, kind string, c comparison, callers int) (err error) {
	url, err := b.newDatabase(ctx, kind)
	if err != nil {
		return err
	}
	e, err := openEngine(ctx, url, b.keys)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	used := &meter{databaseCPU: func() time.Duration { return b.databaseCPU(kind) }}
	c.unit, c.ours = "lifecycles/s", used.metered(e.contender("engine", callers))
	if _, err := b.compare(ctx, c); err != nil {
		return err
	}
	b.line("CPU per lifecycle", "%s", used)
	return nil
}
