package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"countersign/approvals/jobs"
)

// idlePasses are averaged.
const idlePasses = 100

// idlePass prints what one pass of the sweeper costs when nothing is due.
func (b *bench) idlePass(ctx context.Context, e *engine, name string) error {
	sweeper := &jobs.Sweeper{Service: e.service, Waker: e.parts.Waker, Every: time.Hour, Log: slog.New(slog.DiscardHandler)}
	before, began := ownCPU(), time.Now()
	for range idlePasses {
		if err := sweeper.Pass(ctx); err != nil {
			return err
		}
	}
	b.line(name, "%s, %s of processor time", millis(time.Since(began)/idlePasses), millis((ownCPU()-before)/idlePasses))
	return nil
}

// idleBuffers counts the buffers that a pass touches, of tables and indexes, as
// the server counts them. The statements are the sweeper's own, so the figure
// follows whatever becomes of them.
func (b *bench) idleBuffers(ctx context.Context, e *engine) (err error) {
	// An engine of its own: a connection reports what it touched when it ends.
	own, err := openEngine(ctx, e.url, b.keys)
	if err != nil {
		return err
	}
	before, err := buffers(ctx, e.url)
	if err == nil {
		err = b.idlePass(ctx, own, "idle pass of the sweeper")
	}
	if err = errors.Join(err, own.close()); err != nil {
		return err
	}
	after, err := buffersSettled(ctx, e.url)
	b.line("buffers of an idle pass", "%s, target at most 20", short(float64(after-before)/idlePasses))
	return err
}

// buffersSettled waits until the count stands still.
func buffersSettled(ctx context.Context, url string) (int64, error) {
	last := int64(-1)
	for range 20 {
		now, err := buffers(ctx, url)
		if err != nil || now == last {
			return now, err
		}
		last = now
		if err := sleep(ctx, 300*time.Millisecond); err != nil {
			return 0, err
		}
	}
	return last, nil
}

// buffers is how many buffers of the sweeper's tables were ever touched.
func buffers(ctx context.Context, url string) (n int64, err error) {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.Close(ctx)) }()
	err = c.QueryRow(ctx, `SELECT sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read, 0) + coalesce(idx_blks_hit, 0)
		+ coalesce(toast_blks_read, 0) + coalesce(toast_blks_hit, 0))
		FROM pg_statio_user_tables WHERE relname IN ('actions', 'mails', 'deliveries')`).Scan(&n)
	return n, err
}
