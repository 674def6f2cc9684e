package authdb_test

import (
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	"countersign/auth"
	"countersign/auth/authtest"
)

// At most ten passkeys and three apps, also when all are added at once.
func TestAddPending_Limit(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		if _, err := w.enrol(w.seller, authtest.NewDevice(home)); err != nil {
			t.Fatal(err)
		}
		for method, most := range map[approvals.Method]int{approvals.Passkey: auth.MaxPasskeys, approvals.TOTP: auth.MaxApps} {
			records := make([]auth.Record, 16)
			for i := range records {
				records[i] = w.pendingRecord(method)
			}
			var got tally
			atOnce(len(records), func(i int) {
				added, err := w.store.AddPending(t.Context(), records[i], most, w.line("authenticator_pending"))
				if err == nil && !added {
					err = approvals.Refuse(approvals.CodeEnrolmentClosed)
				}
				got.add(err)
			})
			have := most
			if method == approvals.Passkey {
				have-- // and the first
			}
			if !got.crowded() {
				got.want(t, map[string]int{"ok": have, "enrolment_closed": len(records) - have})
			}
		}
		_, err := w.auth.BeginPasskeyAdd(t.Context(), w.seller, "Ada")
		refused(t, err, approvals.CodeEnrolmentClosed)
		_, err = w.auth.BeginCodeAdd(t.Context(), w.seller, "ada")
		refused(t, err, approvals.CodeEnrolmentClosed)
	})
}

// pendingRecord is a record as AddPending gets one.
func (w *world) pendingRecord(m approvals.Method) auth.Record {
	r := auth.Record{
		Authenticator: auth.Authenticator{ID: newID(), Seller: w.seller, Method: m, CreatedAt: w.now()}, Sealed: []byte("x"), LastStep: 1,
	}
	if m == approvals.Passkey {
		r.CredentialID = []byte(newID())
	}
	return r
}

func (w *world) line(verb string) audit.Event {
	return audit.Event{
		ID: newID(), Marketplace: "market", Seller: string(w.seller.Seller), Verb: verb, Actor: audit.Actor{Type: audit.System}, At: w.now(),
	}
}

// OT-10: what nobody asked to be added is switched off after a day; what is
// usable, or newer, is not.
func TestEndPending(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		app := w.enrolApp(w.seller)
		old := w.pendingRecord(approvals.Passkey)
		w.pass(time.Minute)
		fresh := w.pendingRecord(approvals.Passkey)
		for _, r := range []auth.Record{old, fresh} {
			if added, err := w.store.AddPending(t.Context(), r, 9, w.line("authenticator_pending")); !added || err != nil {
				t.Fatal(added, err)
			}
		}
		w.pass(auth.PendingLife - time.Minute)
		if n, err := w.auth.Sweep(t.Context()); n != 1 || err != nil {
			t.Errorf("swept %d, %v", n, err)
		}
		list, err := w.auth.Authenticators(t.Context(), w.seller)
		if err != nil || !list[1].DisabledAt.Equal(w.now()) || !list[2].Pending() || !list[0].DisabledAt.IsZero() {
			t.Errorf("%+v, %v", list, err)
		}
		if w.events("authenticator_disabled") != 1 {
			t.Error("the end is not recorded once")
		}
		if _, err := w.auth.ProveCode(t.Context(), w.action(), app.Code(w.now())); err != nil {
			t.Error(err)
		}
	})
}

// A name is for people: it is changed on what is there, and on the seller's own.
func TestRename(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		a, err := w.enrol(w.seller, authtest.NewDevice(home))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.auth.Rename(t.Context(), w.seller, a.ID, " Giulia’s  phone "); err != nil {
			t.Fatal(err)
		}
		list, err := w.auth.Authenticators(t.Context(), w.seller)
		if err != nil || list[0].Name != "Giulia’s  phone" || w.events("authenticator_renamed") != 1 {
			t.Errorf("%+v, %v", list, err)
		}
		refused(t, w.auth.Rename(t.Context(), w.addSeller("s-2"), a.ID, "mine"), approvals.CodeNotFound)
		refused(t, w.auth.Rename(t.Context(), w.seller, newID(), "mine"), approvals.CodeNotFound)
		refused(t, w.auth.Rename(t.Context(), w.seller, "x", "mine"), approvals.CodeNotFound)
		exec(t, db, "UPDATE authenticators SET disabled_at = created_at, sealed = "+none(db))
		refused(t, w.auth.Rename(t.Context(), w.seller, a.ID, "mine"), approvals.CodeNotFound)
	})
}

// MF-04, I14: a pending authenticator comes to count by its executed action
// alone, whoever writes the row.
func TestSchema_Pending(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		first := g.with(g.passkey())
		_, added := g.addPasskey()
		row := " WHERE id = '" + added.ID + "'"
		_, other := g.addApp()
		refuses := func(rules map[string]string) {
			t.Helper()
			for name, sql := range rules {
				if err := try(t, db, sql); err == nil {
					t.Errorf("%s: accepted", name)
				}
			}
		}
		refuses(map[string]string{
			"counts without an action": "UPDATE authenticators SET usable_from = created_at" + row,
			"is used":                  "UPDATE authenticators SET last_used_at = created_at" + row,
			"fails":                    "UPDATE authenticators SET failures = 1" + row,
			"becomes a first":          "UPDATE authenticators SET added = 'first'" + row,
			"a first one waits":        "UPDATE authenticators SET usable_from = NULL WHERE added = 'first'",
		})
		a := g.mustAbout(approvals.AuthenticatorAdd, added)
		refuses(map[string]string{
			"counts before its action is over": "UPDATE authenticators SET usable_from = created_at" + row,
			"changes its action":               "UPDATE authenticators SET added_by = NULL" + row,
			"counts by another's action":       "UPDATE authenticators SET added_by = '" + string(a.ID) + "', usable_from = created_at WHERE id = '" + other.ID + "'",
		})
		if _, err := g.confirm(g.stepUp(a, first), first); err != nil {
			t.Fatal(err)
		}
		refuses(map[string]string{
			"waits again":      "UPDATE authenticators SET usable_from = NULL" + row,
			"another's action": "UPDATE authenticators SET added_by = NULL" + row,
		})
		exec(t, db, "UPDATE authenticators SET disabled_at = created_at, sealed = "+none(db)+" WHERE id = '"+other.ID+"'")
		refuses(map[string]string{
			"comes back": "UPDATE authenticators SET added_by = '" + string(a.ID) + "', usable_from = created_at WHERE id = '" + other.ID + "'",
		})
	})
}
