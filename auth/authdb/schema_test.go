package authdb_test

import (
	"errors"
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/auth"
	"countersign/auth/authtest"
)

// RELIABILITY §7: what the database refuses whoever asks, in raw SQL.
func TestSchema_Refuses(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		w.enrolApp(w.seller)
		second := w.addSeller("s-2")
		if _, err := w.enrol(second, authtest.NewSecurityKey(home), authtest.Counter(5)); err != nil {
			t.Fatal(err)
		}
		third := w.addSeller("s-3")
		if _, err := w.enrol(third, authtest.NewDevice(home)); err != nil {
			t.Fatal(err)
		}
		exec(t, db, "UPDATE authenticators SET disabled_at = created_at, sealed = "+none(db)+" WHERE seller = 's-3'")
		v := auth.Session{Hash: [32]byte{1}, Seller: w.seller, Values: []byte("{}"), Proved: true, CreatedAt: start, SeenAt: start}
		if err := w.store.SaveSession(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		for name, sql := range map[string]string{
			"a step falls (I14)":          "UPDATE authenticators SET last_step = last_step - 1 WHERE seller = 's-1'",
			"a counter falls":             "UPDATE authenticators SET sign_count = 4 WHERE seller = 's-2'",
			"a wait is cut (R11)":         "UPDATE authenticators SET usable_from = NULL",
			"a passkey changes hands":     "UPDATE authenticators SET seller = 's-1' WHERE seller = 's-2'",
			"a method changes":            "UPDATE authenticators SET method = 'totp' WHERE seller = 's-2'",
			"BE changes (WA-07)":          "UPDATE authenticators SET backup_eligible = NOT backup_eligible WHERE seller = 's-2'",
			"BS without BE (WA-07)":       "UPDATE authenticators SET backed_up = (1 = 1) WHERE seller = 's-2'",
			"101 failures (NI-12)":        "UPDATE authenticators SET failures = 101 WHERE seller = 's-1'",
			"a revival (NI-12)":           "UPDATE authenticators SET disabled_at = NULL WHERE seller = 's-3'",
			"a dead one is used":          "UPDATE authenticators SET last_used_at = created_at WHERE seller = 's-3'",
			"off with its secret (PS-19)": "UPDATE authenticators SET disabled_at = created_at WHERE seller = 's-1'",
			"in use without (PS-19)":      "UPDATE authenticators SET sealed = " + none(db) + " WHERE seller = 's-1'",
			"a secret comes back (PS-19)": "UPDATE authenticators SET sealed = (SELECT sealed FROM authenticators WHERE seller = 's-1') WHERE seller = 's-3'",
			"a handle changes":            "UPDATE user_handles SET handle = (SELECT handle FROM user_handles WHERE seller = 's-3') WHERE seller = 's-2'",
			"a session forgets its proof": "UPDATE sessions SET proved = (1 = 0)",
			"a session changes hands":     "UPDATE sessions SET seller = 's-2'",
			"a session of nobody":         "UPDATE sessions SET marketplace = 'none'",
		} {
			if err := try(t, db, sql); err == nil {
				t.Errorf("%s: accepted", name)
			}
		}
		exec(t, db, "UPDATE sessions SET ended_at = seen_at")
		if err := try(t, db, "UPDATE sessions SET ended_at = NULL"); err == nil {
			t.Error("an ended session comes back")
		}
	})
}

// The same for rows that should never come to be.
func TestSchema_RefusesRows(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		sub := w.action()
		base := func() map[string]any {
			return map[string]any{
				"id": newID(), "marketplace": "market", "seller": "s-1", "method": "passkey", "added": "first", "name": "", "provider": "",
				"sealed": []byte{1}, "credential_id": []byte(newID()), "transports": "", "backup_eligible": false, "backed_up": false, "sign_count": 0,
				"failures": 0, "created_at": approvaldb.At(start), "usable_from": approvaldb.At(start),
			}
		}
		insert := func(table string, row map[string]any) error {
			return db.InTx(t.Context(), func(tx *approvaldb.Tx) error {
				if err := tx.Table(table).Create(row).Error; err != nil {
					return err
				}
				return errUndo
			})
		}
		if err := insert("authenticators", base()); !errors.Is(err, errUndo) {
			t.Fatalf("a good row: %v", err)
		}
		for name, change := range map[string]map[string]any{
			"1,024-byte id (WA-11)":   {"credential_id": make([]byte, 1024)},
			"empty id":                {"credential_id": []byte{}},
			"passkey without id":      {"credential_id": nil},
			"passkey with a step":     {"last_step": 1},
			"passkey without counter": {"sign_count": nil},
			"code with an id":         {"method": "totp", "last_step": 1, "sign_count": nil},
			"unknown method":          {"method": "sms"},
			"unknown way in":          {"added": "magic"},
			"unknown seller":          {"seller": "nobody"},
			"counter below zero":      {"sign_count": -1},
			"usable before it is":     {"usable_from": approvaldb.At(start.Add(-1000))},
		} {
			row := base()
			for k, v := range change {
				row[k] = v
			}
			if err := insert("authenticators", row); err == nil || errors.Is(err, errUndo) {
				t.Errorf("%s: accepted", name)
			}
		}
		challenge := func(change map[string]any) map[string]any {
			row := map[string]any{
				"hash": make([]byte, 32), "marketplace": "market", "seller": "s-1", "action": string(sub.Action), "generation": 1, "stage": "step_up",
				"digest": make([]byte, 32), "ceremony": []byte("{}"), "slot": 0, "created_at": approvaldb.At(start), "expires_at": approvaldb.At(start.Add(1e9)),
			}
			for k, v := range change {
				row[k] = v
			}
			return row
		}
		if err := insert("challenges", challenge(nil)); !errors.Is(err, errUndo) {
			t.Fatalf("a good row: %v", err)
		}
		for name, change := range map[string]map[string]any{
			"a sixth slot (B23)":   {"slot": 5},
			"short hash":           {"hash": []byte{1}},
			"no stage":             {"stage": ""},
			"no action":            {"action": nil},
			"action of nobody":     {"action": newID()},
			"expired when made":    {"expires_at": approvaldb.At(start)},
			"short digest (WA-18)": {"digest": []byte{1}},
		} {
			if err := insert("challenges", challenge(change)); err == nil || errors.Is(err, errUndo) {
				t.Errorf("%s: accepted", name)
			}
		}
		if err := insert("proving", map[string]any{
			"marketplace": "market", "seller": "s-1", "failures": 5, "blocks": 0, "tried_at": approvaldb.At(start),
		}); err == nil || errors.Is(err, errUndo) {
			t.Error("five failures without a block: accepted (I16)")
		}
	})
}

var errUndo = approvals.Refuse("undo")

// none is an empty value of bytes, in SQL.
func none(db *approvaldb.DB) string {
	if db.Postgres() {
		return "''::bytea"
	}
	return "x''"
}
