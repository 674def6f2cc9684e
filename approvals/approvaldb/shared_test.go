package approvaldb_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// TestShared_AnsweredAfterCommit: those who share a commit have no answer, and
// nobody sees what they did, before all of it is durable.
func TestShared_AnsweredAfterCommit(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	inside, goOn := make(chan struct{}), make(chan struct{})
	refusal := errors.New("refused")
	p.comes(t.Context(), "a", only)
	p.comes(t.Context(), "b", func(*approvaldb.Tx) error { return refusal })
	p.comes(t.Context(), "c", func(*approvaldb.Tx) error { close(inside); <-goOn; return nil })
	close(p.free)
	<-inside
	p.mu.Lock()
	if len(p.errs) > 1 {
		t.Errorf("answered before the commit: %v", p.errs)
	}
	p.mu.Unlock()
	if who := p.came(); len(who) != 0 {
		t.Errorf("%v can be seen before the commit", who)
	}
	close(goOn)
	p.all.Wait()
	if who := fmt.Sprint(p.came()); who != "[a c]" || p.errs["a"] != nil || p.errs["b"] != refusal || p.errs["c"] != nil {
		t.Errorf("%s, %v", who, p.errs)
	}
}

// TestShared_OneFails: a function that fails, panics, breaks a rule of the
// schema or loses its caller leaves nothing behind; its neighbours run once, in
// their order, and succeed.
func TestShared_OneFails(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	stop := errors.New("stop")
	gone, leave := context.WithCancel(t.Context())
	hurried, hurry := context.WithCancel(t.Context())
	p.comes(t.Context(), "fails first", func(*approvaldb.Tx) error { return stop })
	p.comes(t.Context(), "1", only)
	p.comes(t.Context(), "fails", func(*approvaldb.Tx) error { return stop })
	p.comes(t.Context(), "2", only)
	p.comes(t.Context(), "twice", func(tx *approvaldb.Tx) error { return tx.Exec("INSERT INTO came (who) VALUES ('1')").Error })
	p.comes(t.Context(), "3", only)
	p.comes(t.Context(), "panics", func(*approvaldb.Tx) error { panic("boom") })
	p.comes(t.Context(), "4", only)
	p.comes(gone, "gone", func(tx *approvaldb.Tx) error { leave(); return tx.Exec("INSERT INTO came (who) VALUES ('x')").Error })
	p.comes(t.Context(), "5", only)
	p.comes(hurried, "interrupted", func(tx *approvaldb.Tx) error {
		time.AfterFunc(time.Millisecond, hurry)
		err := tx.Exec("INSERT INTO parents WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT i FROM n").Error
		<-hurried.Done() // at the latest now
		return err
	})
	p.comes(t.Context(), "undoes", func(tx *approvaldb.Tx) error {
		must := tx.Exec("SAVEPOINT own").Error
		return errors.Join(must, tx.Exec("INSERT INTO came (who) VALUES ('y')").Error, tx.Exec("ROLLBACK TO own").Error)
	})
	p.comes(t.Context(), "fails last", func(*approvaldb.Tx) error { return stop })
	p.leaves()

	if who := fmt.Sprint(p.came()); who != "[1 2 3 4 5 undoes]" {
		t.Errorf("came %s", who)
	}
	for who, n := range p.runs {
		if n != 1 {
			t.Errorf("%s ran %d times", who, n)
		}
	}
	for who, right := range map[string]func(error) bool{
		"fails first": func(err error) bool { return err == stop },
		"fails":       func(err error) bool { return err == stop },
		"fails last":  func(err error) bool { return err == stop },
		"twice":       func(err error) bool { return approvaldb.Duplicate(err, "", "came.who") },
		"panics":      func(err error) bool { return err != nil && err.Error() == "panic: boom" },
		"gone":        func(err error) bool { return errors.Is(err, context.Canceled) },
		"interrupted": func(err error) bool { return errors.Is(err, context.Canceled) },
	} {
		if !right(p.errs[who]) {
			t.Errorf("%s: %v", who, p.errs[who])
		}
	}
	for _, who := range []string{"first", "1", "2", "3", "4", "5", "undoes"} {
		if p.errs[who] != nil {
			t.Errorf("%s: %v", who, p.errs[who])
		}
	}
}

// TestShared_CommitFails: what only the commit finds wrong, and a transaction
// that is gone, fail the one who did it. The others run again, alone.
func TestShared_CommitFails(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]func(tx *approvaldb.Tx) error{
		"deferred key": func(tx *approvaldb.Tx) error { return tx.Exec("INSERT INTO children (parent) VALUES (7)").Error },
		"rolled back":  func(tx *approvaldb.Tx) error { return tx.Exec("ROLLBACK").Error },
		"rolled back, and failed": func(tx *approvaldb.Tx) error {
			return errors.Join(tx.Exec("ROLLBACK").Error, errors.New("stop"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newParty(t)
			p.comes(t.Context(), "before", only)
			p.comes(t.Context(), "wrong", wrong)
			p.comes(t.Context(), "after", only)
			p.comes(t.Context(), "last", only)
			p.leaves()
			if who := fmt.Sprint(p.came()); who != "[before after last]" {
				t.Errorf("came %s, want all but one in their order", who)
			}
			for _, who := range []string{"before", "after", "last"} {
				if p.errs[who] != nil {
					t.Errorf("%s: %v", who, p.errs[who])
				}
			}
			if p.errs["wrong"] == nil {
				t.Error("what could not be committed had no error")
			}
		})
	}
}

// TestShared_GivesUp: callers who go while they wait keep nobody from the turn.
func TestShared_GivesUp(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	ctx, giveUp := context.WithCancel(t.Context())
	p.comes(t.Context(), "1", only)
	p.comes(ctx, "gives up", only)
	p.comes(t.Context(), "2", func(*approvaldb.Tx) error { giveUp(); return nil })
	p.comes(ctx, "gives up too", only)
	giveUp()
	p.leaves()
	if who := fmt.Sprint(p.came()); who != "[1 2]" {
		t.Errorf("came %s", who)
	}
	for _, who := range []string{"gives up", "gives up too"} {
		if !errors.Is(p.errs[who], context.Canceled) || p.runs[who] != 0 {
			t.Errorf("%s: %v after %d runs", who, p.errs[who], p.runs[who])
		}
	}
	p.must(p.db.InTx(t.Context(), only))
}

// TestShared_Together: whatever becomes of each, what is stored is what those
// who succeeded did.
func TestShared_Together(t *testing.T) {
	t.Parallel()
	db := approvalstest.OpenSQLite(t)
	add, value := counter(t, db)
	stop := errors.New("stop")
	var mu sync.Mutex
	done := 0
	var all sync.WaitGroup
	for caller := range 24 {
		all.Go(func() {
			for i := range 40 {
				ctx, cancel := context.WithCancel(t.Context())
				err := db.InTx(ctx, func(tx *approvaldb.Tx) error {
					if err := add(tx); err != nil {
						return err
					}
					switch (caller + i) % 6 {
					case 0:
						return stop
					case 1:
						cancel()
					case 2:
						if i%10 == 0 {
							return tx.Exec("ROLLBACK").Error
						}
					}
					return nil
				})
				cancel()
				if err == nil {
					mu.Lock()
					done++
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	if value() != done || done < 500 {
		t.Errorf("%d is stored, %d succeeded", value(), done)
	}
}
