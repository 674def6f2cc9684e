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

// many is how many actions there are when statements are explained. SQLite plans
// without looking at how many rows there are; a few show that the copies work.
func many(postgres bool) int {
	if postgres {
		return 10_000
	}
	return 100
}

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
	`part`:         "a part of the same statement, which ends after a few rows itself; so does what is called x_part",
}

// refuseScans explains every statement that was collected on a database with
// many rows in every table that grows.
func (s *statements) refuseScans(t *testing.T, db *approvaldb.DB) {
	t.Helper()
	fill(t, approvalstest.Service(t, db, approvalstest.NewClock()))
	var rows int
	if err := db.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM actions").Scan(&rows); err != nil || rows < many(db.Postgres()) {
		t.Fatalf("%d actions, %v, want %d", rows, err, many(db.Postgres()))
	}
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
			if _, may := mayScan[m[1]]; !may && m[1] != "CONSTANT" && !strings.HasSuffix(m[1], "_part") {
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
// marketplace as well, in batches that a transaction has time for.
func fill(t *testing.T, w *approvalstest.World) {
	t.Helper()
	many := many(w.DB.Postgres())
	batch := many / 10
	model := w.Create(t)
	for table, trigger := range map[string]string{"push_attempts": "push_attempts_released", "approvers": "approvers_invited", "approver_proofs": "approver_proofs_in_time", "recoveries": "recoveries_agreed"} {
		if _, err := w.DB.SQL().ExecContext(t.Context(), unruled(w.DB, table, trigger)); err != nil {
			t.Fatal(err)
		}
	}
	for from := 1; from <= many; from += batch {
		series := fmt.Sprintf("WITH RECURSIVE n (i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO ", from, from+batch-1)
		for _, together := range copies(w.DB.Postgres(), string(model.ID), string(model.Seller)) {
			err := w.DB.InTx(t.Context(), func(tx *approvaldb.Tx) error {
				for _, copied := range together {
					if err := tx.Exec(series + copied).Error; err != nil {
						return fmt.Errorf("%s: %w", copied, err)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if w.DB.Postgres() {
		if _, err := w.DB.SQL().ExecContext(t.Context(), "ANALYZE"); err != nil {
			t.Fatal(err)
		}
	}
}

// unruled takes a rule away that the copies, which nobody releases or approves, do
// not keep.
func unruled(db *approvaldb.DB, table, trigger string) string {
	if db.Postgres() {
		return "ALTER TABLE " + table + " DISABLE TRIGGER " + trigger
	}
	return "DROP TRIGGER " + trigger
}

// copies returns what is inserted for each i of n, one transaction a line.
func copies(postgres bool, model, seller string) [][]string {
	digits := "CAST(100000000000 + i AS text)"
	hash := "CAST('00000000000000000000' || " + digits + " AS blob)"
	id := func(kind int) string {
		return fmt.Sprintf("('0%d000000-0000-7000-8000-1' || substr(%s, 2))", kind, digits)
	}
	twice := "'00000000000000000000' || " + digits + " || '00000000000000000000' || " + digits
	long, point := "CAST("+twice+" AS blob)", "CAST("+twice+" || '0' AS blob)"
	lapses := "a.created_at + 14400000000" // four hours
	if postgres {
		lapses = "a.created_at + interval '4 hours'"
		point = "convert_to(" + twice + " || '0', 'UTF8')"
		long = "convert_to(" + twice + ", 'UTF8')"
		hash = "convert_to('00000000000000000000' || " + digits + ", 'UTF8')"
		text := id
		id = func(kind int) string { return "CAST(" + text(kind) + " AS uuid)" }
	}
	named := "'many-' || CAST(i AS text)"
	const action = "kind, reference, details, digest, fingerprint, context, return_url, metadata, created_at, state, generation, lock_epoch, decision, wait, step_up_by, confirm_serial, resends, version, moved_at, due_at"
	const mail = "kind, recipient, generation, serial, case_number, created_at, state, attempts, next_at, wake_at, answer"
	const delivery = "endpoint, event, type, action_state, digest, sequence, created_at, begun_at, state, attempts, next_at, wake_at, status, answer"
	ofModel, ofSeller := " WHERE action = '"+model+"'", " WHERE seller = '"+seller+"'"
	return [][]string{
		{"marketplaces (id, name, return_urls, created_at) SELECT " + named + ", name, return_urls, created_at FROM n, marketplaces WHERE id = 'acme'"},
		{"api_keys (hash, marketplace, hint, created_at, id, name, scopes, ranges, created_by) SELECT " + hash + ", " + named + ", hint, created_at, " + id(9) + ", name, scopes, ranges, created_by FROM n, api_keys WHERE marketplace = 'acme'"},
		{"endpoints (id, marketplace, url, secrets, events, created_at) SELECT " + id(2) + ", " + named + ", url, secrets, events, created_at FROM n, endpoints WHERE marketplace = 'acme'"},
		{"sellers (marketplace, id, name, locale, time_zone, country, locked, lock_epoch, created_at) SELECT marketplace, " + named + ", name, locale, time_zone, country, locked, lock_epoch, created_at FROM n, sellers WHERE id = '" + seller + "'"},
		{"contacts (marketplace, seller, email, position, since) SELECT marketplace, " + named + ", email, position, since FROM n, contacts" + ofSeller},
		{
			"actions (id, marketplace, seller, " + action + ") SELECT " + id(1) + ", marketplace, " + named + ", " + action + " FROM n, actions WHERE id = '" + model + "'",
			"pushes (id, marketplace, route, idempotent, body, created_at) SELECT " + id(1) + ", marketplace, 'bank', (1 = 1), digest, created_at FROM n, actions WHERE id = '" + model + "'",
			"notices (action, email, position) SELECT " + id(1) + ", email, position FROM n, notices" + ofModel,
			"events (id, marketplace, seller, action, version, generation, verb, to_state, actor_type, occurred_at) SELECT " + id(3) + ", marketplace, " + named + ", " + id(1) + ", version, generation, verb, to_state, actor_type, occurred_at FROM n, events" + ofModel,
		},
		{"push_attempts (action, number, idempotent, begun_at, status, note) SELECT " + id(1) + ", 1, (1 = 1), created_at, 0, '' FROM n, actions WHERE id = '" + model + "'"},
		{"links (hash, action, purpose, serial, expires_at, replaced) SELECT " + hash + ", " + id(1) + ", purpose, serial, expires_at, replaced FROM n, links" + ofModel + " AND purpose = 'handoff'"},
		{"mails (id, marketplace, seller, action, " + mail + ") SELECT " + id(4) + ", marketplace, " + named + ", " + id(1) + ", " + mail + " FROM n, (SELECT * FROM mails" + ofModel + " LIMIT 1) m"},
		{"security_notices (id, marketplace, seller, what, facts, stop_hash, occurred_at, told_at) SELECT " + id(7) + ", marketplace, " + named + ", 'last_tries', digest, " + hash + ", created_at, created_at FROM n, actions WHERE id = '" + model + "'"},
		{"notice_mails (mail, notice) SELECT " + id(4) + ", " + id(7) + " FROM n"},
		{"deliveries (id, seller, action, " + delivery + ") SELECT " + id(5) + ", " + named + ", " + id(1) + ", " + delivery + " FROM n, deliveries" + ofModel},
		{"delivery_attempts (delivery, number, attempted_at, status, latency, answer) SELECT " + id(5) + ", 1, created_at, 500, 1, '' FROM n, actions WHERE id = '" + model + "'"},
		{"announcements (id, marketplace, type, seller, action_state, digest, sequence, occurred_at) SELECT " + id(8) + ", marketplace, 'seller.locked', " + named + ", '', '', 0, created_at FROM n, actions WHERE id = '" + model + "'"},
		{
			"destinations (scope, fingerprint, created_at, ring, turn) SELECT 'acme', " + named + ", created_at, 0, 0 FROM n, actions WHERE id = '" + model + "'",
			"destination_sellers (scope, fingerprint, marketplace, seller, first_at, last_at, proved_at, declared, ring) SELECT 'acme', " + named + ", 'acme', " + named + ", created_at, created_at, created_at, (1 = 0), 0 FROM n, actions WHERE id = '" + model + "'",
			"rings (scope, fingerprint, found_at) SELECT 'acme', " + named + ", created_at FROM n, actions WHERE id = '" + model + "'",
			"rings_announced (scope, fingerprint, marketplace, ring_at) SELECT 'acme', " + named + ", 'acme', created_at FROM n, actions WHERE id = '" + model + "'",
			"payout_accounts (marketplace, seller, fingerprint, since, placed_at, current) SELECT 'acme', " + named + ", " + named + ", created_at, created_at, (1 = 1) FROM n, actions WHERE id = '" + model + "'",
			"traits (trait, seen_at, seller) SELECT i, created_at, i FROM n, actions WHERE id = '" + model + "'",
		},
		{"proofs (id, action, generation, stage, method, authenticator, digest, uv, spent, evidence, proved_at) SELECT " + id(6) + ", " + id(1) + ", 1, 'step_up', 'totp', 'x', digest, (1 = 0), " + named + ", digest, created_at FROM n, actions WHERE id = '" + model + "'"},
		{
			"approvers (id, marketplace, seller, name, email, invited_at, invited_until) SELECT " + id(1) + ", marketplace, " + named + ", 'A', 'a@b.example', created_at, step_up_by FROM n, actions WHERE id = '" + model + "'",
			"approver_passkeys (id, provider, sealed, credential_id, transports, backup_eligible, backed_up, sign_count, created_at) SELECT " + id(1) + ", '', digest, " + hash + ", '', (1 = 0), (1 = 0), 0, created_at FROM n, actions WHERE id = '" + model + "'",
			"approver_links (hash, action, approver, purpose, serial, expires_at) SELECT " + hash + ", " + id(1) + ", " + id(1) + ", 'join', 1, step_up_by FROM n, actions WHERE id = '" + model + "'",
			"approver_challenges (hash, approver, purpose, subject, ceremony, slot, created_at, expires_at) SELECT " + hash + ", " + id(1) + ", 'join', digest, digest, 0, created_at, step_up_by FROM n, actions WHERE id = '" + model + "'",
			"approver_proofs (id, action, generation, approver, digest, spent, evidence, proved_at) SELECT " + id(6) + ", " + id(1) + ", 1, " + id(1) + ", digest, " + named + ", digest, created_at FROM n, actions WHERE id = '" + model + "'",
		},
		{"authenticators (id, marketplace, seller, method, added, name, provider, sealed, transports, backup_eligible, backed_up, last_step, failures, created_at, usable_from, announce_at) SELECT " + id(8) + ", marketplace, " + named + ", 'totp', 'first', '', '', digest, '', (1 = 0), (1 = 0), 1, 0, created_at, created_at, created_at FROM n, actions WHERE id = '" + model + "'"},
		{"seller_places (marketplace, seller, what, trait, first_at, last_at) SELECT marketplace, " + named + ", 'network', i, created_at, created_at FROM n, actions WHERE id = '" + model + "'"},
		{"devices (id, marketplace, seller, public_key, lock_epoch, user_agent, first_seen_at, known_from, last_seen_at) SELECT " + id(8) + ", marketplace, " + named + ", " + point + ", 0, '', created_at, created_at, created_at FROM n, actions WHERE id = '" + model + "'"},
		{"cases (marketplace, seller, reason, opened_at, fingerprint, decide_by, joined) SELECT marketplace, " + named + ", 'review', created_at, 'many', step_up_by, 0 FROM n, actions WHERE id = '" + model + "'"},
		{"people (id, role, name, handle, invite_hash, invited_until, created_at, joined_at) SELECT " + id(1) + ", 'agent', " + named + ", " + long + ", " + hash + ", step_up_by, created_at, created_at FROM n, actions WHERE id = '" + model + "'"},
		{
			"decisions (id, case_number, verb, marketplace, seller, lock_epoch, action, generation, sellers, reason, note, facts, proposer, proposed_at, lapses_at, state) SELECT " + id(1) + ", c.number, 'resume', 'acme', " + named + ", 0, " + id(1) + ", 1, '[]', 'E1', '', '{}', " + id(1) + ", a.created_at, " + lapses + ", 'proposed' FROM n, actions a, cases c WHERE a.id = '" + model + "' AND c.marketplace = 'acme' AND c.seller = " + named,
			"case_notes (id, case_number, person, note, written_at) SELECT " + id(1) + ", c.number, " + id(1) + ", 'x', c.opened_at FROM n, cases c WHERE c.marketplace = 'acme' AND c.seller = " + named,
			"reveals (id, case_number, field, reason, person, revealed_at) SELECT " + id(1) + ", c.number, 'name', 'E1', " + id(1) + ", c.opened_at FROM n, cases c WHERE c.marketplace = 'acme' AND c.seller = " + named,
		},
		{"recoveries (id, marketplace, seller, decision, state, agreed_at, opens_at, lapses_at, serial, link_hash, link_until, due_at) SELECT " + id(6) + ", marketplace, " + named + ", " + id(1) + ", 'open', created_at, created_at, step_up_by, 1, " + hash + ", step_up_by, step_up_by FROM n, actions WHERE id = '" + model + "'"},
		{"seller_handoffs (hash, marketplace, seller, purpose, created_at, expires_at) SELECT " + hash + ", marketplace, " + named + ", 'security', created_at, step_up_by FROM n, actions" + strings.Replace(ofModel, "action", "id", 1)},
		{"answers (marketplace, key, request_hash, status, body, answered_at) SELECT 'acme', " + named + ", 'h', 200, digest, created_at FROM n, actions WHERE id = '" + model + "'"},
	}
}
