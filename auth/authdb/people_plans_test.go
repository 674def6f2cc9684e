package authdb_test

import (
	"strings"
	"testing"

	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// Nothing that a request of a person asks reads a table from one end to the
// other.
func TestPeople_Plans(t *testing.T) {
	t.Parallel()
	noScans(t, approvalstest.OpenSQLite(t), []string{
		"SELECT * FROM people WHERE id = ?",
		"SELECT * FROM people WHERE handle = ?",
		"SELECT * FROM people WHERE invite_hash = ?",
		"SELECT * FROM people WHERE marketplace = ? AND role = ? ORDER BY id",
		"SELECT * FROM people WHERE marketplace IS NULL AND role = ? ORDER BY id",
		"SELECT id FROM people WHERE marketplace IS NULL AND role = ? AND joined_at IS NOT NULL AND removed_at IS NULL ORDER BY id",
		"UPDATE people SET joined_at = ? WHERE invite_hash = ? AND joined_at IS NULL AND removed_at IS NULL AND invited_until > ?",
		"SELECT * FROM people_passkeys WHERE person = ? ORDER BY id",
		"UPDATE people_passkeys SET sign_count = ? WHERE id = ? AND disabled_at IS NULL AND sign_count <= ?",
		"SELECT * FROM people_sign_ons WHERE person = ?",
		"SELECT * FROM people_sign_ons WHERE issuer = ? AND subject = ?",
		"DELETE FROM people_sign_ons WHERE person = ?",
		"DELETE FROM sign_on_answers WHERE expires_at <= ?",
		"DELETE FROM people_challenges WHERE hash = ?",
		"DELETE FROM people_challenges WHERE expires_at <= ?",
		"SELECT * FROM people_sessions WHERE hash = ? AND ended_at IS NULL",
		"UPDATE people_sessions SET ended_at = seen_at WHERE person = ? AND ended_at IS NULL",
		"DELETE FROM people_sessions WHERE seen_at < ?",
		"DELETE FROM people_sessions WHERE created_at < ?",
	})
}

// noScans explains each statement.
func noScans(t *testing.T, db *approvaldb.DB, statements []string) {
	t.Helper()
	for _, statement := range statements {
		values := make([]any, strings.Count(statement, "?"))
		for i := range values {
			values[i] = "x"
		}
		rows, err := db.SQL().QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+statement, values...)
		if err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
		for rows.Next() {
			var id, parent, unused int
			var line string
			if err := rows.Scan(&id, &parent, &unused, &line); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(line, "SCAN") || strings.Contains(line, "TEMP B-TREE") {
				t.Errorf("%s: %s", statement, line)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
}
