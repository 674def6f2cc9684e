package auth_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/auth"
	"countersign/auth/authtest"
)

// codes makes the seller a set.
func (w *world) codes() []string {
	w.t.Helper()
	made, err := w.auth.MakeRecoveryCodes(w.t.Context(), seller)
	if err != nil {
		w.t.Fatal(err)
	}
	return made.Codes
}

// left fails unless so many codes are good.
func (w *world) left(want int) {
	w.t.Helper()
	if set, err := w.auth.RecoverySet(w.t.Context(), seller); err != nil || set.Left != want {
		w.t.Errorf("%+v, %v, want %d left", set, err, want)
	}
}

// NI-17, AS-20: ten codes of 120 bits each, no two alike, stored as hashes.
func TestNI17_TenCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.auth.MakeRecoveryCodes(t.Context(), seller)
	refused(t, err, approvals.CodeNoAuthenticator)
	w.enrol(seller, authtest.NewDevice(home))
	form := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){5}$`)
	codes := w.codes()
	seen := map[string]bool{}
	for _, c := range codes {
		if !form.MatchString(c) || seen[c] {
			t.Errorf("code %q", c)
		}
		seen[c] = true
	}
	if len(codes) != auth.RecoverySize {
		t.Errorf("%d codes", len(codes))
	}
	w.left(10)
	if set, _ := w.auth.RecoverySet(t.Context(), seller); !set.MadeAt.Equal(w.clock) {
		t.Errorf("made at %v", set.MadeAt)
	}
	for hash := range w.store.sets[seller].good {
		for _, c := range codes {
			if strings.Contains(string(hash[:]), c) || strings.Contains(string(hash[:]), strings.ReplaceAll(c, "-", "")) {
				t.Error("a code is stored in clear")
			}
		}
	}
	shown := fmt.Sprintf("%v %+v %#v %s", auth.RecoveryCodes{Codes: codes}, auth.RecoveryCodes{Codes: codes}, auth.RecoveryCodes{Codes: codes}, w.verbs())
	if slices.ContainsFunc(codes, func(c string) bool { return strings.Contains(shown, c) }) {
		t.Errorf("printed: %s", shown)
	}
}

// NI-17: a code is void once used, and another takes its place.
func TestNI17_UsedAndReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enrol(seller, authtest.NewDevice(home))
	codes := w.codes()
	next, err := w.auth.UseRecoveryCode(t.Context(), seller, codes[3])
	if err != nil || len(next.Codes) != 1 || slices.Contains(codes, next.Codes[0]) {
		t.Fatalf("%v, %v", next.Codes, err)
	}
	w.left(10)
	_, err = w.auth.UseRecoveryCode(t.Context(), seller, codes[3])
	if e := refused(t, err, approvals.CodeProofWrong); e.Facts["tries_left"] != "4" {
		t.Errorf("%v", e.Facts)
	}
	w.pass(time.Minute)
	if _, err := w.auth.UseRecoveryCode(t.Context(), seller, next.Codes[0]); err != nil {
		t.Errorf("the new one: %v", err)
	}
	if !strings.HasSuffix(w.verbs(), "recovery_code_used proof_refused recovery_code_used]") {
		t.Errorf("events %s", w.verbs())
	}
}

// How people type them.
func TestRecoveryCode_Typed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enrol(seller, authtest.NewDevice(home))
	sloppy := strings.NewReplacer("0", "o", "1", "l")
	for i, typed := range []func(string) string{
		func(c string) string { return " " + c + "\n" },
		func(c string) string { return strings.ReplaceAll(c, "-", "") },
		func(c string) string { return strings.ReplaceAll(c, "-", " – ") },
		strings.ToLower,
		func(c string) string { return sloppy.Replace(strings.ToLower(c)) },
		func(c string) string { return strings.ReplaceAll(c, "1", "I") },
	} {
		code := w.codes()[i]
		if _, err := w.auth.UseRecoveryCode(t.Context(), seller, typed(code)); err != nil {
			t.Errorf("%q: %v", typed(code), err)
		}
	}
	for _, typed := range []string{"", "123456", "U", strings.Repeat("A", 23), strings.Repeat("A", 25), strings.Repeat("U", 24), strings.Repeat("A-", 100), "ÀBCD"} {
		w := newWorld(t)
		w.enrol(seller, authtest.NewDevice(home))
		w.codes()
		_, err := w.auth.UseRecoveryCode(t.Context(), seller, typed)
		if e := refused(t, err, approvals.CodeInvalid); e.Facts["tries_left"] != "4" || w.reasons() != "malformed" {
			t.Errorf("%q: %v, %s", typed, e.Facts, w.reasons())
		}
	}
}

// RELIABILITY A14: of an older set, of another seller's, of a seller without
// any: wrong, each with the same answer.
func TestRecoveryCode_NotGood(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]func(w *world) string{
		"of an older set": func(w *world) string { old := w.codes()[0]; w.codes(); return old },
		"another seller's": func(w *world) string {
			w.codes()
			other := approvals.SellerKey{Marketplace: "market", Seller: "s-2"}
			w.enrol(other, authtest.NewDevice(home))
			made, err := w.auth.MakeRecoveryCodes(w.t.Context(), other)
			if err != nil {
				w.t.Fatal(err)
			}
			return made.Codes[0]
		},
		"there are none": func(*world) string { return strings.Repeat("A", 24) },
		"set switched off": func(w *world) string {
			code := w.codes()[0]
			w.store.sets[seller].Failures = auth.MaxFailures
			w.left(0)
			return code
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.enrol(seller, authtest.NewDevice(home))
			_, err := w.auth.UseRecoveryCode(t.Context(), seller, code(w))
			if e := refused(t, err, approvals.CodeProofWrong); len(e.Facts) != 1 || e.Facts["tries_left"] != "4" || w.reasons() != "wrong" {
				t.Errorf("%v, %s", e.Facts, w.reasons())
			}
		})
	}
}

// A recovery code proves nothing for money: the policy has no wait for it but
// where an authenticator is added, which is a recovery, and an action refuses a
// proof that says so (DESIGN rule 10, THREATS A3).
func TestRecoveryCode_NotForMoney(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for _, k := range approvals.Kinds {
		d := approvalstest.DefaultWaits.Decide(approvals.Facts{Kind: k, Now: now})
		if _, ok := d.Wait[approvals.RecoveryCode]; ok && k != approvals.AuthenticatorAdd || len(d.Wait) == 0 {
			t.Errorf("%s: %v", k, d.Wait)
		}
	}
	a := approvals.Action{ID: "a-1", State: approvals.AwaitingStepUp, CreatedAt: now, StepUpBy: now, Decision: approvalstest.DefaultWaits.Decide(approvals.Facts{Now: now})}
	_, err := a.StepUp(approvals.Proof{Action: "a-1", Stage: approvals.StageStepUp, Method: approvals.RecoveryCode, UV: true, At: now}, approvals.Seller{}, now)
	refused(t, err, approvals.CodeMethod)
}
