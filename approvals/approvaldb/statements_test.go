package approvaldb_test

import (
	"fmt"
	"testing"

	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// TestKeptStatements: statements that are kept see new values, new schemas and
// each other.
func TestKeptStatements(t *testing.T) {
	t.Parallel()
	db := approvalstest.OpenSQLite(t)
	run := func(f func(tx *approvaldb.Tx) error) {
		t.Helper()
		if err := db.InTx(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	exec := func(sql string, args ...any) {
		t.Helper()
		run(func(tx *approvaldb.Tx) error { return tx.Exec(sql, args...).Error })
	}
	sum := func() (n int) {
		t.Helper()
		run(func(tx *approvaldb.Tx) error { return tx.Raw("SELECT coalesce(sum(n), 0) FROM kept").Scan(&n).Error })
		return n
	}
	exec("CREATE TABLE kept (n INTEGER NOT NULL UNIQUE) STRICT")
	const insert = "INSERT INTO kept (n) VALUES (?)"
	for i := range 5 {
		exec(insert, i)
	}
	if sum() != 10 {
		t.Errorf("sum %d, want 10", sum())
	}
	if err := db.InTx(t.Context(), func(tx *approvaldb.Tx) error { return tx.Exec(insert, 1).Error }); !approvaldb.Duplicate(err, "", "kept.n") {
		t.Errorf("inserted twice: %v, want a duplicate", err)
	}
	exec(insert, 5)
	exec("ALTER TABLE kept ADD COLUMN m INTEGER NOT NULL DEFAULT 100")
	exec(insert, 6)
	exec("CREATE TRIGGER kept_up AFTER INSERT ON kept BEGIN UPDATE kept SET m = 0; END")
	exec(insert, 7)
	var zero int
	run(func(tx *approvaldb.Tx) error {
		return tx.Raw("SELECT count(*) FROM kept WHERE m = 0").Scan(&zero).Error
	})
	if sum() != 28 || zero != 8 {
		t.Errorf("sum %d with %d, want 28 with 8: the kept insert knows the new trigger", sum(), zero)
	}
	// The same text while its own rows are open.
	run(func(tx *approvaldb.Tx) error {
		const query = "SELECT n FROM kept WHERE n >= ? ORDER BY n"
		outer, err := tx.Raw(query, 3).Rows()
		if err != nil {
			return err
		}
		defer outer.Close()
		seen := 0
		for outer.Next() {
			var n, inner int
			if err := outer.Scan(&n); err != nil {
				return err
			}
			if err := tx.Raw(query, 7).Scan(&inner).Error; err != nil || inner != 7 {
				t.Errorf("inside: %d, %v, want 7", inner, err)
			}
			if n != 3+seen {
				t.Errorf("outside: %d, want %d", n, 3+seen)
			}
			seen++
		}
		if seen != 5 {
			t.Errorf("%d rows outside, want 5", seen)
		}
		return outer.Err()
	})
	// More texts than are kept.
	for i := range 600 {
		exec(fmt.Sprintf("UPDATE kept SET n = n WHERE n = %d", i))
	}
	if sum() != 28 {
		t.Errorf("sum %d, want 28", sum())
	}
}
