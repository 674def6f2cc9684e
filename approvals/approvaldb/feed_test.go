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

// TestFeed_RestoredElsewhere: rows of other clusters come first, the older
// cluster before the younger, and a reader that stood among them misses nothing
// that this one wrote since: whether its counter is behind theirs or past it.
func TestFeed_RestoredElsewhere(t *testing.T) {
	t.Parallel()
	for name, former := range map[string][2]int64{"ahead": {900_000_000_000, 900_000_000_001}, "passed": {7, 8}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := approvalstest.OpenPostgres(t)
			w := approvalstest.Service(t, db, approvalstest.NewClock())
			var ids []string
			for i, where := range [][2]any{{9, former[0] + 50}, {9, former[1] + 50}, {5, former[0]}, {5, former[1]}, {nil, 5}, {nil, 6}, {nil, nil}} {
				id := approvalstest.NewID()
				_, err := db.SQL().ExecContext(t.Context(), `INSERT INTO announcements (id, marketplace, type, seller, action_state, digest, sequence, occurred_at, cluster, tx)
					VALUES ($1, 'acme', 'seller.locked', 's', '', '', $2, now(),
					coalesce($3::bigint, (pg_control_system()).system_identifier), coalesce($4::bigint, pg_current_xact_id()::text::bigint))`, id, i, where[0], where[1])
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, id)
			}
			page := func(after string, limit int) []approvals.ThinEvent {
				t.Helper()
				page, err := w.Parts.Deliveries.Events(t.Context(), approvals.FeedQuery{Marketplace: "acme", After: after, Limit: limit})
				if err != nil {
					t.Fatal(err)
				}
				return page
			}
			for end := time.Now().Add(20 * time.Second); len(page("", 100)) < len(ids) && time.Now().Before(end); {
			}
			for from := range ids {
				for _, limit := range []int{1, 2, 100} {
					readsAll(t, ids, from, func(after string) []approvals.ThinEvent { return page(after, limit) })
				}
			}
		})
	}
}

// readsAll reads what comes after the first so many ids, which are the rest.
func readsAll(t *testing.T, ids []string, from int, page func(after string) []approvals.ThinEvent) {
	t.Helper()
	after := ""
	if from > 0 {
		after = ids[from-1]
	}
	for i := from; i < len(ids); {
		events := page(after)
		if len(events) == 0 {
			t.Fatalf("from %d: nothing at %d of %d", from, i, len(ids))
		}
		for _, e := range events {
			if e.ID != ids[i] {
				t.Fatalf("from %d: %s, want %s", from, e.ID, ids[i])
			}
			after = e.ID
			i++
		}
	}
}
