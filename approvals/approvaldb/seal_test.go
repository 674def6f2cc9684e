package approvaldb_test

import (
	"context"
	"errors"
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// tamper writes a column that the schema keeps frozen, as somebody who can drop
// the trigger would.
func tamper(t *testing.T, db *approvaldb.DB, statement string, args ...any) {
	t.Helper()
	on := ""
	if db.Postgres() {
		on = " ON actions"
	}
	err := db.InTx(t.Context(), func(tx *approvaldb.Tx) error {
		for _, trigger := range []string{"actions_frozen", "actions_version", "actions_resealed"} {
			if err := tx.Exec("DROP TRIGGER " + trigger + on).Error; err != nil {
				return err
			}
		}
		return tx.Exec(statement, args...).Error
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTamperedDetails (N12, F-23): details that were changed, or moved here from
// another action, are not released; the gateway is told to halt.
func TestTamperedDetails(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"changed":                "UPDATE actions SET details = substr(details, 1, 20) WHERE id = ?",
		"those of another":       "UPDATE actions SET details = (SELECT b.details FROM actions b WHERE b.id <> actions.id) WHERE id = ?",
		"digest of other things": "UPDATE actions SET created_at = (SELECT min(b.created_at) FROM actions b WHERE b.id <> actions.id) WHERE id = ?",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
				w := approvalstest.Service(t, db, approvalstest.NewClock())
				w.Drive(t, approvals.Approved)
				a := w.Drive(t, approvals.Approved)
				tamper(t, db, statement, string(a.ID))
				broken := 0
				w.Service.Broken = func(context.Context, string) { broken++ }
				if _, err := w.Service.Claim(t.Context(), a.Key(), a.Details, nil); !errors.Is(err, approvals.ErrBroken) {
					t.Errorf("claimed: %v, want a broken assertion", err)
				}
				if broken != 1 {
					t.Errorf("told %d times, want once", broken)
				}
			})
		})
	}
}

// TestOtherKeys: without the keys the database opens nothing. That the key is not
// here says nothing against the row, so nothing is halted.
func TestOtherKeys(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := approvalstest.Service(t, db, approvalstest.NewClock())
		a := w.Create(t)
		stranger := approvaldb.New(db, approvaldb.Config{Sealer: approvalstest.Keys(t), NewID: approvalstest.NewID})
		if _, err := stranger.Reader.Action(t.Context(), a.Key()); !errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) || errors.Is(err, approvals.ErrBroken) {
			t.Errorf("read with other keys: %v, want unavailable", err)
		}
	})
}
