package approvaldb

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"countersign/approvals"
	"countersign/approvals/crashpoint"
)

// Limits of a transaction (RELIABILITY §6, F-12).
const (
	maxRuns      = 6                // the first and five more
	patience     = 12 * time.Second // no run begins later
	txLife       = 20 * time.Second
	waitPostgres = 2 * time.Second  // for a connection
	waitSQLite   = 10 * time.Second // for the turn
	backoff      = 5 * time.Millisecond
)

// Tx is a running transaction. It is used by one goroutine, and never after the
// function it was given to returned.
type Tx struct {
	*gorm.DB
	home *DB
	conn conn
	// witness is the id of the first event recorded: finding it proves that the
	// transaction committed.
	witness string
}

// errAgain asks InTx to run the function again on what is stored now.
var errAgain = errors.New("run again")

// InTx runs fn in a transaction: the one way to change anything. When it
// returns nil the commit is durable. An error of fn rolls back and comes back
// as it is.
//
// The database may ask for another try (serialization failure, deadlock, a busy
// file); then fn runs again, up to five times, so it does nothing but compute
// and use tx. It must not use db: on SQLite that waits for itself.
//
// When the answer to COMMIT is lost, InTx looks for the first event that fn
// recorded; nothing is ever written a second time to be on the safe side.
// Without an event to look for, or without a database to ask, the error is
// CodeUnavailable, and a caller that may try again finds out by its own key.
func (db *DB) InTx(ctx context.Context, fn func(tx *Tx) error) error {
	patient, end := context.WithTimeout(ctx, patience)
	defer end()
	for run := 1; ; run++ {
		err := db.once(ctx, fn)
		if err == nil || !again(err) {
			return Explain(err)
		}
		if run == maxRuns || pause(patient, run) != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("%w: gave up after %d tries: %w", approvals.Refuse(approvals.CodeUnavailable), run, err)
		}
	}
}

// once is one run. fn's statements end with ctx; BEGIN and COMMIT do not, so
// that a caller who goes away cannot make a commit unknown.
func (db *DB) once(ctx context.Context, fn func(tx *Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if db.line != nil {
		return db.inLine(ctx, fn)
	}
	life, end := context.WithTimeout(context.WithoutCancel(ctx), txLife)
	defer end()
	session, done, err := db.session(ctx, life)
	if err != nil {
		return err
	}
	defer done()
	return db.transact(ctx, session, fn)
}

// transact runs fn in a transaction of its own. The session's context is how
// long that may live.
func (db *DB) transact(ctx context.Context, session *gorm.DB, fn func(tx *Tx) error) error {
	tx := &Tx{home: db}
	computed := false
	err := session.Transaction(func(g *gorm.DB) (err error) {
		if tx.conn, err = newConn(session, g); err != nil {
			return err
		}
		tx.DB = g.WithContext(ctx)
		if err := fn(tx); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		computed = true
		crashpoint.Hit("before commit")
		return nil
	})
	crashpoint.Hit("after commit")
	if err != nil && computed && unknown(err) {
		return db.readBack(session.Statement.Context, tx.witness, err)
	}
	return err
}

// session waits for a connection to PostgreSQL and returns gorm on it. done
// gives it back.
func (db *DB) session(ctx, life context.Context) (session *gorm.DB, done func(), err error) {
	wait, stop := context.WithTimeout(ctx, waitPostgres)
	defer stop()
	c, err := db.SQL().Conn(wait)
	if err != nil {
		return nil, nil, busy(ctx, err)
	}
	session = db.write.Session(&gorm.Session{NewDB: true, Context: life})
	session.Statement.ConnPool = c
	return session, func() { _ = c.Close() }, nil
}

// busy is err of waiting for a connection: the caller's own end of patience, or
// a database that is too busy.
func busy(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%w: wait for a connection: %w", approvals.Refuse(approvals.CodeUnavailable), err)
}

// readBack finds out whether a transaction whose COMMIT was not answered took
// place. The server may still be at it, so a few looks are taken.
func (db *DB) readBack(ctx context.Context, witness string, lost error) error {
	unavailable := fmt.Errorf("%w: commit not answered: %w", approvals.Refuse(approvals.CodeUnavailable), lost)
	if witness == "" {
		return unavailable
	}
	for look := 1; look <= maxRuns; look++ {
		var found int
		err := db.Read(ctx).Raw("SELECT count(*) FROM events WHERE id = ?", witness).Scan(&found).Error
		if err == nil && found == 1 {
			return nil
		}
		if pause(ctx, look*4) != nil {
			break
		}
	}
	return unavailable
}

// Lock returns tx with the rows it reads locked until the end, where the
// database has such locks. It does not keep others from referring to them.
func (tx *Tx) Lock() *gorm.DB {
	return tx.Clauses(clause.Locking{Strength: "NO KEY UPDATE"})
}

// share locks rows against change, but not against other readers that do so.
func (tx *Tx) share() *gorm.DB { return tx.Clauses(clause.Locking{Strength: "SHARE"}) }

// pause waits a little longer with each run, and not in step with others.
func pause(ctx context.Context, run int) error {
	var jitter [1]byte
	_, _ = rand.Read(jitter[:]) // never fails (crypto/rand)
	wait := time.Duration(run) * backoff
	wait += wait * time.Duration(jitter[0]) / 256
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
