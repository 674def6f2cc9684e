package authdb_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	"countersign/auth"
	"countersign/auth/authtest"
)

// A passkey proves on the real store, its record comes back as it was put, and
// what a proof changes is stored.
func TestPasskey_Stored(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		d := authtest.NewSecurityKey(home)
		d.CredentialSize = 1023
		a, err := w.enrol(w.seller, d)
		if err != nil {
			t.Fatal(err)
		}
		list, err := w.auth.Authenticators(t.Context(), w.seller)
		if err != nil || len(list) != 1 || list[0] != a {
			t.Fatalf("%+v, %v, want %+v", list, err, a)
		}
		w.pass(time.Minute)
		sub := w.action()
		options, err := w.auth.BeginPasskey(t.Context(), sub)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := d.Get(options)
		if err != nil {
			t.Fatal(err)
		}
		p, err := w.reopened().ProvePasskey(t.Context(), sub, answer) // a node that did not begin it
		if err != nil {
			t.Fatal(err)
		}
		if err := auth.VerifyEvidence(p, "market.example", []string{home}); err != nil {
			t.Error(err)
		}
		records, err := w.store.Authenticators(t.Context(), w.seller)
		if err != nil || records[0].SignCount != 1 || !records[0].LastUsedAt.Equal(w.now()) || records[0].Failures != 0 {
			t.Errorf("%+v, %v", records, err)
		}
	})
}

// RELIABILITY B10 on the real store: a device-bound key whose counter does not
// rise is switched off for good, and recorded once.
func TestCounter_SwitchedOff(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		d := authtest.NewSecurityKey(home)
		if _, err := w.enrol(w.seller, d, authtest.Counter(9)); err != nil {
			t.Fatal(err)
		}
		sub := w.action()
		options, err := w.auth.BeginPasskey(t.Context(), sub)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := d.Get(options, authtest.Counter(9))
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.auth.ProvePasskey(t.Context(), sub, answer)
		refused(t, err, approvals.CodeProofWrong)
		list, err := w.auth.Authenticators(t.Context(), w.seller)
		if err != nil || !list[0].DisabledAt.Equal(w.now()) {
			t.Fatalf("%+v, %v", list, err)
		}
		if err := w.store.Disable(t.Context(), list[0], audit.Event{}); err != nil || w.events("authenticator_disabled") != 1 {
			t.Errorf("switched off twice: %v", err)
		}
		_, err = w.auth.BeginPasskeyEnrolment(t.Context(), w.seller, "thief")
		refused(t, err, approvals.CodeEnrolmentClosed)
	})
}

// WA-11: one credential id for all sellers of all marketplaces.
func TestCredentialID_UniqueOverAll(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		d := authtest.NewDevice(home)
		if _, err := w.enrol(w.seller, d); err != nil {
			t.Fatal(err)
		}
		_, err := w.enrol(w.addSeller("s-2"), authtest.NewDevice(home), authtest.CredentialID(d.Credentials()[0]))
		refused(t, err, approvals.CodeAlreadyEnrolled)
		if w.events("authenticator_added") != 1 {
			t.Error("the refused one is recorded as added")
		}
	})
}

// OT-05: a seed moved to another row does not open, on the real store.
func TestSeed_SwappedBetweenRows(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		app := w.enrolApp(w.seller)
		thief := w.addSeller("thief")
		w.enrolApp(thief)
		w.pass(time.Minute)
		exec(t, db, "UPDATE authenticators SET sealed = (SELECT sealed FROM authenticators WHERE seller = 'thief') WHERE seller = 's-1'")
		_, err := w.auth.ProveCode(t.Context(), w.action(), app.Code(w.now()))
		if _, refusal := errors.AsType[*approvals.Error](err); err == nil || refusal {
			t.Errorf("got %v, want a failure that is no refusal", err)
		}
	})
}

// RELIABILITY A7, I17, F-03: a counted try survives the gateway, and so do the
// spent step, the block and the pending challenge.
func TestRestart(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		app := w.enrolApp(w.seller)
		w.pass(time.Minute)
		sub := w.action()
		if _, err := w.auth.ProveCode(t.Context(), sub, app.Code(w.now())); err != nil {
			t.Fatal(err)
		}
		_, err := w.reopened().ProveCode(t.Context(), sub, app.Code(w.now()))
		refused(t, err, approvals.CodeProofWrong)
		records, err := w.store.Authenticators(t.Context(), w.seller)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 { // counted, then the gateway dies before it looks
			if _, err := w.store.CountTry(t.Context(), auth.Try{
				Seller: w.seller, Authenticators: []string{records[0].ID}, Now: w.now(), Paused: []time.Time{w.now(), w.now(), w.now(), w.now()}, Until: []time.Time{w.now().Add(time.Minute)},
			}); err != nil {
				t.Fatal(err)
			}
		}
		node := w.reopened()
		if _, left, err := node.Blocked(t.Context(), w.seller); left != 1 || err != nil {
			t.Errorf("%d left, %v", left, err)
		}
		_, err = node.ProveCode(t.Context(), sub, wrongCode(app, w.now()))
		refused(t, err, approvals.CodeTooManyTries)
		until, left, err := w.reopened().Blocked(t.Context(), w.seller)
		if err != nil || left != 0 || !until.Equal(w.now().Add(15*time.Minute)) {
			t.Errorf("blocked until %v, %d left, %v", until, left, err)
		}
	})
}

// RELIABILITY A12, NI-12: the hundred of an authenticator, one at a time and
// never past it, with the block's doubling beside it.
func TestHundred(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		app := w.enrolApp(w.seller)
		exec(t, db, "UPDATE authenticators SET failures = 97")
		w.pass(time.Minute)
		sub, wrong := w.action(), ""
		for _, want := range []approvals.Code{approvals.CodeProofWrong, approvals.CodeProofWrong, approvals.CodeProofWrong, approvals.CodeProofWrong} {
			w.pass(auth.MaxPause)
			wrong = wrongCode(app, w.now())
			_, err := w.auth.ProveCode(t.Context(), sub, wrong)
			refused(t, err, want)
		}
		_, err := w.auth.Permitted(t.Context(), w.seller, approvals.StageStepUp)
		refused(t, err, approvals.CodeNoAuthenticator)
		list, err := w.auth.Authenticators(t.Context(), w.seller)
		if err != nil || list[0].Failures != 100 || list[0].DisabledAt.IsZero() || w.events("authenticator_disabled") != 1 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// DESIGN rule 15: an authenticator whose audit line cannot be written is not added.
func TestRule15_NoLineNoChange(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		w.enrolApp(w.addSeller("s-2"))
		var taken string
		if err := db.Read(t.Context()).Raw("SELECT id FROM events").Scan(&taken).Error; err != nil {
			t.Fatal(err)
		}
		r := auth.Record{
			Authenticator: auth.Authenticator{ID: newID(), Seller: w.seller, Method: approvals.TOTP, CreatedAt: start, UsableFrom: start},
			Sealed:        []byte("x"), LastStep: 1,
		}
		event := audit.Event{ID: taken, Verb: "authenticator_added", Actor: audit.Actor{Type: audit.Seller}, At: start}
		if err := w.store.AddFirst(t.Context(), r, event); err == nil {
			t.Error("added without a line")
		}
		if list, err := w.store.Authenticators(t.Context(), w.seller); len(list) != 0 || err != nil {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// Ids from outside are looked up, not trusted to be ids.
func TestEnrolment_Unknown(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		e, err := w.auth.BeginCodeEnrolment(t.Context(), w.seller, "ada")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.auth.PendingCodeEnrolment(t.Context(), w.seller, e.ID); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"", "x", newID(), strings.ToUpper(e.ID) + "0", "{" + e.ID + "}", "urn:uuid:" + e.ID, "'; --"} {
			_, err := w.auth.PendingCodeEnrolment(t.Context(), w.seller, id)
			refused(t, err, approvals.CodeNotFound)
		}
		_, err = w.auth.PendingCodeEnrolment(t.Context(), w.addSeller("s-2"), e.ID)
		refused(t, err, approvals.CodeNotFound)
	})
}

// DESIGN rule 17: a database that cannot be asked proves nothing.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		sub := w.action()
		gone, stop := context.WithCancel(t.Context())
		stop()
		if _, err := w.auth.ProveCode(gone, sub, "123456"); err == nil {
			t.Error("a proof without a database")
		}
		if n := w.events("proof_refused"); n != 0 {
			t.Errorf("%d refusals recorded", n)
		}
	})
}

// The handle of a seller is set once, also when two begin at once.
func TestHandle(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		got := make([][]byte, 8)
		atOnce(8, func(i int) {
			var err error
			if got[i], err = w.store.Handle(t.Context(), w.seller, bytes.Repeat([]byte{byte(i)}, 64)); err != nil {
				t.Error(err)
			}
		})
		for _, h := range got {
			if len(h) != 64 || !bytes.Equal(h, got[0]) {
				t.Fatalf("handles differ: %x", got)
			}
		}
	})
}
