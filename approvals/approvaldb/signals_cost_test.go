package approvaldb_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// crowd is how many actions there are on one account, and how many sellers proved
// something about it, when signals are read; COUNTERSIGN_CROWD says otherwise.
func crowd(t *testing.T) int {
	if n, err := strconv.Atoi(os.Getenv("COUNTERSIGN_CROWD")); err == nil {
		return n
	}
	return 15_000
}

// TestSignals_cost: what a creation reads to be judged by does not grow with what is
// stored, in the worst case: everybody names the same account, of one bank, in one
// month. Counted in pages of PostgreSQL, which is the same on every machine.
func TestSignals_cost(t *testing.T) {
	t.Parallel()
	w := approvalstest.Service(t, approvalstest.OpenPostgres(t), approvalstest.NewClock())
	run := &statements{found: map[string][]any{}}
	run.watch(t, w.DB)
	model := w.Named(t, 1, 7)
	look := approvals.Look{
		Seller: model.SellerKey(), Kind: approvals.PayoutAccountChange, Fingerprint: model.Fingerprint,
		Traits: []approvals.Trait{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}, Self: 99, Now: w.Clock.Now().Add(time.Hour),
	}
	few := crowdOf(t, w.DB, model, 1, 5000)
	pages := cost(t, w, run, look)
	many := crowdOf(t, w.DB, model, 5001, crowd(t))
	grown := cost(t, w, run, look)
	begun := time.Now() //nolint:forbidigo // it is only printed
	for range 20 {
		if _, err := w.Parts.Reader.Signals(t.Context(), look); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d actions: %d pages; %d actions: %d pages, %s each time", few, pages, many, grown, time.Since(begun)/20)
	if pages == 0 || grown*2 > pages*3 {
		t.Errorf("%d pages with %d actions and %d with %d, want 1.5 times as many at most", pages, few, grown, many)
	}
}

// crowdOf adds sellers from..to who name the model's account, and as many traits, and
// a past to the model's seller. Rules are off: the rows are not moved to where they are.
func crowdOf(t *testing.T, db *approvaldb.DB, model approvals.Action, from, to int) int {
	t.Helper()
	c, err := db.SQL().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	n := fmt.Sprintf("generate_series(%d, %d) i, actions m WHERE m.id = '%s'", from, to, model.ID)
	const copied = "kind, reference, details, digest, fingerprint, context, return_url, metadata, created_at, state, generation, lock_epoch, decision, wait, step_up_by, confirm_serial, resends, version, moved_at, due_at"
	other := "m." + strings.ReplaceAll(copied, ", ", ", m.")
	past := strings.NewReplacer("m.state", "'expired'", "m.due_at", "NULL").Replace(other)
	id := func(kind int) string {
		return fmt.Sprintf("CAST('0%d000000-0000-7000-8000-' || lpad(CAST(i AS text), 12, '0') AS uuid)", kind)
	}
	for _, s := range []string{
		"SET statement_timeout = 0", "SET session_replication_role = replica",
		"INSERT INTO actions (id, marketplace, seller, " + copied + ") SELECT " + id(1) + ", m.marketplace, 'crowd-' || i, " + other + " FROM " + n,
		"INSERT INTO actions (id, marketplace, seller, " + copied + ", ended_at) SELECT " + id(2) + ", m.marketplace, m.seller, " + past + ", m.moved_at FROM " + n,
		"INSERT INTO destination_sellers (scope, fingerprint, marketplace, seller, first_at, last_at, proved_at, failed_at, declared, ring) SELECT m.marketplace, m.fingerprint, m.marketplace, 'crowd-' || i, m.created_at, m.created_at, m.created_at, m.created_at, false, 0 FROM " + n,
		"INSERT INTO payout_accounts (marketplace, seller, fingerprint, since, current) SELECT m.marketplace, m.seller, 'other-' || i, m.created_at, false FROM " + n,
		"INSERT INTO traits (trait, seen_at, seller) SELECT i % 14, m.created_at + i * interval '1 microsecond', i FROM " + n,
		"INSERT INTO seller_places (marketplace, seller, what, trait, first_at, last_at) SELECT m.marketplace, 'crowd-' || i, 'network', i, m.created_at, m.created_at FROM " + n,
		"RESET session_replication_role", "ANALYZE", "RESET statement_timeout",
	} {
		if _, err := c.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	return 2 * to
}

var buffers = regexp.MustCompile(`(?m)^ *Buffers: shared hit=(\d+)(?: read=(\d+))?|^ *Buffers: shared read=(\d+)`)

// cost is how many pages the statements read that signals are read with.
func cost(t *testing.T, w *approvalstest.World, run *statements, look approvals.Look) int {
	t.Helper()
	run.mu.Lock()
	clear(run.found)
	run.mu.Unlock()
	if _, err := w.Parts.Reader.Signals(t.Context(), look); err != nil {
		t.Fatal(err)
	}
	all := 0
	for text, vars := range run.found {
		plan := explain(t, w.DB, "(ANALYZE, BUFFERS) "+text, vars)
		m := buffers.FindStringSubmatch(plan) // of the topmost node, which has all below it
		if m == nil {
			t.Fatalf("no pages are counted:\n%s", plan)
		}
		for _, digits := range m[1:] {
			if n, err := strconv.Atoi(digits); err == nil {
				all += n
			}
		}
		if testing.Verbose() {
			t.Logf("%s\n%s", strings.TrimSpace(text)[:60], plan)
		}
	}
	return all
}
