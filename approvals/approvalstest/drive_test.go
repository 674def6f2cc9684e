package approvalstest_test

import (
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// TestDrive: the service takes an action to every state on both databases.
func TestDrive(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := approvalstest.Service(t, db, approvalstest.NewClock())
		for _, state := range approvals.States {
			if a := w.Drive(t, state); a.State != state {
				t.Errorf("drove to %s, want %s", a.State, state)
			}
		}
	})
}
