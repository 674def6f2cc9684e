package authdb_test

import (
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/auth"
)

// RELIABILITY A14, NI-17, MF-05: one code sent thirty times at once is used once, and
// replaced once.
func TestRecoveryCode_AtOnce(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		w.enrolApp(w.seller)
		made, err := w.auth.MakeRecoveryCodes(t.Context(), w.seller)
		if err != nil {
			t.Fatal(err)
		}
		nodes := []*auth.Service{w.auth, w.reopened()}
		var got tally
		atOnce(30, func(i int) {
			_, err := nodes[i%2].UseRecoveryCode(t.Context(), w.seller, made.Codes[0])
			got.add(err)
		})
		if got.n["ok"] > 1 || got.n["ok"] == 0 && !got.crowded() {
			t.Errorf("outcomes %v, want one success", got.n)
		}
		set, err := w.auth.RecoverySet(t.Context(), w.seller)
		if err != nil || set.Left != auth.RecoverySize || !set.MadeAt.Equal(start) || w.events("recovery_code_used") != got.n["ok"] {
			t.Errorf("%+v, %v", set, err)
		}
		w.pass(time.Hour)
		if got.n["ok"] == 1 {
			_, err = w.auth.UseRecoveryCode(t.Context(), w.seller, made.Codes[0])
			refused(t, err, approvals.CodeProofWrong)
		}
	})
}

// A fresh set voids the one before, and its ten are good; the tries of codes and
// of apps are one count (PS-05, NI-12).
func TestRecoveryCodes_PooledTries(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		app := w.enrolApp(w.seller)
		old, err := w.auth.MakeRecoveryCodes(t.Context(), w.seller)
		if err != nil {
			t.Fatal(err)
		}
		w.pass(time.Minute)
		made, err := w.auth.MakeRecoveryCodes(t.Context(), w.seller)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			_, err := w.auth.UseRecoveryCode(t.Context(), w.seller, old.Codes[1])
			refused(t, err, approvals.CodeProofWrong)
			w.pass(time.Minute)
		}
		_, err = w.auth.ProveCode(t.Context(), w.action(), wrongCode(app, w.now()))
		refused(t, err, approvals.CodeProofWrong)
		w.pass(time.Minute)
		_, err = w.auth.UseRecoveryCode(t.Context(), w.seller, strings.Repeat("A", 24))
		refused(t, err, approvals.CodeTooManyTries)
		_, err = w.auth.UseRecoveryCode(t.Context(), w.seller, made.Codes[0])
		refused(t, err, approvals.CodeProvingBlocked)
		w.pass(time.Hour)
		set, err := w.auth.RecoverySet(t.Context(), w.seller)
		if err != nil || set.Failures != 4 || set.Left != 10 {
			t.Errorf("%+v, %v", set, err)
		}
		next, err := w.reopened().UseRecoveryCode(t.Context(), w.seller, made.Codes[9])
		if err != nil {
			t.Fatal(err)
		}
		if set, err = w.auth.RecoverySet(t.Context(), w.seller); err != nil || set.Failures != 0 || set.Left != 10 {
			t.Errorf("%+v, %v", set, err)
		}
		if _, left, err := w.auth.Blocked(t.Context(), w.seller); left != auth.MaxTries || err != nil {
			t.Errorf("%d left, %v", left, err)
		}
		if _, err := w.auth.UseRecoveryCode(t.Context(), w.seller, next.Codes[0]); err != nil {
			t.Error(err)
		}
	})
}

// NI-12: a set whose hundred is used up is off, and waiting does not help.
func TestRecoveryCodes_Hundred(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		w.enrolApp(w.seller)
		made, err := w.auth.MakeRecoveryCodes(t.Context(), w.seller)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, db, "UPDATE recovery_sets SET failures = 99")
		_, err = w.auth.UseRecoveryCode(t.Context(), w.seller, strings.Repeat("A", 24))
		refused(t, err, approvals.CodeProofWrong)
		w.pass(1000 * time.Hour)
		_, err = w.auth.UseRecoveryCode(t.Context(), w.seller, made.Codes[0])
		refused(t, err, approvals.CodeProofWrong)
		if set, err := w.auth.RecoverySet(t.Context(), w.seller); err != nil || set.Left != 0 || set.Failures != 100 {
			t.Errorf("%+v, %v", set, err)
		}
	})
}

// What the database refuses whoever asks (RELIABILITY §7).
func TestSchema_RecoveryCodes(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		w.enrolApp(w.seller)
		made, err := w.auth.MakeRecoveryCodes(t.Context(), w.seller)
		if err == nil {
			_, err = w.auth.UseRecoveryCode(t.Context(), w.seller, made.Codes[0])
		}
		if err != nil {
			t.Fatal(err)
		}
		const insert = "INSERT INTO recovery_codes (marketplace, seller, hash, slot, made_at) SELECT marketplace, seller, "
		for name, sql := range map[string]string{
			"a spent code is good again": "UPDATE recovery_codes SET spent_at = NULL WHERE spent_at IS NOT NULL",
			"a code changes":             "UPDATE recovery_codes SET slot = 9 WHERE slot = 8",
			"an eleventh":                insert + zeros(db) + ", 10, made_at FROM recovery_codes WHERE slot = 9",
			"two in one place":           insert + zeros(db) + ", 9, made_at FROM recovery_codes WHERE slot = 9",
			"101 failures":               "UPDATE recovery_sets SET failures = 101",
			"spent before it is":         "UPDATE recovery_codes SET spent_at = " + before(db) + " WHERE slot = 9",
		} {
			if err := try(t, db, sql); err == nil {
				t.Errorf("%s: accepted", name)
			}
		}
	})
}

// zeros is a hash nothing has, in the words of the database.
func zeros(db *approvaldb.DB) string {
	if db.Postgres() {
		return "decode(repeat('00', 32), 'hex')"
	}
	return "zeroblob(32)"
}

// before is a time long ago, in the words of the database.
func before(db *approvaldb.DB) string {
	if db.Postgres() {
		return "'2001-01-01'"
	}
	return "1"
}
