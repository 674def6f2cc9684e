package approvaldb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
)

// Resealer seals with the key in use what was sealed with older ones, while the
// gateway runs.
type Resealer struct {
	DB      *DB
	Columns []Sealed
	Keys    ResealKeys
	// After is told of every batch that was saved; an error ends the run. Nil
	// goes on.
	After func(table string, rows int) error

	batch int // how many rows share a transaction, 0 for resealBatch
}

// ResealKeys is the keyring.
type ResealKeys interface {
	approvals.Sealer
	// Sealing returns what a value begins with that is sealed now.
	Sealing() []byte
}

// resealBatch rows are few enough that nobody waits for them.
const resealBatch = 100

// Run goes over all columns, and again until a round finds nothing, so that what
// was written meanwhile is included. Each batch is a transaction; a run that was
// ended goes on where it was when it is run again, because what is done is known
// by the key. The associated data stays, so a value that was moved to another
// row does not open here either: it is left as it is, and the error names the
// first such row of each table after everything else is done.
func (r *Resealer) Run(ctx context.Context) (rows int, err error) {
	for {
		var all round
		var closed []error
		for _, c := range r.Columns {
			done, err := r.column(ctx, c)
			all.tried, all.saved = all.tried+done.tried, all.saved+done.saved
			if err != nil {
				return rows + all.saved, fmt.Errorf("seal %s anew: %w", c.Table, Explain(err))
			}
			if done.closed != nil {
				closed = append(closed, done.closed)
			}
		}
		if rows += all.saved; all.tried == 0 {
			return rows, errors.Join(closed...)
		}
	}
}

// round is what one look at every row gave.
type round struct {
	tried  int // needed another key and opened
	saved  int // and were not changed by somebody else meanwhile
	closed error
}

// column is one round over a column.
func (r *Resealer) column(ctx context.Context, c Sealed) (all round, err error) {
	limit := resealBatch
	if r.batch > 0 {
		limit = r.batch
	}
	var after []string
	for {
		batch, err := c.stale(r.DB.Read(ctx), after, r.Keys.Sealing(), limit)
		if err != nil || len(batch) == 0 {
			return all, err
		}
		after = batch[len(batch)-1].values
		changes := make([]resealed, 0, len(batch))
		for _, row := range batch {
			fresh, err := r.anew(c, row)
			switch {
			case err == nil:
				changes = append(changes, resealed{row, fresh})
			case !errors.Is(err, errSeal):
				return all, err
			case all.closed == nil:
				all.closed = err
			}
		}
		saved, err := r.save(ctx, c, changes)
		if err != nil {
			return all, err
		}
		all.tried, all.saved = all.tried+len(changes), all.saved+saved
		if r.After != nil && saved > 0 {
			if err := r.After(c.Table, saved); err != nil {
				return all, err
			}
		}
	}
}

// resealed is a row with its value under the key in use.
type resealed struct {
	sealedRow
	fresh []byte
}

// anew returns the row's value sealed with the key in use.
func (r *Resealer) anew(c Sealed, row sealedRow) ([]byte, error) {
	name := c.Row(row.values)
	plain, err := r.Keys.Open(row.sealed, name)
	if errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) {
		return nil, fmt.Errorf("%w: %s: %w", errSeal, c.name(row), err) // its key is not in the file
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s", errSeal, c.name(row))
	}
	sealed, err := r.Keys.Seal(plain, name)
	clear(plain)
	return sealed, err
}

func (r *Resealer) save(ctx context.Context, c Sealed, changes []resealed) (saved int, err error) {
	if len(changes) == 0 {
		return 0, nil
	}
	err = r.DB.InTx(ctx, func(tx *Tx) error {
		saved = 0
		for _, change := range changes {
			done, err := c.put(tx.DB, change)
			if err != nil {
				return err
			}
			if done {
				saved++
			}
		}
		return nil
	})
	return saved, err
}

// BarKey makes the database refuse every value that begins with prefix from now
// on, so that a node whose keys are old cannot write what nobody will be able to
// open. When it returns, no transaction runs that began before and could still
// write one: what CountSealed finds then is all there will ever be.
func (db *DB) BarKey(ctx context.Context, prefix []byte, id string, columns []Sealed, now time.Time) error {
	err := db.InTx(ctx, func(tx *Tx) error {
		return tx.Exec("INSERT INTO removed_keys (id, prefix, removed_at) VALUES (?, ?, ?) ON CONFLICT (prefix) DO NOTHING", id, prefix, At(now)).Error
	})
	for i := 0; err == nil && db.Postgres() && i < len(columns); i++ {
		err = db.InTx(ctx, func(tx *Tx) error { return waitForWriters(tx.DB, columns[i].Table) })
	}
	if err != nil {
		return fmt.Errorf("bar %s: %w", id, err)
	}
	return nil
}

// waitForWriters returns when the transactions that have written to a table by
// now have ended. New ones wait behind it for a moment, at most two seconds.
func waitForWriters(tx *gorm.DB, table string) error {
	if err := tx.Exec("SET LOCAL lock_timeout = '2s'").Error; err != nil {
		return err
	}
	return tx.Exec("LOCK TABLE " + table + " IN SHARE MODE").Error
}

// UnbarKey takes BarKey back.
func (db *DB) UnbarKey(ctx context.Context, prefix []byte) error {
	err := db.InTx(ctx, func(tx *Tx) error {
		return tx.Exec("DELETE FROM removed_keys WHERE prefix = ?", prefix).Error
	})
	if err != nil {
		return fmt.Errorf("allow a key again: %w", err)
	}
	return nil
}
