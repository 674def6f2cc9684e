package authdb_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/keyring"
	"countersign/auth"
	"countersign/auth/authdb"
	"countersign/auth/authtest"
)

// rotated lets the world's sealing key be followed by another one, and returns
// what values under the first begin with, and its id.
func (w *world) rotated() (old []byte, id string, path string) {
	w.t.Helper()
	path = filepath.Join(w.t.TempDir(), "keys.json")
	if err := w.keys.Save(path); err != nil {
		w.t.Fatal(err)
	}
	old = w.keys.Sealing()
	id, _ = keyring.SealedWith(old)
	if _, err := keyring.Rotate(path, keyring.UseSeal, w.now()); err != nil {
		w.t.Fatal(err)
	}
	return old, id, path
}

func (w *world) resealer() *approvaldb.Resealer {
	return &approvaldb.Resealer{DB: w.db, Columns: authdb.SealedColumns(), Keys: w.keys}
}

// under counts the rows of each table whose value begins with prefix.
func (w *world) under(prefix []byte) map[string]int {
	w.t.Helper()
	all, err := w.db.CountSealed(w.t.Context(), authdb.SealedColumns())
	if err != nil {
		w.t.Fatal(err)
	}
	rows := map[string]int{}
	for _, n := range all {
		if bytes.Equal(n.Prefix[:], prefix) {
			rows[n.Table] += n.Rows
		}
	}
	return rows
}

// AS-44, OT-05: after a rotation, and without the old key, a passkey and an app
// prove as before, a set-up in the middle is finished, and a seller without an
// app is answered as ever.
func TestReseal_EverythingStillProves(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		app := w.enrolApp(w.seller)
		ada, device := w.addSeller("passkey"), authtest.NewDevice(home)
		if _, err := w.enrol(ada, device); err != nil {
			t.Fatal(err)
		}
		late := w.addSeller("late")
		pending, err := w.auth.BeginCodeEnrolment(t.Context(), late, "late")
		if err != nil {
			t.Fatal(err)
		}
		old, id, path := w.rotated()
		if rows := w.under(old); rows["authenticators"] != 2 || rows["enrolments"] != 1 {
			t.Fatalf("under the old key: %v", rows)
		}
		if rows, err := w.resealer().Run(t.Context()); rows != 3 || err != nil {
			t.Fatalf("%d rows, %v", rows, err)
		}
		if err := db.BarKey(t.Context(), old, id, authdb.SealedColumns(), w.now()); err != nil {
			t.Fatal(err)
		}
		if _, err := keyring.Remove(path, id, w.now()); err != nil {
			t.Fatal(err)
		}
		w.provesAll(app, device, ada)
		finish, err := authtest.NewApp(pending.Secret)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.auth.FinishCodeEnrolment(t.Context(), late, auth.CodeAnswer{Enrolment: pending.ID, Code: finish.Code(w.now()), Onboarded: start}); err != nil {
			t.Errorf("finish a set-up: %v", err)
		}
	})
}

// provesAll makes a proof by code and one by passkey, and a try of a seller who
// has no app.
func (w *world) provesAll(app *authtest.App, device *authtest.Device, ada approvals.SellerKey) {
	w.t.Helper()
	w.pass(time.Minute)
	ctx := w.t.Context()
	if _, err := w.auth.ProveCode(ctx, w.action(), app.Code(w.now())); err != nil {
		w.t.Errorf("prove with an app: %v", err)
	}
	w.seller = ada
	sub := w.action()
	options, err := w.auth.BeginPasskey(ctx, sub)
	if err != nil {
		w.t.Fatal(err)
	}
	answer, err := device.Get(options)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.auth.ProvePasskey(ctx, sub, answer); err != nil {
		w.t.Errorf("prove with a passkey: %v", err)
	}
	w.seller = w.addSeller("nobody")
	_, err = w.auth.ProveCode(ctx, w.action(), "123456")
	refused(w.t, err, approvals.CodeProofWrong)
}

// OT-05: seeds that were swapped between rows are not made good by a rotation.
func TestReseal_SwappedSeedsStayWhatTheyAre(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		w.enrolApp(w.seller)
		w.enrolApp(w.addSeller("thief"))
		exec(t, db, "UPDATE authenticators SET sealed = (SELECT sealed FROM authenticators WHERE seller = 'thief') WHERE seller = 's-1'")
		old, _, _ := w.rotated()
		rows, err := w.resealer().Run(t.Context())
		if rows != 1 || err == nil || !strings.Contains(err.Error(), "authenticators") {
			t.Errorf("%d rows, %v", rows, err)
		}
		if left := w.under(old); left["authenticators"] != 1 {
			t.Errorf("under the old key: %v, want the swapped one", left)
		}
	})
}
