package approvaldb_test

import (
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// frozen writes one of the columns that never change.
func frozen(column, value string) shortcut { return written(column+" changed", column, value) }

// written writes one column and does everything else that a step must do.
func written(name, column, value string) shortcut {
	return shortcut{name, approvals.CoolingOff, func(_ *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		b, event := stepOf(a, a.State, a.MovedAt)
		if err := tx.Exec("UPDATE actions SET version = ?, "+column+" = "+value+" WHERE id = ?", b.Version, string(a.ID)).Error; err != nil {
			return err
		}
		return tx.Record(event)
	}}
}

var frozenShortcuts = []shortcut{
	frozen("id", "'00000000-0000-7000-8000-000000000000'"), frozen("marketplace", "'globex'"), frozen("seller", "'seller-0'"),
	frozen("kind", "'loan.disbursement'"), frozen("reference", "'BD-AAAA-AAAA'"), frozen("details", "digest"), frozen("digest", "details"),
	frozen("fingerprint", "'other'"), frozen("context", "'{}'"), frozen("return_url", "'https://evil.example'"),
	frozen("metadata", "NULL"), frozen("created_at", "moved_at"),
	{"action deleted", approvals.AwaitingStepUp, statement("DELETE FROM actions WHERE id = ?")},
	{"a longer wait taken back", approvals.AwaitingStepUp, func(_ *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		for _, wait := range []int{3600, 0} {
			if err := tx.Exec("UPDATE sellers SET extra_wait = ? WHERE marketplace = ? AND id = ?", wait, a.Marketplace, a.Seller).Error; err != nil {
				return err
			}
		}
		return nil
	}},
}

// second is a second action of a's seller, as it begins.
func second(a approvals.Action) approvals.Action {
	b := a
	b.ID = approvals.ActionID(approvalstest.NewID())
	b.State, b.EndedAt, b.Cancel = approvals.AwaitingStepUp, time.Time{}, ""
	b.Version, b.Generation, b.MovedAt, b.Wait, b.ConfirmSerial = 1, 1, b.CreatedAt, 0, 0
	b.NotifyBy, b.NotBefore, b.ConfirmBy, b.RenewAt, b.ClaimBy = time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}
	return b
}

// begun inserts a second action of a seller without an open one.
func begun(spoil func(b *approvals.Action)) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		b := second(a)
		spoil(&b)
		if err := w.Parts.ForceNew(tx, b); err != nil {
			return err
		}
		return tx.Record(eventOf(b, ""))
	}
}

var recordShortcuts = []shortcut{
	{"move without its event", approvals.CoolingOff, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		b, _ := guarded(w, a, approvals.Held)
		return tx.Force(b)
	}},
	{"action without its event", approvals.Cancelled, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		b := a
		b.ID, b.State, b.EndedAt, b.Cancel = approvals.ActionID(approvalstest.NewID()), approvals.AwaitingStepUp, time.Time{}, ""
		b.Version, b.Generation, b.MovedAt = 1, 1, b.CreatedAt
		return w.Parts.ForceNew(tx, b)
	}},
	{"event without its move", approvals.CoolingOff, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		_, event := stepOf(a, approvals.Approved, a.MovedAt)
		return tx.Record(event)
	}},
	{"event that tells another story", approvals.CoolingOff, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		b, _ := guarded(w, a, approvals.Held)
		if err := tx.Force(b); err != nil {
			return err
		}
		return tx.Record(eventOf(b, approvals.Notifying)) // it came from cooling_off
	}},
	{"event of another seller", approvals.CoolingOff, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		b, _ := guarded(w, a, approvals.Held)
		if err := tx.Force(b); err != nil {
			return err
		}
		event := eventOf(b, a.State)
		event.Seller = "seller-0"
		return tx.Record(event)
	}},
	{"event changed", approvals.CoolingOff, statement("UPDATE events SET verb = ? WHERE action = ?", "nothing")},
	{"event deleted", approvals.CoolingOff, statement("DELETE FROM events WHERE action = ?")},
	{"first event deleted", approvals.CoolingOff, statement("DELETE FROM events WHERE action = ? AND version = 1")},
	{"claim renumbered", approvals.Releasing, statement("UPDATE claims SET number = ? WHERE action = ?", 7)},
	{"claim antedated", approvals.Releasing, statement("UPDATE claims SET claimed_at = (SELECT created_at FROM actions a WHERE a.id = action) WHERE action = ?")},
	{"claim deleted", approvals.Releasing, statement("DELETE FROM claims WHERE action = ?")},
	{"first claim deleted", approvals.ExecutionFailed, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		b, _ := guarded(w, a, approvals.Releasing)
		if err := moveRaw(tx, a, b); err != nil {
			return errUndo
		}
		return tx.Exec("DELETE FROM claims WHERE action = ? AND number = 1", string(a.ID)).Error
	}},
	{"sighting deleted", approvals.Cancelled, statement("DELETE FROM sightings WHERE action = ?")},
	{"sighting changed", approvals.Cancelled, statement("UPDATE sightings SET fingerprint = ? WHERE action = ?", "other")},

	{"begun approved", approvals.Cancelled, begun(func(b *approvals.Action) {
		b.State, b.NotBefore, b.ConfirmBy, b.ClaimBy = approvals.Approved, b.CreatedAt, b.CreatedAt.Add(1e9), b.CreatedAt.Add(1e9)
	})},
	{"begun at version 2", approvals.Cancelled, begun(func(b *approvals.Action) { b.Version = 2 })},
	{"begun in generation 2", approvals.Cancelled, begun(func(b *approvals.Action) { b.Generation = 2 })},
	{"begun with a wait behind it", approvals.Cancelled, begun(func(b *approvals.Action) { b.NotBefore = b.CreatedAt })},
	{"begun without a destination", approvals.Cancelled, begun(func(b *approvals.Action) { b.Fingerprint = "" })},
	{"begun under another epoch", approvals.Cancelled, begun(func(b *approvals.Action) { b.LockEpoch = 1 })},
	{"begun beside an open one", approvals.Approved, begun(func(*approvals.Action) {})},

	{"notice accepted before it was sent", approvals.AwaitingStepUp, statement("UPDATE notices SET accepted_at = (SELECT created_at FROM actions WHERE id = action) WHERE action = ?")},
	{"notice accepted at another time", approvals.CoolingOff, statement("UPDATE notices SET accepted_at = (SELECT step_up_by FROM actions a WHERE a.id = action) WHERE action = ? AND position = 0")},
	{"contact left out", approvals.Notifying, statement("DELETE FROM notices WHERE action = ? AND position = 1")},
	{"contact put in", approvals.Notifying, statement("INSERT INTO notices (email, action, position) SELECT ?, id, 9 FROM actions WHERE id = ?", "late@example.net")},
	{"contact exchanged", approvals.Notifying, statement("UPDATE notices SET email = ? WHERE action = ? AND position = 1", "thief@example.net")},

	{"link unspent", approvals.Notifying, statement("UPDATE links SET spent_at = NULL WHERE action = ? AND purpose = 'handoff'")},
	{"link made to open something else", approvals.AwaitingConfirmation, statement("UPDATE links SET purpose = ? WHERE action = ? AND purpose = 'handoff'", "confirm")},
	{"link kept alive", approvals.AwaitingConfirmation, statement("UPDATE links SET expires_at = NULL WHERE action = ? AND purpose = 'confirm'")},
	{"link of an unknown purpose", approvals.AwaitingConfirmation, statement("INSERT INTO links (hash, action, purpose, serial, replaced) SELECT digest, id, ?, 9, (1 = 0) FROM actions WHERE id = ?", "admin")},
	{"stop link spent", approvals.AwaitingConfirmation, statement("UPDATE links SET spent_at = (SELECT moved_at FROM actions a WHERE a.id = action) WHERE action = ? AND purpose = 'stop'")},
}

// ofSeller runs one statement about the action's seller.
func ofSeller(sql string) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(_ *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		return tx.Exec(sql, string(a.Seller)).Error
	}
}

// twice runs two statements about the action's seller. The first may be done.
func twice(first, second string) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		if err := ofSeller(first)(w, tx, a); err != nil {
			return errUndo
		}
		return ofSeller(second)(w, tx, a)
	}
}

// whileLocked does something to an action whose seller was locked by hand.
func whileLocked(unlock bool, do func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		if err := ofSeller("UPDATE sellers SET locked = (1 = 1), lock_epoch = lock_epoch + 1, locked_at = created_at, locked_by = 'x' WHERE id = ?")(w, tx, a); err != nil {
			return errUndo // a set-up that fails is not a refusal
		}
		if unlock {
			if err := approvalstest.Agree(tx, "unlock", a, w.Clock.Now()); err != nil {
				return errUndo
			}
			if err := ofSeller("UPDATE sellers SET locked = (1 = 0) WHERE id = ?")(w, tx, a); err != nil {
				return errUndo
			}
		}
		return do(w, tx, a)
	}
}

var sellerShortcuts = []shortcut{
	{"released while locked", approvals.Approved, whileLocked(false, move(approvals.Releasing, func(*approvals.Action) {}))},
	{"released after an unlock", approvals.Approved, whileLocked(true, move(approvals.Releasing, func(*approvals.Action) {}))},
	{"approved while locked", approvals.AwaitingConfirmation, whileLocked(false, move(approvals.Approved, func(*approvals.Action) {}))},
	{"clock started while locked", approvals.Notifying, whileLocked(false, move(approvals.CoolingOff, func(*approvals.Action) {}))},
	{"started again while locked", approvals.Held, whileLocked(false, decidedByTwo("resume", move(approvals.AwaitingStepUp, func(b *approvals.Action) { b.LockEpoch = 1 })))},
	{"started again under the old epoch", approvals.Held, whileLocked(true, decidedByTwo("resume", move(approvals.AwaitingStepUp, func(*approvals.Action) {})))},
	{"begun unheld while locked", approvals.Cancelled, whileLocked(false, begun(func(b *approvals.Action) { b.LockEpoch = 1 }))},
	{"locked without raising the epoch", approvals.Approved, ofSeller("UPDATE sellers SET locked = (1 = 1), locked_at = created_at, locked_by = 'x' WHERE id = ?")},
	{"epoch raised without a lock", approvals.Approved, ofSeller("UPDATE sellers SET lock_epoch = lock_epoch + 1 WHERE id = ?")},
	{"epoch set back", approvals.Approved, whileLocked(true, ofSeller("UPDATE sellers SET lock_epoch = 0 WHERE id = ?"))},
	{"locked by nobody", approvals.Approved, ofSeller("UPDATE sellers SET locked = (1 = 1), lock_epoch = lock_epoch + 1 WHERE id = ?")},
	{"seller made older", approvals.Approved, ofSeller("UPDATE sellers SET created_at = (SELECT max(notify_by) FROM actions) WHERE id = ?")},
	{"seller renamed", approvals.Approved, ofSeller("UPDATE sellers SET id = 'other' WHERE id = ?")},
	{"known address replaced", approvals.Approved, ofSeller("UPDATE contacts SET email = 'thief@example.net' WHERE seller = ? AND position = 0")},
	{"address retired by hand", approvals.Approved, ofSeller("UPDATE contacts SET retired_at = since WHERE seller = ? AND position = 0")},
	{"address made younger", approvals.Approved, ofSeller("UPDATE contacts SET since = (SELECT max(notify_by) FROM actions) WHERE seller = ? AND position = 0")},
	{"change of security forgotten", approvals.Approved, twice("UPDATE sellers SET security_at = created_at WHERE id = ?", "UPDATE sellers SET security_at = NULL WHERE id = ?")},
	{"change of security antedated", approvals.Approved, twice(
		"UPDATE sellers SET security_at = (SELECT max(notify_by) FROM actions) WHERE id = ?", "UPDATE sellers SET security_at = created_at WHERE id = ?")},
	{"address slipped in", approvals.Approved, ofSeller(slippedIn("(SELECT max(moved_at) FROM actions)"))},
	{"address slipped in as a first one", approvals.Approved, ofSeller(slippedIn("created_at"))},
	{"known address forgotten", approvals.Approved, ofSeller("DELETE FROM contacts WHERE seller = ?")},
}

var outgoingShortcuts = []shortcut{
	{"settled mail given another answer", approvals.CoolingOff, statement("UPDATE mails SET answer = ? WHERE action = ? AND state = 'accepted'", "550 no")},
	{"settled mail sent again", approvals.CoolingOff, statement("UPDATE mails SET state = ? WHERE action = ? AND state = 'accepted'", "pending")},
	{"mail sent to somebody else", approvals.Notifying, statement("UPDATE mails SET recipient = ? WHERE action = ?", "thief@example.net")},
	{"mail settled without a time", approvals.Notifying, statement("UPDATE mails SET state = ? WHERE action = ? AND state = 'pending'", "accepted")},
	{"webhook about something else", approvals.Notifying, statement("UPDATE deliveries SET type = ? WHERE action = ?", "action.approved")},
	{"clock's mark set back", approvals.Cancelled, func(_ *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		if err := tx.Exec("UPDATE gateway SET clock_mark = ?", approvaldb.At(a.MovedAt)).Error; err != nil {
			return errUndo
		}
		return tx.Exec("UPDATE gateway SET clock_mark = ?", approvaldb.At(a.MovedAt.Add(-time.Hour))).Error
	}},
	{"gateway forgotten", approvals.Cancelled, func(_ *approvalstest.World, tx *approvaldb.Tx, _ approvals.Action) error {
		return tx.Exec("DELETE FROM gateway").Error
	}},
	{"halted without a reason", approvals.Cancelled, func(_ *approvalstest.World, tx *approvaldb.Tx, _ approvals.Action) error {
		return tx.Exec("UPDATE gateway SET halted = (1 = 1)").Error
	}},
}

// slippedIn adds an address to a seller, known since then, without a
// contact.change.
func slippedIn(since string) string {
	return "INSERT INTO contacts (marketplace, seller, email, position, since) SELECT marketplace, id, 'thief@example.net', 9, " + since + " FROM sellers WHERE id = ?"
}
