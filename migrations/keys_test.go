package migrations_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/approvals/approvalstest"
)

// TestActionsAreFrozenOrVersioned: only details can be written without a new
// version of the action, and they have a rule of their own. A column that is
// added to actions belongs into one of the lists, in both dialects.
func TestActionsAreFrozenOrVersioned(t *testing.T) {
	t.Parallel()
	for _, d := range []struct{ name, columns, triggers string }{
		{"sqlite", "SELECT name FROM pragma_table_info('actions')", "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'actions'"},
		{"postgres", "SELECT column_name FROM information_schema.columns WHERE table_name = 'actions'",
			"SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'actions'::regclass AND NOT tgisinternal"},
	} {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			db := approvalstest.OpenSQLite
			if d.name == "postgres" {
				db = approvalstest.OpenPostgres
			}
			pool := db(t).SQL()
			of := map[string][]string{}
			for _, r := range rows(t, pool, d.triggers) {
				if m := regexp.MustCompile(`(?s)UPDATE OF\s+(.*?)\s+ON `).FindStringSubmatch(r[1]); m != nil {
					of[r[0]] = regexp.MustCompile(`,\s*`).Split(strings.TrimSpace(m[1]), -1)
				}
			}
			for _, r := range rows(t, pool, d.columns) {
				column := r[0]
				frozen, versioned, final := slices.Contains(of["actions_frozen"], column), slices.Contains(of["actions_version"], column), slices.Contains(of["actions_final"], column)
				if column == "details" {
					frozen = slices.Contains(of["actions_resealed"], column)
				}
				if frozen == versioned || versioned != final {
					t.Errorf("%s: frozen %v, versioned %v, kept at the end %v", column, frozen, versioned, final)
				}
			}
		})
	}
}
