package auth_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/auth/authtest"
)

// wrongCode is a code the app does not show anywhere near now.
func (w *world) wrongCode(app *authtest.App) string {
	for n := 0; ; n++ {
		code := fmt.Sprintf("%06d", n)
		near := false
		for d := -3 * time.Minute; d <= 3*time.Minute; d += 30 * time.Second {
			near = near || app.Code(w.clock.Add(d)) == code
		}
		if !near {
			return code
		}
	}
}

// STANDARDS PS-05, NI-05, C4, DESIGN §5: five wrong in a row over all actions and
// stages, then a block in which the right code is refused, doubling.
func TestFiveTries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.enrolApp(seller)
	w.pass(time.Minute)
	for round, wait := range []time.Duration{
		15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 16 * time.Hour, 24 * time.Hour, 24 * time.Hour,
	} {
		for n := 1; n <= 5; n++ {
			sub := subject(fmt.Sprintf("a-%d", n)) // RELIABILITY A8: another action each time
			sub.Generation = n
			w.pass(auth.MaxPause)
			_, err := w.auth.ProveCode(t.Context(), sub, w.wrongCode(app))
			if n < 5 {
				if e := refused(t, err, approvals.CodeProofWrong); e.Facts["tries_left"] != fmt.Sprint(5-n) {
					t.Errorf("round %d try %d: %v", round, n, e.Facts)
				}
				continue
			}
			e := refused(t, err, approvals.CodeTooManyTries)
			if want := approvals.FormatTime(w.clock.Add(wait)); e.Facts["retry_at"] != want {
				t.Errorf("round %d: retry at %s, want %s", round, e.Facts["retry_at"], want)
			}
		}
		until, left, err := w.auth.Blocked(t.Context(), seller)
		if err != nil || !until.Equal(w.clock.Add(wait)) || left != 0 {
			t.Errorf("blocked until %v, %d left, %v", until, left, err)
		}
		w.pass(wait - time.Second)
		_, err = w.auth.ProveCode(t.Context(), subject("a-1"), app.Code(w.clock))
		refused(t, err, approvals.CodeProvingBlocked)
		w.pass(time.Second)
	}
	if _, err := w.auth.ProveCode(t.Context(), subject("a-1"), app.Code(w.clock)); err != nil {
		t.Fatalf("after the block: %v", err)
	}
	if until, left, _ := w.auth.Blocked(t.Context(), seller); !until.IsZero() || left != 5 {
		t.Errorf("success forgets nothing: %v %d", until, left)
	}
	if !strings.Contains(w.verbs(), "proving_blocked") {
		t.Errorf("events %s", w.verbs())
	}
}

// The fifth try may be the right one: it lifts the block it began.
func TestFiveTries_FifthRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := authtest.NewDevice(home)
	w.enrol(seller, d)
	for range 4 {
		if _, err := w.prove(subject("a-1"), d, authtest.BadSignature()); err == nil {
			t.Fatal("a bad signature passes")
		}
		w.pass(auth.MaxPause)
	}
	if _, err := w.prove(subject("a-1"), d); err != nil {
		t.Fatal(err)
	}
	if until, left, _ := w.auth.Blocked(t.Context(), seller); !until.IsZero() || left != 5 {
		t.Errorf("blocked until %v, %d left", until, left)
	}
	if !strings.HasSuffix(w.verbs(), "proving_blocked proving_freed]") {
		t.Errorf("events %s", w.verbs())
	}
}

// During a block nothing is begun or looked at, and a challenge is not spent.
func TestBlocked_Passkey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := authtest.NewDevice(home)
	w.enrol(seller, d)
	good := w.assertion(subject("a-1"), d)
	for range 5 {
		w.pass(auth.MaxPause)
		_, _ = w.auth.ProvePasskey(t.Context(), subject("a-1"), []byte("{}"))
	}
	_, err := w.auth.ProvePasskey(t.Context(), subject("a-1"), good)
	refused(t, err, approvals.CodeProvingBlocked)
	_, err = w.auth.BeginPasskey(t.Context(), subject("a-1"))
	refused(t, err, approvals.CodeProvingBlocked)
	if len(w.store.challenges) != 1 {
		t.Errorf("%d challenges left, want the one that was not looked at", len(w.store.challenges))
	}
}

// RELIABILITY A12, NI-12: a success with one authenticator does not clear
// another's hundred; waiting does not revive what was switched off; and a
// stranger who burns it does not get to enrol.
func TestHundredFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.enrolApp(seller)
	for n := 0; n < auth.MaxFailures; n++ {
		w.pass(25 * time.Hour)
		code := w.wrongCode(app)
		_, err := w.auth.ProveCode(t.Context(), subject("a-1"), code)
		if err == nil {
			t.Fatal("a wrong code passes")
		}
		if off := strings.Contains(w.verbs(), "authenticator_disabled"); off != (n == auth.MaxFailures-1) {
			t.Fatalf("after %d failures: %s", n+1, w.verbs())
		}
	}
	w.pass(365 * 24 * time.Hour)
	_, err := w.auth.Permitted(t.Context(), seller, approvals.StageStepUp)
	refused(t, err, approvals.CodeNoAuthenticator)
	_, err = w.auth.ProveCode(t.Context(), subject("a-1"), app.Code(w.clock))
	refused(t, err, approvals.CodeProofWrong)
	_, err = w.auth.BeginPasskeyEnrolment(t.Context(), seller, "thief")
	refused(t, err, approvals.CodeEnrolmentClosed)
}

// A try that was switched off in between is refused, and the line that says so
// is written by the next call if the one that should have was killed.
func TestHundredFailures_Healed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.enrolApp(seller)
	w.store.records[0].Failures = auth.MaxFailures
	w.pass(time.Minute)
	_, err := w.auth.ProveCode(t.Context(), subject("a-1"), app.Code(w.clock))
	refused(t, err, approvals.CodeProofWrong)
	if !strings.Contains(w.verbs(), "authenticator_disabled") || w.store.records[0].DisabledAt.IsZero() {
		t.Errorf("events %s", w.verbs())
	}
}

// DESIGN rule 10, RELIABILITY B16, I30: who has a usable passkey cannot prove
// with a code, and is not charged a try for asking.
func TestRule10_NoDowngrade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.enrolApp(seller)
	w.pass(time.Minute)
	if m, err := w.auth.Permitted(t.Context(), seller, approvals.StageStepUp); m.Method != approvals.TOTP || err != nil {
		t.Fatalf("%+v, %v", m, err)
	}
	other := approvals.SellerKey{Marketplace: "market", Seller: "s-2"}
	w.enrol(other, authtest.NewDevice(home))
	passkey := w.store.records[1]
	passkey.ID, passkey.Seller, passkey.UsableFrom = "added", seller, w.clock.Add(time.Hour)
	w.store.records = append(w.store.records, passkey)
	if m, err := w.auth.Permitted(t.Context(), seller, approvals.StageStepUp); m.Method != approvals.TOTP || err != nil {
		t.Errorf("a passkey in quarantine: %+v, %v (rule 11)", m, err)
	}
	if _, err := w.auth.ProveCode(t.Context(), subject("a-1"), app.Code(w.clock)); err != nil {
		t.Error(err)
	}
	w.pass(time.Hour)
	if m, err := w.auth.Permitted(t.Context(), seller, approvals.StageStepUp); m.Method != approvals.Passkey || err != nil {
		t.Errorf("%+v, %v", m, err)
	}
	_, err := w.auth.ProveCode(t.Context(), subject("a-1"), app.Code(w.clock))
	refused(t, err, approvals.CodeMethod)
	if _, left, _ := w.auth.Blocked(t.Context(), seller); left != auth.MaxTries {
		t.Errorf("%d tries left", left)
	}
	w.store.records[2].DisabledAt = w.clock
	_, err = w.auth.ProveCode(t.Context(), subject("a-1"), app.Code(w.clock))
	refused(t, err, approvals.CodeMethod) // although the passkey is switched off now
}
