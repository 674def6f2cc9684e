package approvaldb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	"modernc.org/sqlite"

	"countersign/approvals"
)

// Explain says what a database's error means to a caller: no row is
// CodeNotFound, a database that cannot be asked is CodeUnavailable, a rule of
// the schema that was broken is ErrBroken. Refusals, and errors that are none
// of these, stay what they are.
func Explain(err error) error {
	if err == nil {
		return nil
	}
	if _, refused := errors.AsType[*approvals.Error](err); refused {
		return err
	}
	switch {
	case errors.Is(err, approvals.ErrBroken), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, gorm.ErrRecordNotFound):
		return fmt.Errorf("%w: %w", approvals.Refuse(approvals.CodeNotFound), err)
	case errors.Is(err, gorm.ErrCheckConstraintViolated):
		return fmt.Errorf("%w: %w", approvals.ErrBroken, err)
	case unasked(err):
		return fmt.Errorf("%w: %w", approvals.Refuse(approvals.CodeUnavailable), err)
	}
	return err
}

// Duplicate reports whether err is the violation of one unique key: the index
// or constraint called index, which is over these "table.column" names, in
// their order. PostgreSQL tells the one, SQLite the other.
func Duplicate(err error, index string, columns ...string) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "23505" && e.ConstraintName == index
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok || e.Code() != sqliteUnique && e.Code() != sqlitePrimaryKey {
		return false
	}
	_, failed, _ := strings.Cut(e.Error(), "UNIQUE constraint failed: ")
	failed, _, _ = strings.Cut(failed, " (")
	return failed == strings.Join(columns, ", ")
}

// again reports whether the database asks for another run: serialization
// failure, deadlock, or a busy file.
func again(err error) bool {
	if errors.Is(err, errAgain) {
		return true
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "40001" || e.Code == "40P01"
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return primary(e) == sqliteBusy || primary(e) == sqliteLocked
	}
	return false
}

// unknown reports whether err, of a COMMIT, leaves open what became of it. A
// verdict of the server is an answer; so is everything SQLite says.
func unknown(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return slices.Contains([]string{"08", "57", "XX"}, e.Code[:2])
	}
	if _, ok := errors.AsType[*sqlite.Error](err); ok {
		return false
	}
	return !errors.Is(err, pgx.ErrTxCommitRollback)
}

// unasked reports whether err says that the database did not, or could not,
// answer: connection lost, too busy, read-only, out of space, shutting down.
func unasked(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		class := []string{"08", "40", "53", "54", "55", "57", "58"}
		return slices.Contains(class, e.Code[:2]) || e.Code == "25006" // read-only
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return !slices.Contains([]int{1, sqliteConstraint, 20, 21, 25}, primary(e)) // ERROR, CONSTRAINT, MISMATCH, MISUSE, RANGE
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, context.DeadlineExceeded) || pgconn.SafeToRetry(err)
}

// primary is the low byte of an extended result code.
func primary(e *sqlite.Error) int { return e.Code() & 0xff }
