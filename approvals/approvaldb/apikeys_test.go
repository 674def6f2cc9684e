package approvaldb_test

import (
	"testing"

	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// A key's reach is frozen, and its end only comes nearer.
func TestAPIKeys_Schema(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := approvalstest.Service(t, db, approvalstest.NewClock())
		w.AddMarketplace(t, "globex")
		run := func(sql string) error {
			return db.InTx(t.Context(), func(tx *approvaldb.Tx) error { return tx.Exec(sql, approvaldb.At(w.Clock.Now().Add(1e9))).Error })
		}
		if err := run("UPDATE api_keys SET expires_at = ?, last_used_at = created_at WHERE marketplace = 'acme'"); err != nil {
			t.Fatal(err)
		}
		for name, sql := range map[string]string{
			"more scopes":         `UPDATE api_keys SET scopes = '["webhooks"]' WHERE created_at < ?`,
			"other ranges":        `UPDATE api_keys SET ranges = '["10.0.0.0/8"]' WHERE created_at < ?`,
			"another name":        "UPDATE api_keys SET name = 'x' WHERE created_at < ?",
			"another marketplace": "UPDATE api_keys SET marketplace = 'globex' WHERE created_at < ? AND marketplace = 'acme'",
			"another hash":        "UPDATE api_keys SET hash = substr(hash, 2) WHERE created_at < ?",
			"no end":              "UPDATE api_keys SET expires_at = NULL WHERE marketplace = 'acme' AND created_at < ?",
			"never used":          "UPDATE api_keys SET last_used_at = NULL WHERE marketplace = 'acme' AND created_at < ?",
			"over when made":      "UPDATE api_keys SET expires_at = created_at WHERE marketplace = 'acme' AND created_at < ?",
		} {
			if err := run(sql); err == nil {
				t.Errorf("%s: accepted", name)
			}
		}
		if err := run("UPDATE api_keys SET revoked_at = created_at WHERE created_at < ?"); err != nil {
			t.Fatal(err)
		}
		if run("UPDATE api_keys SET revoked_at = NULL WHERE created_at < ?") == nil {
			t.Error("a revoked key comes back")
		}
	})
}

// The key that a marketplace is added with is audited like every other.
func TestAPIKeys_FirstIsAudited(t *testing.T) {
	t.Parallel()
	w := approvalstest.Service(t, approvalstest.OpenSQLite(t), approvalstest.NewClock())
	w.AddMarketplace(t, "globex")
	var n int
	err := w.DB.Read(t.Context()).Raw("SELECT count(*) FROM events e JOIN api_keys k ON k.marketplace = e.marketplace AND json_extract(e.data, '$.key') = k.id" +
		" WHERE e.verb = 'api_key_added' AND e.actor_type = 'operator' AND e.marketplace = 'globex'").Scan(&n).Error
	if err != nil || n != 1 {
		t.Errorf("%d lines, %v", n, err)
	}
}
