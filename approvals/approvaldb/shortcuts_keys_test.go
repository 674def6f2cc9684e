package approvaldb_test

import (
	"bytes"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// resealed gives an action's details another key's beginning, and f what comes
// out of it.
func resealed(f func(tx *approvaldb.Tx, a approvals.Action, details []byte) error) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(_ *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		var details []byte
		if err := tx.Raw("SELECT details FROM actions WHERE id = ?", string(a.ID)).Row().Scan(&details); err != nil {
			return err
		}
		other := bytes.Clone(details)
		other[2] ^= 1
		return f(tx, a, other)
	}
}

// gone bars the key that a value begins with.
func gone(tx *approvaldb.Tx, sealed []byte, at approvaldb.Instant) error {
	return tx.Exec("INSERT INTO removed_keys (id, prefix, removed_at) VALUES ('seal-1', ?, ?)", sealed[:approvals.SealPrefix], at).Error
}

// keyShortcuts abuse that a sealed value may be sealed anew.
var keyShortcuts = []shortcut{
	{"details replaced in place", approvals.CoolingOff, statement("UPDATE actions SET details = digest WHERE id = ?")},
	{"details replaced under the same key", approvals.CoolingOff, statement("UPDATE actions SET details = details WHERE id = ?")},
	{"details sealed anew in a move", approvals.CoolingOff, resealed(func(tx *approvaldb.Tx, a approvals.Action, details []byte) error {
		b, event := stepOf(a, a.State, a.MovedAt)
		if err := tx.Exec("UPDATE actions SET version = ?, details = ? WHERE id = ?", b.Version, details, string(a.ID)).Error; err != nil {
			return err
		}
		return tx.Record(event)
	})},
	{"a deadline moved with details sealed anew", approvals.CoolingOff, resealed(func(tx *approvaldb.Tx, a approvals.Action, details []byte) error {
		return tx.Exec("UPDATE actions SET details = ?, resends = 0, resent_at = moved_at WHERE id = ?", details, string(a.ID)).Error
	})},
	{"begun with a key that is gone", approvals.Cancelled, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		if err := gone(tx, w.Keys.Sealing(), approvaldb.At(a.MovedAt)); err != nil {
			return err
		}
		return begun(func(*approvals.Action) {})(w, tx, a)
	}},
	{"sealed anew with a key that is gone", approvals.Cancelled, resealed(func(tx *approvaldb.Tx, a approvals.Action, details []byte) error {
		if err := gone(tx, details, approvaldb.At(a.MovedAt)); err != nil {
			return err
		}
		return tx.Exec("UPDATE actions SET details = ? WHERE id = ?", details, string(a.ID)).Error
	})},
}
