package jobs

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"countersign/approvals"
)

// Limits of the workers (RELIABILITY §14).
const (
	mailWorkers = 32
	// Of 64 deliveries at once some places are kept for those that are tried
	// again, and they have no others: what a dead endpoint leaves behind does not
	// stand in front of what is new (RELIABILITY F-37).
	deliveryWorkers   = 40
	redeliveryWorkers = 24
	redeliveryPause   = 100 * time.Millisecond
	mailTimeout       = 32 * time.Second // inside the row's lease
	deliveryTimeout   = 20 * time.Second
	rescueAfter       = 2 * time.Minute
	keepDone          = time.Minute         // a finished wake-up tells nothing
	pushWorkers       = 32                  // of each route
	pushTimeout       = approvals.PushLease // the sender ends before, also when the job is given up
)

// Work does what a job wakes for. approvals.ErrNotDue means there is nothing
// to do, which is no failure.
type Work interface {
	SendMail(ctx context.Context, id string) error
	Deliver(ctx context.Context, id string) error
	Push(ctx context.Context, id string) error
}

// Queue inserts jobs and runs their workers, on either database.
type Queue struct {
	sqlite   *river.Client[*sql.Tx]
	postgres *river.Client[pgx.Tx]
}

// OnSQLite returns a queue over a migrated SQLite database. db is the one
// connection that writes. River hears of new jobs by a table that it looks at
// every 50 ms, which costs less than looking for jobs that often.
func OnSQLite(db *sql.DB, w Work, log *slog.Logger) (*Queue, error) {
	client, err := river.NewClient(riversqlite.New(db), config(w, log))
	if err != nil {
		return nil, fmt.Errorf("start queue: %w", err)
	}
	return &Queue{sqlite: client}, nil
}

// OnPostgres returns a queue over a migrated PostgreSQL database.
func OnPostgres(pool *pgxpool.Pool, w Work, log *slog.Logger) (*Queue, error) {
	client, err := river.NewClient(riverpgxv5.New(pool), config(w, log))
	if err != nil {
		return nil, fmt.Errorf("start queue: %w", err)
	}
	return &Queue{postgres: client}, nil
}

func config(w Work, log *slog.Logger) *river.Config {
	workers := river.NewWorkers()
	river.AddWorker(workers, &mailWorker{work: w})
	river.AddWorker(workers, &deliveryWorker{work: w})
	river.AddWorker(workers, &pushWorker{work: w})
	return &river.Config{
		Logger:  log,
		Workers: workers,
		Queues: map[string]river.QueueConfig{
			mailQueue:     {MaxWorkers: mailWorkers},
			deliveryQueue: {MaxWorkers: deliveryWorkers}, redeliveryQueue: {MaxWorkers: redeliveryWorkers, FetchCooldown: redeliveryPause},
		},
		FetchCooldown:               20 * time.Millisecond,
		RescueStuckJobsAfter:        rescueAfter,
		CompletedJobRetentionPeriod: keepDone,
		CancelledJobRetentionPeriod: keepDone,
		DiscardedJobRetentionPeriod: 24 * time.Hour,
	}
}

// Send lets this node work on the pushes of these routes. Each route has a queue
// of its own, so that no job is taken by a node that does not send it, and an
// upstream that is slow holds up no other route. Call it before Start.
func (q *Queue) Send(routes ...approvals.PushRoute) error {
	add := q.queues()
	for _, r := range routes {
		if err := add(pushQueue(r), river.QueueConfig{MaxWorkers: pushWorkers}); err != nil {
			return fmt.Errorf("queue of route %s: %w", r.Route, err)
		}
	}
	return nil
}

func (q *Queue) queues() func(string, river.QueueConfig) error {
	if q.sqlite != nil {
		return q.sqlite.Queues().Add
	}
	return q.postgres.Queues().Add
}

// pushQueue names a route's queue: River allows a queue's name no more than some
// letters, and a route's may have any.
func pushQueue(r approvals.PushRoute) string {
	sum := sha256.Sum256([]byte(string(r.Marketplace) + "\x00" + r.Route))
	return "push-" + hex.EncodeToString(sum[:16])
}

// Start runs the workers until Stop.
func (q *Queue) Start(ctx context.Context) error {
	if q.sqlite != nil {
		return q.sqlite.Start(ctx)
	}
	return q.postgres.Start(ctx)
}

// Stop lets running jobs finish, or gives them up when ctx ends.
func (q *Queue) Stop(ctx context.Context) error {
	if q.sqlite != nil {
		return q.sqlite.Stop(ctx)
	}
	return q.postgres.Stop(ctx)
}

type (
	mailArgs struct {
		ID string `json:"id"`
	}
	deliveryArgs struct {
		ID string `json:"id"`
	}
	pushArgs struct {
		ID string `json:"id"` // the action's
	}
)

const (
	mailQueue     = "mail"
	deliveryQueue = "delivery"
	// redeliveryQueue has the deliveries that the sweeper found.
	redeliveryQueue = "redelivery"
)

func (mailArgs) Kind() string     { return "mail" }
func (deliveryArgs) Kind() string { return "delivery" }
func (pushArgs) Kind() string     { return "push" }

// One attempt: a job that fails is not tried again, the row's own next time
// is, and the sweeper finds it.
func (mailArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: mailQueue, MaxAttempts: 1}
}

func (deliveryArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: deliveryQueue, MaxAttempts: 1}
}

func (pushArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 1} // the queue is the route's
}

type mailWorker struct {
	river.WorkerDefaults[mailArgs]
	work Work
}

func (*mailWorker) Timeout(*river.Job[mailArgs]) time.Duration { return mailTimeout }

func (w *mailWorker) Work(ctx context.Context, job *river.Job[mailArgs]) error {
	return done(w.work.SendMail(ctx, job.Args.ID))
}

type deliveryWorker struct {
	river.WorkerDefaults[deliveryArgs]
	work Work
}

func (*deliveryWorker) Timeout(*river.Job[deliveryArgs]) time.Duration { return deliveryTimeout }

func (w *deliveryWorker) Work(ctx context.Context, job *river.Job[deliveryArgs]) error {
	return done(w.work.Deliver(ctx, job.Args.ID))
}

type pushWorker struct {
	river.WorkerDefaults[pushArgs]
	work Work
}

func (*pushWorker) Timeout(*river.Job[pushArgs]) time.Duration { return pushTimeout }

func (w *pushWorker) Work(ctx context.Context, job *river.Job[pushArgs]) error {
	return done(w.work.Push(ctx, job.Args.ID))
}

func done(err error) error {
	if nothingToDo(err) {
		return nil
	}
	return err
}

// nothingToDo reports whether a worker was woken in vain: the row is done or in
// other hands, or nothing is released on any node for now.
func nothingToDo(err error) bool {
	return errors.Is(err, approvals.ErrNotDue) || errors.Is(err, approvals.Refuse(approvals.CodeHalted))
}
