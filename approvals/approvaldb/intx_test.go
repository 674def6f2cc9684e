package approvaldb_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// counter is a table with one row, to see what was saved.
func counter(t *testing.T, db *approvaldb.DB) (add func(tx *approvaldb.Tx) error, value func() int) {
	t.Helper()
	for _, s := range []string{"CREATE TABLE counter (id integer PRIMARY KEY, n integer NOT NULL)", "INSERT INTO counter VALUES (1, 0)"} {
		if _, err := db.SQL().ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	add = func(tx *approvaldb.Tx) error { return tx.Exec("UPDATE counter SET n = n + 1 WHERE id = 1").Error }
	value = func() int {
		var n int
		if err := db.SQL().QueryRowContext(context.Background(), "SELECT n FROM counter").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	return add, value
}

func TestInTx(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		add, value := counter(t, db)
		stop := errors.New("stop")

		if err := db.InTx(t.Context(), add); err != nil || value() != 1 {
			t.Errorf("plain: %v, %d, want 1", err, value())
		}
		if err := db.InTx(t.Context(), func(tx *approvaldb.Tx) error { _ = add(tx); return stop }); err != stop || value() != 1 {
			t.Errorf("error: %v, %d, want the error itself and 1", err, value())
		}
		func() {
			defer func() { _ = recover() }()
			_ = db.InTx(t.Context(), func(tx *approvaldb.Tx) error { _ = add(tx); panic("boom") })
		}()
		if err := db.InTx(t.Context(), add); err != nil || value() != 2 {
			t.Errorf("after a panic: %v, %d, want 2", err, value())
		}
		gone, cancel := context.WithCancel(t.Context())
		if err := db.InTx(gone, func(tx *approvaldb.Tx) error { err := add(tx); cancel(); return err }); !errors.Is(err, context.Canceled) || value() != 2 {
			t.Errorf("caller gone: %v, %d, want context canceled and 2", err, value())
		}
		if err := db.InTx(gone, add); !errors.Is(err, context.Canceled) || value() != 2 {
			t.Errorf("caller gone before: %v, %d, want context canceled and 2", err, value())
		}
		inner := func(tx *approvaldb.Tx) error {
			if err := add(tx); err != nil {
				return err
			}
			if err := tx.Exec("SAVEPOINT here").Error; err != nil {
				return err
			}
			if err := add(tx); err != nil {
				return err
			}
			return tx.Exec("ROLLBACK TO SAVEPOINT here").Error
		}
		if err := db.InTx(t.Context(), inner); err != nil || value() != 3 {
			t.Errorf("savepoint: %v, %d, want 3", err, value())
		}
	})
}

// TestInTxTogether: read, then write, from many goroutines at once. On SQLite
// none fails for being second.
func TestInTxTogether(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		_, value := counter(t, db)
		const callers, times = 16, 20
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				for range times {
					err := db.InTx(t.Context(), func(tx *approvaldb.Tx) error {
						read := "SELECT n FROM counter WHERE id = 1"
						if db.Postgres() {
							read += " FOR UPDATE"
						}
						var n int
						if err := tx.Raw(read).Scan(&n).Error; err != nil {
							return err
						}
						return tx.Exec("UPDATE counter SET n = ? WHERE id = 1", n+1).Error
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if n := value(); n != callers*times {
			t.Errorf("counted %d, want %d", n, callers*times)
		}
	})
}

// TestRunAgain (F-15): what PostgreSQL asks to run again is run again, five
// times at most.
func TestRunAgain(t *testing.T) {
	t.Parallel()
	db := approvalstest.OpenPostgres(t)
	add, value := counter(t, db)
	for _, code := range []string{"40001", "40P01"} {
		for fails, wantErr := range map[int]bool{0: false, 1: false, 5: false, 6: true} {
			before, runs := value(), 0
			err := db.InTx(t.Context(), func(tx *approvaldb.Tx) error {
				if err := add(tx); err != nil {
					return err
				}
				if runs++; runs <= fails {
					return tx.Exec("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '" + code + "'; END $$").Error
				}
				return nil
			})
			want := before + 1
			if wantErr {
				want = before
			}
			if errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) != wantErr || err != nil && !wantErr || value() != want {
				t.Errorf("%s, %d times: %v after %d runs, counted %d, want %d", code, fails, err, runs, value(), want)
			}
		}
	}
}

// TestDeadlock: two transactions that lock two rows crosswise both succeed.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	db := approvalstest.OpenPostgres(t)
	for _, s := range []string{"ALTER DATABASE " + db.Pool().Config().ConnConfig.Database + " SET deadlock_timeout = '20ms'", "CREATE TABLE pair (id integer PRIMARY KEY, n integer)", "INSERT INTO pair VALUES (1, 0), (2, 0)"} {
		if _, err := db.SQL().ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	db.Pool().Reset() // new sessions have the new setting
	var first sync.WaitGroup
	first.Add(2)
	var once [2]sync.Once
	var wg sync.WaitGroup
	for i := range 2 {
		wg.Go(func() {
			err := db.InTx(t.Context(), func(tx *approvaldb.Tx) error {
				if err := tx.Exec("UPDATE pair SET n = n + 1 WHERE id = ?", i+1).Error; err != nil {
					return err
				}
				once[i].Do(func() { first.Done(); first.Wait() })
				return tx.Exec("UPDATE pair SET n = n + 1 WHERE id = ?", 2-i).Error
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var sum int
	if err := db.SQL().QueryRowContext(t.Context(), "SELECT sum(n) FROM pair").Scan(&sum); err != nil || sum != 4 {
		t.Errorf("sum %d, %v, want 4", sum, err)
	}
}

// TestNoConnection (F-14): when all connections are taken, a new transaction is
// refused and does not wait for ever.
func TestNoConnection(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		taken, free := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		callers := 1
		if db.Postgres() {
			callers = int(db.Pool().Config().MaxConns)
		}
		for range callers {
			wg.Go(func() {
				if err := db.InTx(context.Background(), func(*approvaldb.Tx) error { taken <- struct{}{}; <-free; return nil }); err != nil {
					t.Error(err)
				}
			})
		}
		for range callers {
			<-taken
		}
		short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := db.InTx(short, func(*approvaldb.Tx) error { return nil }); !errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) {
			t.Errorf("got %v, want unavailable", err)
		}
		close(free)
		wg.Wait()
		if err := db.InTx(t.Context(), func(*approvaldb.Tx) error { return nil }); err != nil {
			t.Errorf("when connections are free again: %v", err)
		}
	})
}

// TestForwarder: the job engine's statements run inside gorm's transaction, and
// it cannot end it.
func TestForwarder(t *testing.T) {
	t.Parallel()
	db := approvalstest.OpenPostgres(t)
	add, value := counter(t, db)
	ctx := t.Context()
	err := db.InTx(ctx, func(tx *approvaldb.Tx) error {
		if err := add(tx); err != nil {
			return err
		}
		return tx.WithPgx(func(f pgx.Tx) error { return useForwarder(t, ctx, f) })
	})
	if err != nil || value() != 7 {
		t.Errorf("%v, %d, want 7", err, value())
	}
}

func useForwarder(t *testing.T, ctx context.Context, f pgx.Tx) error {
	var n int
	if err := f.QueryRow(ctx, "SELECT n FROM counter").Scan(&n); err != nil || n != 1 {
		t.Errorf("it reads %d, %v, want the transaction's own 1", n, err)
	}
	if _, err := f.Exec(ctx, "UPDATE counter SET n = n + $1", 2); err != nil {
		return err
	}
	batch := &pgx.Batch{}
	batch.Queue("UPDATE counter SET n = n + 1")
	batch.Queue("UPDATE counter SET n = n + 1")
	if err := f.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	if _, err := f.Prepare(ctx, "p", "SELECT id FROM counter"); err != nil {
		return err
	}
	rows, err := f.Query(ctx, "p")
	if err != nil {
		return err
	}
	rows.Close()
	if n, err := f.CopyFrom(ctx, pgx.Identifier{"counter"}, []string{"id", "n"}, pgx.CopyFromRows([][]any{{2, 0}})); err != nil || n != 1 {
		t.Errorf("copied %d, %v, want 1", n, err)
	}
	if _, err := f.Exec(ctx, "DELETE FROM counter WHERE id = 2"); err != nil {
		return err
	}
	if _, err := f.Begin(ctx); err == nil {
		t.Error("it begins a transaction")
	}
	if f.Commit(ctx) == nil || f.Rollback(ctx) == nil {
		t.Error("it ends the transaction")
	}
	_, err = f.Conn().Exec(ctx, "UPDATE counter SET n = n + 2")
	return err
}
