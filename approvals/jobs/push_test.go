package jobs_test

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/jobs"
)

// market is an upstream over real HTTP that puts a key in place once.
type market struct {
	*httptest.Server
	mu      sync.Mutex
	answers []int // in order, the last again and again
	heard   int
	effects map[string]int
}

func newMarket(t *testing.T, answers ...int) *market {
	t.Helper()
	m := &market{answers: answers, effects: map[string]int{}}
	m.Server = httptest.NewServer(m)
	t.Cleanup(m.Close)
	return m
}

func (m *market) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	m.mu.Lock()
	defer m.mu.Unlock()
	status := m.answers[min(m.heard, len(m.answers)-1)]
	m.heard++
	if string(body) != approvalstest.PushBody || r.Header.Get("Countersign-Release") == "" {
		status = http.StatusBadRequest
	}
	if status < 500 {
		m.effects[r.Header.Get("Idempotency-Key")]++
	}
	w.WriteHeader(status)
}

// Sends implements approvals.Pusher.
func (*market) Sends(r approvals.PushRoute) bool { return r.Route == "bank" }

// Push implements approvals.Pusher.
func (m *market) Push(ctx context.Context, o approvals.PushOrder) (approvals.PushOutcome, error) {
	r, err := http.NewRequestWithContext(ctx, o.Request.Method, m.URL+o.Request.Target, bytes.NewReader(o.Body))
	if err != nil {
		return approvals.PushOutcome{Result: approvals.PushNotSent}, nil
	}
	r.Header.Set("Idempotency-Key", o.ReleaseID)
	r.Header.Set("Countersign-Release", o.Token)
	res, err := m.Client().Do(r)
	if err != nil {
		return approvals.PushOutcome{}, err
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode < 300:
		return approvals.PushOutcome{Result: approvals.PushExecuted, Status: res.StatusCode}, nil
	case res.StatusCode < 500:
		return approvals.PushOutcome{Result: approvals.PushFailed, Status: res.StatusCode}, nil
	}
	return approvals.PushOutcome{Result: approvals.PushUnknown, Status: res.StatusCode}, nil
}

// worker is what River's workers call; only pushes do anything.
type worker struct{ sender *approvals.Sender }

func (worker) SendMail(context.Context, string) error { return approvals.ErrNotDue }
func (worker) Deliver(context.Context, string) error  { return approvals.ErrNotDue }
func (w worker) Push(ctx context.Context, id string) error {
	return w.sender.Push(ctx, id)
}

// lazy is a queue that is made after the store that it serves.
type lazy struct{ *jobs.Queue }

func (l *lazy) EnqueueSQLite(ctx context.Context, tx *sql.Tx, rows []approvals.Outgoing) error {
	return l.Queue.EnqueueSQLite(ctx, tx, rows)
}

func (l *lazy) EnqueuePostgres(ctx context.Context, tx pgx.Tx, rows []approvals.Outgoing) error {
	return l.Queue.EnqueuePostgres(ctx, tx, rows)
}

// TestPush_LeavesByItself: the job made with the approval sends it, once, and
// nobody sweeps.
func TestPush_LeavesByItself(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		upstream, queue, work := newMarket(t, http.StatusNoContent), &lazy{}, &worker{}
		w := approvalstest.Service(t, db, approvalstest.NewClock(), func(c *approvaldb.Config) { c.Enqueuer = queue })
		work.sender = w.Sender(upstream)
		var err error
		if db.Postgres() {
			queue.Queue, err = jobs.OnPostgres(db.Pool(), work, slog.New(slog.DiscardHandler))
		} else {
			queue.Queue, err = jobs.OnSQLite(db.SQL(), work, slog.New(slog.DiscardHandler))
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := queue.Send(approvals.PushRoute{Marketplace: w.Marketplace.ID, Route: approvalstest.PushRoute}); err != nil {
			t.Fatal(err)
		}
		if err := queue.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := queue.Stop(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		}()
		a := w.ApprovedPush(t, false)
		until := time.After(20 * time.Second) // of real work
		for w.Read(t, a).State != approvals.Executed {
			select {
			case <-until:
				t.Fatalf("it is %s, and the upstream heard of it %d times", w.Read(t, a).State, upstream.heard)
			case <-time.After(20 * time.Millisecond):
			}
		}
		if upstream.heard != 1 || upstream.effects[a.ReleaseID()] != 1 {
			t.Errorf("heard %d times, effects %v", upstream.heard, upstream.effects)
		}
	})
}

// testClock is the world's clock as an Advancer moves it.
type testClock struct {
	*approvalstest.Clock
	machine time.Time
}

func (c testClock) Machine() time.Time     { return c.machine }
func (c testClock) Raise(by time.Duration) { c.Set(c.machine.Add(by)) }
func (testClock) Send(context.Context, approvals.OutMail) (approvals.Verdict, string, error) {
	return approvals.VerdictAccepted, "250 ok", nil
}

// TestAdvance_Pushes: a test clock makes three days of attempts happen, each when
// it is due, with the job engine's tables empty.
func TestAdvance_Pushes(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := approvalstest.Service(t, db, approvalstest.NewClock())
		a := w.ApprovedPush(t, true)
		w.Jobs.Clear(t)
		upstream := newMarket(t, 503, 503, 503, 503, 204)
		clock := testClock{w.Clock, w.Clock.Now()}
		advancer := &jobs.Advancer{
			Sweeper: &jobs.Sweeper{Service: w.Service, Waker: w.Parts.Waker, Log: slog.New(slog.DiscardHandler)},
			Mailer:  clock, Courier: noCourier{}, Governor: w.Parts.Governor, Clock: clock, Push: w.Sender(upstream).Push,
		}
		for _, step := range []struct {
			by   time.Duration
			want int
		}{{0, 1}, {9 * time.Second, 1}, {time.Second, 2}, {time.Minute, 3}, {time.Hour, 5}} {
			if _, err := advancer.Advance(t.Context(), step.by); err != nil {
				t.Fatal(err)
			}
			if upstream.heard != step.want {
				t.Errorf("%v later the upstream has heard of it %d times, want %d", step.by, upstream.heard, step.want)
			}
		}
		if a = w.Read(t, a); a.State != approvals.Executed || len(upstream.effects) != 1 {
			t.Errorf("it is %s, effects %v", a.State, upstream.effects)
		}
	})
}

type noCourier struct{}

func (noCourier) Enter(approvals.Endpoint) (func(), time.Duration) { return func() {}, 0 }
func (noCourier) Post(context.Context, approvals.Delivery, time.Time) (approvals.Posted, error) {
	return approvals.Posted{Status: 204}, nil
}
