package migrations_test

import (
	"strings"
	"testing"

	"countersign/approvals/approvaldb"
)

// TestWebhooksKeepTheirIDs: what was on its way before there were events of
// their own goes on under the webhook-id that its receiver may know, also after
// a step back, and can still be neither moved nor renamed.
func TestWebhooksKeepTheirIDs(t *testing.T) {
	t.Parallel()
	empty(t, func(t *testing.T, url string) {
		m, db := open(t, url)
		if err := m.DownTo(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		if err := m.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := m.DownTo(t.Context(), 11); err != nil {
			t.Fatal(err)
		}
		insertSeller(t, db)
		insertDelivery(t, db)
		for range 2 {
			if err := m.Up(t.Context()); err != nil {
				t.Fatal(err)
			}
			got := rows(t, db.SQL(), "SELECT event, attempts, base, state FROM deliveries WHERE begun_at = created_at")
			if len(got) != 1 || strings.Join(got[0], " ") != "00000000-0000-7000-8000-000000000002 3 0 dead" {
				t.Errorf("%v", got)
			}
			if _, err := db.SQL().Exec("UPDATE deliveries SET type = 'action.approved'"); err == nil {
				t.Error("a delivery can be made to say something else")
			}
			if err := m.DownTo(t.Context(), 11); err != nil {
				t.Fatal(err)
			}
			if _, err := db.SQL().Exec("UPDATE deliveries SET type = 'action.approved'"); err == nil {
				t.Error("a step back, a delivery can be made to say something else")
			}
		}
	})
}

func insertDelivery(t *testing.T, db *approvaldb.DB) {
	t.Helper()
	now := "1"
	if db.Postgres() {
		now = "TIMESTAMPTZ 'epoch'"
	}
	for _, statement := range []string{
		`INSERT INTO endpoints (id, marketplace, url, secrets, events, created_at)
			VALUES ('00000000-0000-7000-8000-000000000001', 'm', 'https://m.example', '\x00', '[]', ` + now + `)`,
		`INSERT INTO deliveries (id, endpoint, type, seller, action_state, digest, sequence, created_at, state, attempts, settled_at, status, answer)
			VALUES ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001', 'seller.locked', 's', '', '', 0, ` + now + `, 'dead', 3, ` + now + `, 500, '')`,
	} {
		if !db.Postgres() {
			statement = strings.Replace(statement, `'\x00'`, "x'00'", 1)
		}
		if _, err := db.SQL().Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
}
