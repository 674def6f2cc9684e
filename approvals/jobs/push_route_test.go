package jobs_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/jobs"
)

// counted is a worker that says how often it was woken for a push.
type counted struct {
	worker
	woken chan string
}

func (c *counted) Push(ctx context.Context, id string) error {
	c.woken <- id
	return c.worker.Push(ctx, id)
}

// TestL2_PushOfTheRightNode: a node without the route, and one of another
// marketplace with a route of the same name, take no job of it; the node that
// sends takes it up, also when it starts later.
func TestL2_PushOfTheRightNode(t *testing.T) {
	t.Parallel()
	db, err := approvaldb.Open(t.Context(), approvalstest.MigratedPostgres(t), approvaldb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	start := func(w jobs.Work, sends ...approvals.PushRoute) *jobs.Queue {
		t.Helper()
		q, err := jobs.OnPostgres(db.Pool(), w, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Send(sends...); err != nil {
			t.Fatal(err)
		}
		if err := q.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := q.Stop(context.Background()); err != nil {
				t.Error(err)
			}
		})
		return q
	}
	enqueuer := &lazy{}
	w := approvalstest.Service(t, db, approvalstest.NewClock(), func(c *approvaldb.Config) { c.Enqueuer = enqueuer })
	upstream, wrong := newMarket(t, http.StatusNoContent), &approvalstest.Pusher{Only: approvals.PushRoute{Marketplace: "another", Route: "bank"}}
	woken := make(chan string, 100)
	elsewhere := &counted{worker{w.Sender(wrong)}, woken}
	enqueuer.Queue = start(elsewhere)
	start(elsewhere, wrong.Only)
	var pushes []approvals.Action
	for range 4 {
		pushes = append(pushes, w.ApprovedPush(t, false))
	}
	start(&counted{worker{w.Sender(upstream)}, woken}, approvals.PushRoute{Marketplace: w.Marketplace.ID, Route: approvalstest.PushRoute})
	until := time.After(20 * time.Second) // of real work
	for _, a := range pushes {
		for w.Read(t, a).State != approvals.Executed {
			select {
			case <-until:
				t.Fatalf("it is %s, the upstream heard %d times", w.Read(t, a).State, upstream.heard)
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	if len(woken) != len(pushes) || len(wrong.Orders()) != 0 {
		t.Errorf("%d jobs were taken for %d pushes, and %d sent by the wrong node", len(woken), len(pushes), len(wrong.Orders()))
	}
}
