package approvaldb_test

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"gorm.io/gorm"

	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// many is how many actions there are when statements are explained.
const many = 10_000

// statements collects every statement that is run on a database, so that a new
// query is explained without anybody thinking of it.
type statements struct {
	mu    sync.Mutex
	found map[string][]any // by text, with the values of one call
}

func (s *statements) watch(t testing.TB, db *approvaldb.DB) {
	t.Helper()
	keep := func(g *gorm.DB) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if text := g.Statement.SQL.String(); text != "" {
			s.found[text] = append([]any(nil), g.Statement.Vars...)
		}
	}
	for _, g := range db.Gorm() {
		c := g.Callback()
		for _, err := range []error{
			c.Create().After("gorm:create").Register("test:keep", keep), c.Query().After("gorm:query").Register("test:keep", keep),
			c.Update().After("gorm:update").Register("test:keep", keep), c.Delete().After("gorm:delete").Register("test:keep", keep),
			c.Row().After("gorm:row").Register("test:keep", keep), c.Raw().After("gorm:raw").Register("test:keep", keep),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// scans matches a plan that reads a table from one end to the other.
var (
	sqliteScan   = regexp.MustCompile(`(?m)^SCAN (\w+)`)
	postgresScan = regexp.MustCompile(`Seq Scan on (\w+)`)
)

// mayScan are the statements that read a whole table, and why they may.
var mayScan = map[string]string{
	`marketplaces`: "Registry.Marketplaces lists all of them, for the operator",
	`gateway`:      "it has one row",
}

// refuseScans explains every statement that was collected on a database with
// many rows in every table that grows.
func (s *statements) refuseScans(t *testing.T, db *approvaldb.DB) {
	t.Helper()
	fill(t, approvalstest.Service(t, db, approvalstest.NewClock()))
	explained := 0
	for text, vars := range s.found {
		verb, _, _ := strings.Cut(strings.TrimSpace(text), " ")
		if verb != "SELECT" && verb != "UPDATE" && verb != "DELETE" {
			continue // an INSERT looks up keys only
		}
		plan := explain(t, db, text, vars)
		explained++
		scan := sqliteScan
		if db.Postgres() {
			scan = postgresScan
		}
		for _, m := range scan.FindAllStringSubmatch(plan, -1) {
			if _, may := mayScan[m[1]]; !may && m[1] != "CONSTANT" {
				t.Errorf("reads all of %s:\n%s\n%s", m[1], text, plan)
			}
		}
	}
	t.Logf("%d statements explained", explained)
	if explained == 0 {
		t.Error("no statement was collected")
	}
}

func explain(t *testing.T, db *approvaldb.DB, text string, vars []any) string {
	t.Helper()
	prefix := "EXPLAIN QUERY PLAN "
	if db.Postgres() {
		prefix = "EXPLAIN "
	}
	rows, err := db.SQL().QueryContext(t.Context(), prefix+text, vars...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var line string
		var skip any
		into := []any{&line}
		if !db.Postgres() {
			into = []any{&skip, &skip, &skip, &line}
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(line + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}

// fill copies one action with all that belongs to it many times, and its
// marketplace as well.
func fill(t *testing.T, w *approvalstest.World) {
	t.Helper()
	model := w.Create(t)
	uuid := func(kind int) string {
		id := fmt.Sprintf("('0%d000000-0000-7000-8000-1' || substr(CAST(100000000000 + i AS text), 2))", kind)
		if w.DB.Postgres() {
			return "CAST(" + id + " AS uuid)"
		}
		return id
	}
	hash := "CAST('00000000000000000000' || CAST(100000000000 + i AS text) AS blob)"
	if w.DB.Postgres() {
		hash = "convert_to('00000000000000000000' || CAST(100000000000 + i AS text), 'UTF8')"
	}
	action, seller := uuid(1), "'many-' || CAST(i AS text)"
	const actionColumns = "kind, reference, details, digest, fingerprint, context, return_url, metadata, created_at, state, generation, lock_epoch, decision, wait, step_up_by, confirm_serial, resends, version, moved_at, due_at"
	const mailColumns = "kind, recipient, generation, serial, case_number, created_at, state, attempts, next_at, wake_at, answer"
	const deliveryColumns = "endpoint, type, action_state, digest, sequence, created_at, state, attempts, next_at, wake_at, status, answer"
	err := w.DB.InTx(t.Context(), func(tx *approvaldb.Tx) error {
		for _, copied := range []string{
			"marketplaces (id, name, return_urls, created_at) SELECT " + seller + ", name, return_urls, created_at FROM n, marketplaces WHERE id = 'acme'",
			"api_keys (hash, marketplace, hint, created_at) SELECT " + hash + ", " + seller + ", hint, created_at FROM n, api_keys",
			"endpoints (id, marketplace, url, secrets, events, created_at) SELECT " + uuid(2) + ", " + seller + ", url, secrets, events, created_at FROM n, endpoints",
			"sellers (marketplace, id, name, locale, time_zone, country, locked, lock_epoch, created_at) SELECT marketplace, " + seller + ", name, locale, time_zone, country, locked, lock_epoch, created_at FROM n, sellers",
			"contacts (marketplace, seller, email, position, since) SELECT marketplace, " + seller + ", email, position, since FROM n, contacts",
			"actions (id, marketplace, seller, " + actionColumns + ") SELECT " + action + ", marketplace, " + seller + ", " + actionColumns + " FROM n, actions",
			"notices (action, email, position) SELECT " + action + ", email, position FROM n, notices",
			"events (id, marketplace, seller, action, version, generation, verb, to_state, actor_type, occurred_at) SELECT " + uuid(3) + ", marketplace, " + seller + ", " + action + ", version, generation, verb, to_state, actor_type, occurred_at FROM n, events",
			"links (hash, action, purpose, serial, expires_at, replaced) SELECT " + hash + ", " + action + ", purpose, serial, expires_at, replaced FROM n, links WHERE purpose = 'handoff'",
			"mails (id, marketplace, seller, action, " + mailColumns + ") SELECT " + uuid(4) + ", marketplace, " + seller + ", " + action + ", " + mailColumns + " FROM n, (SELECT * FROM mails LIMIT 1) m",
			"deliveries (id, seller, action, " + deliveryColumns + ") SELECT " + uuid(5) + ", " + seller + ", " + action + ", " + deliveryColumns + " FROM n, deliveries",
			"proofs (id, action, generation, stage, method, authenticator, digest, uv, spent, evidence, proved_at) SELECT " + uuid(6) + ", " + action + ", 1, 'step_up', 'totp', 'x', digest, (1 = 0), " + seller + ", digest, created_at FROM n, (SELECT * FROM actions WHERE seller = '" + string(model.Seller) + "') a",
			"cases (marketplace, seller, reason, opened_at) SELECT marketplace, " + seller + ", 'review', created_at FROM n, (SELECT * FROM sellers WHERE id = '" + string(model.Seller) + "') s",
			"answers (marketplace, key, request_hash, status, body, answered_at) SELECT 'acme', " + seller + ", 'h', 200, digest, created_at FROM n, (SELECT * FROM actions WHERE seller = '" + string(model.Seller) + "') a",
		} {
			if err := tx.Exec(fmt.Sprintf("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO %s", many, copied)).Error; err != nil {
				return fmt.Errorf("%s: %w", copied, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if w.DB.Postgres() {
		if _, err := w.DB.SQL().ExecContext(t.Context(), "ANALYZE"); err != nil {
			t.Fatal(err)
		}
	}
}
