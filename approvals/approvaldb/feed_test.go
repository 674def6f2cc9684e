package approvaldb_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
)

// TestFeed_LateCommit: an event whose transaction commits late, under an older
// number and an older id than what was committed before it, is not passed over
// (CI-07). Only PostgreSQL has two writers at once.
func TestFeed_LateCommit(t *testing.T) {
	t.Parallel()
	db := approvalstest.OpenPostgres(t)
	w := approvalstest.Service(t, db, approvalstest.NewClock())
	tell := func(c interface {
		ExecContext(context.Context, string, ...any) (sql.Result, error)
	}) string {
		id := approvalstest.NewID()
		_, err := c.ExecContext(t.Context(), `INSERT INTO announcements (id, marketplace, type, seller, action_state, digest, sequence, occurred_at)
			VALUES ($1, 'acme', 'seller.locked', 's', '', '', 0, now())`, id)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	after := ""
	read := func() (ids []string) {
		t.Helper()
		page, err := w.Parts.Deliveries.Events(t.Context(), approvals.FeedQuery{Marketplace: "acme", After: after, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page {
			ids = append(ids, e.ID)
			after = e.ID
		}
		return ids
	}
	// Transactions of other tests, on other databases of the server, hold the
	// list back as well.
	soon := func(n int) (ids []string) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); len(ids) < n && time.Now().Before(end); {
			ids = append(ids, read()...)
		}
		return ids
	}
	first := tell(db.SQL())
	late, err := db.SQL().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	older := tell(late)
	newer := tell(db.SQL())
	if got := soon(1); len(got) != 1 || got[0] != first {
		t.Fatalf("before the late commit: %v, want %s alone", got, first)
	}
	if err := late.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := soon(2); len(got) != 2 || got[0] != older || got[1] != newer {
		t.Errorf("after it: %v, want %s and %s", got, older, newer)
	}
	if got := read(); len(got) != 0 {
		t.Errorf("again: %v", got)
	}
}

// TestFeed_RestoredElsewhere: rows of another cluster, whose counter was ahead,
// come first, and a reader that stood among them misses nothing that this one
// wrote since.
func TestFeed_RestoredElsewhere(t *testing.T) {
	t.Parallel()
	db := approvalstest.OpenPostgres(t)
	w := approvalstest.Service(t, db, approvalstest.NewClock())
	var ids []string
	for i, tx := range []string{"900000000000", "900000000001", "DEFAULT", "DEFAULT"} {
		id := approvalstest.NewID()
		_, err := db.SQL().ExecContext(t.Context(), `INSERT INTO announcements (id, marketplace, type, seller, action_state, digest, sequence, occurred_at, tx)
			VALUES ($1, 'acme', 'seller.locked', 's', '', '', $2, now(), `+tx+`)`, id, i)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		page, err := w.Parts.Deliveries.Events(t.Context(), approvals.FeedQuery{Marketplace: "acme", Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == len(ids) {
			break
		}
	}
	for from, limit := range map[int]int{0: 100, 1: 1, 2: 100, 3: 2} {
		after := ""
		if from > 0 {
			after = ids[from-1]
		}
		for i := from; i < len(ids); {
			page, err := w.Parts.Deliveries.Events(t.Context(), approvals.FeedQuery{Marketplace: "acme", After: after, Limit: limit})
			if err != nil || len(page) == 0 {
				t.Fatalf("from %d: %v, %v", i, page, err)
			}
			for _, e := range page {
				if e.ID != ids[i] {
					t.Fatalf("from %d: %s, want %s", i, e.ID, ids[i])
				}
				after = e.ID
				i++
			}
		}
	}
}
