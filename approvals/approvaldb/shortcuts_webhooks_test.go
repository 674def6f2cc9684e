package approvaldb_test

import (
	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// tried makes an attempt of one of the action's deliveries and then does this
// to it.
func tried(sql string) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(_ *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		const add = "INSERT INTO delivery_attempts (delivery, number, attempted_at, status, latency, answer) SELECT id, 1, created_at, 500, 1, '' FROM deliveries WHERE action = ?"
		if err := tx.Exec(add, string(a.ID)).Error; err != nil {
			return errUndo
		}
		return tx.Exec(sql).Error
	}
}

// endpoint does this to the endpoints of the marketplace.
func endpoint(sql string) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(_ *approvalstest.World, tx *approvaldb.Tx, _ approvals.Action) error { return tx.Exec(sql).Error }
}

// underGone does this after the key that endpoints are sealed with was removed.
func underGone(sql string) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		if err := gone(tx, w.Keys.Sealing(), approvaldb.At(a.MovedAt)); err != nil {
			return errUndo
		}
		return tx.Exec(sql + " WHERE 1 = 1").Error
	}
}

var webhookShortcuts = []shortcut{
	{"event told otherwise", approvals.Notifying, statement("UPDATE announcements SET type = ? WHERE action = ?", "action.approved")},
	{"event untold", approvals.Notifying, statement("DELETE FROM announcements WHERE action = ?")},
	{"webhook under another id", approvals.Notifying, statement("UPDATE deliveries SET event = id WHERE action = ?")},
	{"webhook to another endpoint", approvals.Notifying, statement("UPDATE deliveries SET endpoint = id WHERE action = ?")},
	{"attempt told otherwise", approvals.Notifying, tried("UPDATE delivery_attempts SET status = 200")},
	{"attempt forgotten", approvals.Notifying, tried("DELETE FROM delivery_attempts")},
	{"attempt without a number", approvals.Notifying, statement("INSERT INTO delivery_attempts (delivery, number, attempted_at, status, latency, answer) SELECT id, 0, created_at, 500, 1, '' FROM deliveries WHERE action = ?")},
	{"endpoint moved", approvals.Notifying, endpoint("UPDATE endpoints SET url = 'https://evil.example'")},
	{"endpoint sealed with a key that is gone", approvals.Notifying, underGone("INSERT INTO endpoints (id, marketplace, url, secrets, events, created_at) SELECT (SELECT id FROM announcements LIMIT 1), marketplace, url, secrets, events, created_at FROM endpoints")},
	{"endpoint sealed anew with a key that is gone", approvals.Notifying, underGone("UPDATE endpoints SET secrets = secrets")},
	{"endpoint told of everything", approvals.Notifying, endpoint("UPDATE endpoints SET events = '[\"seller.locked\"]'")},
}
