package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the gateway, used by hand
)

// polled is the peer of the timers: a queue of jobs in a table, looked at every
// second, as queues of jobs are.
type polled struct {
	db   *sql.DB
	take string
}

const (
	pollEvery  = time.Second
	pollSpread = 2 * time.Second // the time over which jobs fall due
)

// newPolled fills a queue with as many jobs that are not due as actions wait.
func (b *bench) newPolled(ctx context.Context, kind string) (_ *polled, err error) {
	p := &polled{take: "UPDATE queued SET done = 1 WHERE id IN (SELECT id FROM queued WHERE done = 0 AND run_at <= $1 ORDER BY run_at LIMIT 100%s) RETURNING run_at"}
	fill := "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < $1) INSERT INTO queued (done, run_at) SELECT 0, $2 + n FROM g"
	id, skip, driver := "INTEGER", "", "sqlite"
	b.made++
	source := "file:" + filepath.Join(b.dir, fmt.Sprintf("queue-%d.db", b.made)) + "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	if kind == postgresKind {
		if source, err = b.emptyDatabase(ctx, kind); err != nil {
			return nil, err
		}
		fill = "INSERT INTO queued (done, run_at) SELECT 0, $2::bigint + n FROM generate_series(1, $1::bigint) n"
		id, skip, driver = "bigint GENERATED ALWAYS AS IDENTITY", " FOR UPDATE SKIP LOCKED", "pgx"
	}
	p.take = fmt.Sprintf(p.take, skip)
	if p.db, err = sql.Open(driver, source); err != nil {
		return nil, err
	}
	p.db.SetMaxOpenConns(1)
	for _, s := range []struct {
		statement string
		args      []any
	}{
		{"CREATE TABLE queued (id " + id + " PRIMARY KEY, done bigint NOT NULL, run_at bigint NOT NULL)", nil},
		{"CREATE INDEX queued_next ON queued (done, run_at)", nil},
		{fill, []any{b.many, time.Now().Add(24 * time.Hour).UnixMicro()}},
		{"ANALYZE", nil},
	} {
		if _, err := p.db.ExecContext(ctx, s.statement, s.args...); err != nil {
			return nil, errors.Join(fmt.Errorf("%w: %s", err, s.statement), p.db.Close())
		}
	}
	return p, nil
}

// lateness schedules n jobs and returns how many milliseconds late the
// ninety-ninth of a hundred was taken.
func (p *polled) lateness(ctx context.Context, n int) (float64, error) {
	start := time.Now().Add(pollEvery)
	for i := range n {
		at := start.Add(pollSpread * time.Duration(i) / time.Duration(n))
		if _, err := p.db.ExecContext(ctx, "INSERT INTO queued (done, run_at) VALUES (0, $1)", at.UnixMicro()); err != nil {
			return 0, err
		}
	}
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	var late []time.Duration
	for len(late) < n {
		if err := pause(ctx, tick.C); err != nil {
			return 0, err
		}
		for {
			taken, err := p.poll(ctx)
			if err != nil {
				return 0, err
			}
			late = append(late, taken...)
			if len(taken) == 0 {
				break
			}
		}
	}
	return float64(quantile(late, 0.99).Microseconds()) / 1000, nil
}

// poll takes at most a hundred jobs that are due.
func (p *polled) poll(ctx context.Context) ([]time.Duration, error) {
	now := time.Now()
	rows, err := p.db.QueryContext(ctx, p.take, now.UnixMicro())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var late []time.Duration
	for rows.Next() {
		var at int64
		if err := rows.Scan(&at); err != nil {
			return nil, err
		}
		late = append(late, now.Sub(time.UnixMicro(at)))
	}
	return late, rows.Err()
}

func (p *polled) close() error { return p.db.Close() }
