package approvaldb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"countersign/approvals"
)

// Sealed is one column of sealed values.
type Sealed struct {
	Table, Column string
	// Key is the table's primary key, all text or UUIDs.
	Key []string
	// With are the other columns that Row needs.
	With []string
	// Row is the associated data of a row, whose Key and With are given in that
	// order. It is the one that the value was sealed with.
	Row func(values []string) []byte
}

// SealedColumns lists every sealed column that this package writes. A column
// that is missing here would not survive the removal of a key; a test compares
// the list with the schema.
func SealedColumns() []Sealed {
	named := func(table string) func([]string) []byte {
		return func(values []string) []byte { return rowName(append([]string{table}, values...)) }
	}
	return []Sealed{
		{Table: "actions", Column: "details", Key: []string{"id"}, With: []string{"marketplace"}, Row: func(v []string) []byte {
			return rowName([]string{"actions", v[1], v[0]})
		}},
		{Table: "answers", Column: "body", Key: []string{"marketplace", "key"}, Row: named("answers")},
		{Table: "endpoints", Column: "secrets", Key: []string{"id"}, Row: named("endpoints")},
		{Table: "pushes", Column: "body", Key: []string{"id"}, With: []string{"marketplace"}, Row: func(v []string) []byte {
			return rowName([]string{"pushes", v[1], v[0]})
		}},
		{Table: "security_notices", Column: "facts", Key: []string{"id"}, Row: named("security_notices")},
	}
}

// sealedRow is a row of a sealed column.
type sealedRow struct {
	values []string // Key, then With
	sealed []byte
}

// name tells the row apart from others of its table. It is no secret.
func (c Sealed) name(r sealedRow) string {
	return fmt.Sprintf("%s %v", c.Table, r.values[:len(c.Key)])
}

// prefix is the part of a value that names its key, in SQL.
func (c Sealed) prefix() string {
	return fmt.Sprintf("substr(%s, 1, %d)", c.Column, approvals.SealPrefix)
}

// kept are the rows whose value was not wiped, in SQL: an empty one needs no key.
func (c Sealed) kept() string { return "length(" + c.Column + ") > 0" }

// stale returns rows behind this one, in the order of the key, that are sealed
// with another key than the one values begin with now.
func (c Sealed) stale(db *gorm.DB, after []string, prefix []byte, limit int) ([]sealedRow, error) {
	columns := slices.Concat(c.Key, c.With)
	q := db.Table(c.Table).Select(append(slices.Clone(columns), c.Column)).
		Where(c.prefix()+" <> ? AND "+c.kept(), prefix)
	if after != nil {
		q = q.Where("("+strings.Join(c.Key, ", ")+") > ("+strings.Join(slices.Repeat([]string{"?"}, len(c.Key)), ", ")+")", texts(after[:len(c.Key)])...)
	}
	found, err := q.Order(strings.Join(c.Key, ", ")).Limit(limit).Rows()
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var all []sealedRow
	for found.Next() {
		r := sealedRow{values: make([]string, len(columns))}
		into := make([]any, 0, len(columns)+1)
		for i := range r.values {
			into = append(into, &r.values[i])
		}
		if err := found.Scan(append(into, &r.sealed)...); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, found.Err()
}

// put replaces a row's value if it is still the one that was read.
func (c Sealed) put(tx *gorm.DB, r resealed) (done bool, err error) {
	q := tx.Table(c.Table).Where(c.Column+" = ?", r.sealed)
	for i, column := range c.Key {
		q = q.Where(column+" = ?", r.values[i])
	}
	put := q.Updates(map[string]any{c.Column: r.fresh})
	return put.RowsAffected == 1, put.Error
}

// Needed says how many rows of a table need the key that a value begins with.
type Needed struct {
	Table  string
	Prefix [approvals.SealPrefix]byte
	Rows   int
}

// CountSealed counts the rows of each column by the key that they need. It reads
// every row, and holds nobody up.
func (db *DB) CountSealed(ctx context.Context, columns []Sealed) ([]Needed, error) {
	var all []Needed
	for _, c := range columns {
		found, err := db.Read(ctx).Table(c.Table).Select(c.prefix() + ", count(*)").Where(c.kept()).Group(c.prefix()).Rows()
		if err != nil {
			return nil, fmt.Errorf("count what is sealed in %s: %w", c.Table, Explain(err))
		}
		for found.Next() {
			n, raw := Needed{Table: c.Table}, []byte(nil)
			if err := found.Scan(&raw, &n.Rows); err != nil {
				return nil, fmt.Errorf("count what is sealed in %s: %w", c.Table, errors.Join(err, found.Close()))
			}
			copy(n.Prefix[:], raw)
			all = append(all, n)
		}
		if err := errors.Join(found.Err(), found.Close()); err != nil {
			return nil, fmt.Errorf("count what is sealed in %s: %w", c.Table, Explain(err))
		}
	}
	return all, nil
}

func texts(s []string) []any {
	out := make([]any, len(s))
	for i, v := range s {
		out[i] = v
	}
	return out
}
