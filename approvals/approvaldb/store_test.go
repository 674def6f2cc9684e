package approvaldb_test

import (
	"testing"

	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// TestStore runs the store contract on both databases. Every statement that it
// runs is then explained on a database with 10,000 actions: none reads a whole
// table (PERFORMANCE).
func TestStore(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) *approvaldb.DB{"sqlite": approvalstest.OpenSQLite, "postgres": approvalstest.OpenPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := &statements{found: map[string][]any{}}
			t.Run("contract", func(t *testing.T) {
				approvalstest.RunStore(t, func(t testing.TB) *approvaldb.DB {
					db := open(t)
					run.watch(t, db)
					return db
				})
			})
			t.Run("plans", func(t *testing.T) { run.refuseScans(t, open(t)) })
		})
	}
}

// TestEffect: another package's part in a change is saved with it or not at all.
func TestEffect(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) *approvaldb.DB{"sqlite": approvalstest.OpenSQLite, "postgres": approvalstest.OpenPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			approvalstest.RunEffect(t, open)
		})
	}
}
