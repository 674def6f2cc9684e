package approvaldb_test

import (
	"testing"

	"countersign/approvals/approvalstest"
)

// TestStore runs the store contract on both databases.
func TestStore(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		approvalstest.RunStore(t, approvalstest.OpenSQLite)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		approvalstest.RunStore(t, approvalstest.OpenPostgres)
	})
}
