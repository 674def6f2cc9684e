package approvaldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	gormsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"modernc.org/sqlite"

	"countersign/approvals"
)

// Settings of every SQLite connection (RELIABILITY §11). FULL makes a commit
// durable before it returns. Immediate transactions take the write lock at
// once: one that reads first and writes later would fail instead of waiting. Who
// writes keeps the pages that a savepoint may bring back in memory: they are of no
// use to anybody after a crash.
var (
	sqlitePragmas = []string{"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(10000)", "foreign_keys(1)", "trusted_schema(0)", "cell_size_check(1)"}
	sqliteWrite   = url.Values{"mode": {"rw"}, "_pragma": append(slices.Clone(sqlitePragmas), "temp_store(MEMORY)"), "_txlock": {"immediate"}, "_time_format": {"sqlite"}, "_timezone": {"UTC"}, "_dqs": {"0"}}
	sqliteRead    = url.Values{"mode": {"rw"}, "_pragma": sqlitePragmas, "_query_only": {"1"}, "_time_format": {"sqlite"}, "_timezone": {"UTC"}, "_dqs": {"0"}}
)

// sqliteReaders is how many connections read at the same time.
const sqliteReaders = 8

// sqliteOldest is the first version without the WAL-reset corruption bug.
var sqliteOldest = [3]int{3, 51, 3}

func openSQLite(ctx context.Context, path string, o Options) (_ *DB, err error) {
	if path == "" {
		return nil, errors.New("open database: sqlite: needs the path of a file")
	}
	db := &DB{path: path, line: &line{}}
	defer func() {
		if err != nil {
			_ = db.Close()
		}
	}()
	if o.Exclusive {
		if err := db.lockFile(); err != nil {
			return nil, err
		}
	}
	if err := prepareFile(path, o.Create); err != nil {
		return nil, err
	}
	if db.write, err = db.openPool(path, sqliteWrite, 1); err != nil {
		return nil, err
	}
	if err := checkVersion(ctx, db.SQL()); err != nil {
		return nil, err
	}
	if o.Exclusive {
		if err := checkFile(ctx, db.SQL()); err != nil {
			return nil, err
		}
	}
	if db.read, err = db.openPool(path, sqliteRead, sqliteReaders); err != nil {
		return nil, err
	}
	return db, nil
}

// prepareFile makes sure that the file is there and that only its owner can
// read it. SQLite gives its WAL the same mode.
func prepareFile(path string, create bool) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && create {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return fmt.Errorf("open database: %w", err)
		}
		return f.Close()
	}
	switch {
	case err != nil:
		return fmt.Errorf("open database: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("open database: %s is not a file", path)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("open database: %s can be read by others; chmod 600 it", path)
	}
	return nil
}

func (db *DB) openPool(path string, settings url.Values, size int) (*gorm.DB, error) {
	dsn := (&url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: settings.Encode()}).String()
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	pool := sql.OpenDB(keeper{connector})
	db.onClose(pool.Close)
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return openGorm(sqliteDialect{gormsqlite.Dialector{Conn: pool}})
}

func checkVersion(ctx context.Context, pool *sql.DB) error {
	var version string
	if err := pool.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	for i, part := range strings.SplitN(version, ".", 3) {
		switch n, err := strconv.Atoi(part); {
		case err != nil || n < sqliteOldest[i]:
			return fmt.Errorf("open database: SQLite %s is too old; 3.51.3 is the first that is safe", version)
		case n > sqliteOldest[i]:
			return nil
		}
	}
	return nil
}

// checkFile refuses a file whose structure is damaged (F-23). It reads all of
// it, so only a gateway that starts asks.
func checkFile(ctx context.Context, pool *sql.DB) error {
	var verdict string
	if err := pool.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return fmt.Errorf("check database: %w", err)
	}
	if verdict != "ok" {
		return fmt.Errorf("check database: the file is damaged: %s", verdict)
	}
	return nil
}

// sqliteDialect tells constraint violations apart, which gorm's own translator
// does for another driver only. The driver's error stays within.
type sqliteDialect struct{ gormsqlite.Dialector }

// Extended result codes of SQLite (sqlite.org/rescode.html).
const (
	sqliteBusy       = 5
	sqliteLocked     = 6
	sqliteConstraint = 19
	sqliteCheck      = 275
	sqliteForeignKey = 787
	sqlitePrimaryKey = 1555
	sqliteTrigger    = 1811
	sqliteUnique     = 2067
)

func (sqliteDialect) Translate(err error) error {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	if e.Code() == sqliteTrigger && strings.Contains(e.Error(), "_removed_key_") {
		return fmt.Errorf("%w: %w", approvals.Refuse(approvals.CodeUnavailable), err) // no rule is broken: this node's keys are old
	}
	switch e.Code() {
	case sqlitePrimaryKey, sqliteUnique:
		return fmt.Errorf("%w: %w", gorm.ErrDuplicatedKey, err)
	case sqliteForeignKey:
		return fmt.Errorf("%w: %w", gorm.ErrForeignKeyViolated, err)
	case sqliteCheck, sqliteTrigger:
		return fmt.Errorf("%w: %w", gorm.ErrCheckConstraintViolated, err)
	}
	return err
}
