package approvaldb_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// Limits is a value by key that is compared and swapped, on both databases, by
// statements that read no whole table.
func TestLimits(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) *approvaldb.DB{"sqlite": approvalstest.OpenSQLite, "postgres": approvalstest.OpenPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, clock := open(t), approvalstest.NewClock()
			run := &statements{found: map[string][]any{}}
			run.watch(t, db)
			limitsKeepOneValue(t, approvaldb.NewLimits(db, clock.Now), clock)
			fillLimits(t, db, clock.Now())
			for text, vars := range run.found {
				scan := sqliteScan
				if db.Postgres() {
					scan = postgresScan
				}
				if plan := explain(t, db, text, vars); scan.MatchString(plan) {
					t.Errorf("reads all:\n%s\n%s", text, plan)
				}
			}
			if len(run.found) < 4 {
				t.Errorf("only %d statements", len(run.found))
			}
		})
	}
}

func limitsKeepOneValue(t *testing.T, s *approvaldb.Limits, clock *approvalstest.Clock) {
	t.Helper()
	ctx := t.Context()
	is := func(key string, want int64) {
		t.Helper()
		got, now, err := s.GetWithTime(ctx, key)
		if err != nil || got != want || !now.Equal(clock.Now()) {
			t.Errorf("%s: %d at %v, %v, want %d", key, got, now, err, want)
		}
	}
	did := func(want bool) func(bool, error) {
		return func(got bool, err error) {
			t.Helper()
			if err != nil || got != want {
				t.Errorf("%v, %v, want %v", got, err, want)
			}
		}
	}
	is("a", -1)
	did(true)(s.SetIfNotExistsWithTTL(ctx, "a", 5, time.Minute))
	did(false)(s.SetIfNotExistsWithTTL(ctx, "a", 6, time.Minute))
	is("a", 5)
	is("b", -1)
	did(false)(s.CompareAndSwapWithTTL(ctx, "a", 4, 7, time.Minute))
	did(false)(s.CompareAndSwapWithTTL(ctx, "b", 4, 7, time.Minute))
	did(true)(s.CompareAndSwapWithTTL(ctx, "a", 5, 7, 2*time.Minute))
	is("a", 7)
	clock.Advance(time.Minute + time.Second)
	did(true)(s.SetIfNotExistsWithTTL(ctx, "b", 1, time.Minute))
	is("a", 7) // lives two minutes
	clock.Advance(time.Minute)
	did(true)(s.SetIfNotExistsWithTTL(ctx, "c", 1, time.Minute))
	is("a", -1)
}

// fillLimits makes the table long enough for a plan to matter.
func fillLimits(t *testing.T, db *approvaldb.DB, now time.Time) {
	t.Helper()
	tx, err := db.SQL().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3000 {
		var at any = now.Add(time.Hour)
		if !db.Postgres() {
			at = now.Add(time.Hour).UnixMicro()
		}
		key := fmt.Appendf(nil, "%032d", i)
		if _, err := tx.ExecContext(t.Context(), "INSERT INTO limits (key, arrival, expires_at) VALUES ($1, $2, $3)", key, i, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.SQL().ExecContext(t.Context(), "ANALYZE limits"); err != nil {
		t.Fatal(err)
	}
}

// Of many that swap at once, on two nodes, one does.
func TestLimits_oneWinner(t *testing.T) {
	t.Parallel()
	db, clock := approvalstest.OpenPostgres(t), approvalstest.NewClock()
	nodes := []*approvaldb.Limits{approvaldb.NewLimits(db, clock.Now), approvaldb.NewLimits(db, clock.Now)}
	if ok, err := nodes[0].SetIfNotExistsWithTTL(t.Context(), "k", 1, time.Minute); !ok || err != nil {
		t.Fatal(ok, err)
	}
	var won atomic.Int64
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			if ok, err := nodes[i%2].CompareAndSwapWithTTL(t.Context(), "k", 1, int64(2+i), time.Minute); err != nil {
				t.Error(err)
			} else if ok {
				won.Add(1)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d won", won.Load())
	}
}
