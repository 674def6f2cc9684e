package approvaldb_test

import (
	"errors"
	"sync"
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// TestPush_TwoNodes: two nodes, each with a pool of its own to one PostgreSQL, are
// woken for the same pushes at the same moment; each is sent once, by one of them.
func TestPush_TwoNodes(t *testing.T) {
	t.Parallel()
	url := approvalstest.MigratedPostgres(t)
	var dbs []*approvaldb.DB
	for range 2 {
		db, err := approvaldb.Open(t.Context(), url, approvaldb.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		dbs = append(dbs, db)
	}
	w := approvalstest.Service(t, dbs[0], approvalstest.NewClock())
	parts := approvaldb.New(dbs[1], approvaldb.Config{Sealer: w.Keys, NewID: approvalstest.NewID, Links: w.Keys.Links()})
	second := *w.Service
	second.Store, second.Reader = parts.Store, parts.Reader
	for range 30 {
		a, upstream := w.ApprovedPush(t, false), &approvalstest.Pusher{}
		nodes := []*approvals.Sender{w.Sender(upstream), w.Sender(upstream)}
		nodes[1].Service, nodes[1].Bodies, nodes[1].Gate = &second, parts.Reader, parts.Governor.Gate
		var done sync.WaitGroup
		start := make(chan struct{})
		for _, node := range nodes {
			done.Go(func() {
				<-start
				if err := node.Push(t.Context(), string(a.ID)); err != nil && !errors.Is(err, approvals.ErrNotDue) {
					t.Errorf("a node: %v", err)
				}
			})
		}
		close(start)
		done.Wait()
		if a = w.Read(t, a); len(upstream.Orders()) != 1 || a.State != approvals.Executed || a.Claims != 1 {
			t.Fatalf("sent %d times, it is %s after %d claims", len(upstream.Orders()), a.State, a.Claims)
		}
	}
}
