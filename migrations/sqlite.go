package migrations

import (
	"context"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// openSQLite takes the lock file beside the database: goose has no lock of its
// own there, and of two first starts one would fail on a table that exists.
func openSQLite(ctx context.Context, d Database) (target, error) {
	unlock, err := lockFile(ctx, d.Path+".migrate.lock")
	if err != nil {
		return target{}, err
	}
	r, err := riverOnSQLite(riversqlite.New(d.SQL))
	if err != nil {
		unlock()
		return target{}, err
	}
	p, err := provider(goose.DialectSQLite3, d.SQL, "sqlite", r)
	if err != nil {
		unlock()
		return target{}, err
	}
	return target{p, r, unlock}, nil
}
