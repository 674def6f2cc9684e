package approvaldb

import (
	"context"
	"database/sql"
	"errors"

	"gorm.io/gorm"

	"countersign/approvals/crashpoint"
)

// maxShared is how many may share one commit: enough for the wait for the disk
// to be a small part of each, few enough that the first is not kept waiting.
const maxShared = 16

// shared is one SQLite transaction in which several callers' functions run, one
// after the other, each in a savepoint of its own. SQLite has one commit at a
// time, and each of them waits for the disk.
//
// Its callers may rely on what they would have alone: a function that fails
// leaves nothing behind and fails nobody else, they run in the order in which
// they came, and nobody is answered before all of it is durable, neither with
// success nor with a refusal, which may rest on what another one wrote. Should
// the commit fail, each runs again in the same order, in a transaction of its
// own, and has the answer of that.
type shared struct {
	tx    *sql.Tx
	end   context.CancelFunc
	count int           // of those who ran
	kept  int           // and of them those who had no error
	lost  error         // the transaction is gone, with all that was in it
	again []ticket      // of all who ran, to run again
	done  chan struct{} // closed when the outcome is known
	err   error         // of the commit; valid after done
}

// inLine is once on SQLite. Who finds nobody else has a transaction for itself.
func (db *DB) inLine(ctx context.Context, fn func(tx *Tx) error) error {
	if err := db.await(ctx, db.line.enter()); err != nil {
		return err
	}
	s := db.line.take()
	if s == nil && !db.line.others() {
		return db.alone(ctx, fn)
	}
	if s == nil {
		var err error
		if s, err = db.share(ctx); err != nil {
			db.line.leave(nil)
			return err
		}
	}
	return db.join(ctx, s, fn)
}

// await waits for the turn.
func (db *DB) await(ctx context.Context, mine ticket) error {
	wait, stop := context.WithTimeout(ctx, waitSQLite)
	defer stop()
	if err := db.line.wait(wait, mine); err != nil {
		return busy(ctx, err)
	}
	return nil
}

// alone uses the turn for a transaction that is not shared.
func (db *DB) alone(ctx context.Context, fn func(tx *Tx) error) error {
	defer db.line.leave(nil)
	life, end := context.WithTimeout(context.WithoutCancel(ctx), txLife)
	defer end()
	return db.transact(ctx, db.write.WithContext(life), fn)
}

// share begins a transaction.
func (db *DB) share(ctx context.Context) (*shared, error) {
	life, end := context.WithTimeout(context.WithoutCancel(ctx), txLife)
	tx, err := db.SQL().BeginTx(life, nil)
	if err != nil {
		end()
		return nil, err
	}
	return &shared{tx: tx, end: end, done: make(chan struct{})}, nil
}

// join uses the turn for fn in s, and waits for what becomes of it.
func (db *DB) join(ctx context.Context, s *shared, fn func(tx *Tx) error) error {
	tx := &Tx{home: db, conn: conn{sqlite: s.tx}}
	mine := make(ticket)
	err := db.member(ctx, s, mine, func() error { return db.inside(ctx, tx, fn) })
	<-s.done
	switch {
	case s.err == nil:
		return err
	case s.failed():
		if err := db.await(ctx, mine); err != nil {
			return err
		}
		return db.alone(ctx, fn)
	case err != nil:
		tx.witness = "" // err rests on what may not have happened
	}
	life, end := context.WithTimeout(context.WithoutCancel(ctx), txLife)
	defer end()
	return db.readBack(life, tx.witness, s.err)
}

// inside runs fn on the transaction of others. A statement that is interrupted
// would end it for all, so a caller who goes away is noticed when fn is done.
func (db *DB) inside(ctx context.Context, tx *Tx, fn func(tx *Tx) error) error {
	tx.DB = db.write.Session(&gorm.Session{NewDB: true, Context: context.WithoutCancel(ctx)})
	tx.Statement.ConnPool = tx.conn.sqlite
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return err
	}
	return ctx.Err()
}

// member runs fn in s and gives the turn on, also when fn panics.
func (db *DB) member(ctx context.Context, s *shared, mine ticket, fn func() error) error {
	defer func() {
		if s.lost == nil && s.count < maxShared && db.line.pass(s) {
			return
		}
		s.finish()
		if s.failed() {
			db.line.leave(s.again)
		} else {
			db.line.leave(nil)
		}
		close(s.done)
	}()
	s.count++
	err := s.run(ctx, fn)
	s.again = append(s.again, mine)
	return err
}

// run is fn in a savepoint. A transaction whose savepoint is gone is lost.
func (s *shared) run(ctx context.Context, fn func() error) (err error) {
	if s.lost = s.exec(ctx, "SAVEPOINT member"); s.lost != nil {
		return s.lost
	}
	failed := true // until fn returns without an error, or a panic
	defer func() {
		if failed {
			s.lost = errors.Join(s.exec(ctx, "ROLLBACK TO member"), s.exec(ctx, "RELEASE member"))
			return
		}
		s.lost = s.exec(ctx, "RELEASE member")
		s.kept++
	}()
	err = fn()
	failed = err != nil
	return err
}

func (s *shared) exec(ctx context.Context, statement string) error {
	_, err := s.tx.ExecContext(context.WithoutCancel(ctx), statement)
	return err
}

// finish ends the transaction.
func (s *shared) finish() {
	defer s.end()
	switch {
	case s.lost != nil:
		s.err = s.lost
		_ = s.tx.Rollback() // of what is left
	case s.kept == 0:
		_ = s.tx.Rollback()
	default:
		crashpoint.Hit("before commit")
		s.err = s.tx.Commit()
		crashpoint.Hit("after commit")
	}
}

// failed reports, after finish, that nothing was committed, for certain.
func (s *shared) failed() bool { return s.lost != nil || s.err != nil && !unknown(s.err) }
