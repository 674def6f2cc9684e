package approvaldb_test

import (
	"bytes"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// Where shortcuts about pushes start, besides the states of an action.
const (
	pushApproved approvals.State = "approved, to be pushed"
	pushOpen     approvals.State = "being pushed"
	pushWaiting  approvals.State = "to be pushed again" // an attempt was not sent
	pushRepeats  approvals.State = "being pushed, idempotent"
)

// drive takes an action to where a shortcut starts.
func drive(t *testing.T, w *approvalstest.World, to approvals.State) approvals.Action {
	t.Helper()
	switch to {
	case pushApproved:
		return w.ApprovedPush(t, false)
	case pushOpen:
		return w.Abandoned(t, w.ApprovedPush(t, false))
	case pushWaiting:
		return w.Push(t, w.ApprovedPush(t, false), approvals.PushOutcome{Result: approvals.PushNotSent})
	case pushRepeats:
		return w.Abandoned(t, w.ApprovedPush(t, true))
	}
	if to == agreeing {
		a, _ := w.Asked(t)
		return a
	}
	return w.Drive(t, to)
}

// begunAttempt inserts an attempt of the action's push.
func begunAttempt(number int, idempotent bool, at func(approvals.Action) time.Time) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(_ *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		return tx.Exec("INSERT INTO push_attempts (action, number, idempotent, begun_at, status, note) VALUES (?, ?, ?, ?, 0, '')",
			string(a.ID), number, idempotent, approvaldb.At(at(a))).Error
	}
}

func claimedAt(a approvals.Action) time.Time { return a.ClaimedAt }

// begunPush inserts a second action of a's seller, with a push that is due at a
// time, or not yet.
func begunPush(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action, body []byte, due time.Time) error {
	b := second(a)
	if err := w.Parts.ForceNew(tx, b); err != nil {
		return errUndo // a set-up that fails is not a refusal
	}
	insert := "INSERT INTO pushes (id, marketplace, route, idempotent, body, created_at, next_at, wake_at) VALUES (?, ?, 'bank', (1 = 0), ?, ?, ?, ?)"
	err := tx.Exec(insert, string(b.ID), string(b.Marketplace), body, approvaldb.At(b.CreatedAt), approvaldb.At(due), approvaldb.At(due)).Error
	if err != nil {
		return err
	}
	return tx.Record(eventOf(b, ""))
}

// bodyOf is the push's sealed body under another key's name.
func bodyOf(tx *approvaldb.Tx, a approvals.Action) ([]byte, error) {
	var body []byte
	if err := tx.Raw("SELECT body FROM pushes WHERE id = ?", string(a.ID)).Row().Scan(&body); err != nil {
		return nil, errUndo // a set-up that fails is not a refusal
	}
	other := bytes.Clone(body)
	other[2] ^= 1
	return other, nil
}

var pushShortcuts = []shortcut{
	{"a push claimed by somebody else", pushApproved, move(approvals.Releasing, func(*approvals.Action) {})},
	{"a push made later", approvals.CoolingOff, statement("INSERT INTO pushes (route, id, marketplace, idempotent, body, created_at) SELECT ?, id, marketplace, (1 = 0), digest, created_at FROM actions WHERE id = ?", "bank")},
	{"a push that is due from the beginning", approvals.Cancelled, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		return begunPush(w, tx, a, []byte("sealed"), a.MovedAt)
	}},
	{"a push of another route", pushApproved, statement("UPDATE pushes SET route = ? WHERE id = ?", "loan")},
	{"a push declared idempotent later", pushApproved, statement("UPDATE pushes SET idempotent = (1 = 1) WHERE id = ?")},
	{"a body exchanged", pushApproved, statement("UPDATE pushes SET body = (SELECT digest FROM actions a WHERE a.id = pushes.id) WHERE id = ?")},
	{"a push deleted", pushApproved, statement("DELETE FROM pushes WHERE id = ?")},
	{"a push due that nobody is woken for", pushApproved, statement("UPDATE pushes SET wake_at = NULL WHERE id = ?")},
	{"a body sealed with a key that is gone", pushApproved, func(_ *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		body, err := bodyOf(tx, a)
		if err != nil {
			return err
		}
		if err := gone(tx, body, approvaldb.At(a.MovedAt)); err != nil {
			return errUndo
		}
		return tx.Exec("UPDATE pushes SET body = ? WHERE id = ?", body, string(a.ID)).Error
	}},
	{"a push begun with a key that is gone", approvals.Cancelled, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		body := []byte("another key's")
		if err := gone(tx, body, approvaldb.At(a.MovedAt)); err != nil {
			return errUndo
		}
		return begunPush(w, tx, a, body, time.Time{})
	}},

	{"an attempt before the claim", pushApproved, begunAttempt(1, false, func(a approvals.Action) time.Time { return a.MovedAt })},
	{"an attempt that begins before its claim", pushWaiting, begunAttempt(2, false, func(a approvals.Action) time.Time { return a.ClaimedAt.Add(-time.Microsecond) })},
	{"an attempt that leaves a number out", pushWaiting, begunAttempt(3, false, claimedAt)},
	{"an attempt while the seller is locked", pushWaiting, whileLocked(false, begunAttempt(2, false, claimedAt))},
	{"an attempt after a lock", pushWaiting, whileLocked(true, begunAttempt(2, false, claimedAt))},
	{"an attempt that passes for idempotent", pushWaiting, begunAttempt(2, true, claimedAt)},
	{"a second attempt at once (I5)", pushRepeats, begunAttempt(2, true, claimedAt)},
	{"a second attempt that may be sent (I4b)", pushOpen, func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		if err := statement("UPDATE push_attempts SET result = 'unknown', ended_at = begun_at WHERE action = ?")(w, tx, a); err != nil {
			return errUndo
		}
		return begunAttempt(2, false, claimedAt)(w, tx, a)
	}},
	{"an attempt of another time", pushOpen, statement("UPDATE push_attempts SET begun_at = (SELECT created_at FROM actions a WHERE a.id = action) WHERE action = ?")},
	{"a result taken back", pushWaiting, statement("UPDATE push_attempts SET result = ?, ended_at = begun_at WHERE action = ?", "executed")},
	{"an attempt deleted", pushWaiting, statement("DELETE FROM push_attempts WHERE action = ?")},
	{"a result without its time", pushOpen, statement("UPDATE push_attempts SET result = ? WHERE action = ?", "executed")},
	{"a result nobody knows", pushOpen, statement("UPDATE push_attempts SET ended_at = begun_at, result = ? WHERE action = ?", "perhaps")},
	{"a push given up early", pushWaiting, move(approvals.Unresolved, func(b *approvals.Action) { b.MovedAt = b.ResultBy.Add(-time.Microsecond) })},
}
