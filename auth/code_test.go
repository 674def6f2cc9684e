package auth_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/auth/authtest"
)

// RELIABILITY A4, OT-03: T-1, T, T+1 once each; T-2 and T+2 never.
func TestCode_Window(t *testing.T) {
	t.Parallel()
	for d, ok := range map[time.Duration]bool{-60: false, -30: true, 0: true, 30: true, 60: false} {
		w := newWorld(t)
		app := w.enrolApp(seller)
		w.pass(10 * time.Minute)
		_, err := w.auth.ProveCode(t.Context(), subject("a-1"), app.Code(w.clock.Add(d*time.Second)))
		if (err == nil) != ok {
			t.Errorf("%+d s: %v", d, err)
		}
	}
}

// THREATS C9, C10 reuse_code, OT-02, NI-07, MF-02, RELIABILITY A1, A3, A15: a step once, for
// any action, and only upwards, even when the clock goes back.
func TestReuseCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.enrolApp(seller)
	w.pass(10 * time.Minute)
	code := app.Code(w.clock)
	if _, err := w.auth.ProveCode(t.Context(), subject("a-1"), code); err != nil {
		t.Fatal(err)
	}
	_, err := w.auth.ProveCode(t.Context(), subject("a-1"), code)
	refused(t, err, approvals.CodeProofWrong)
	_, err = w.auth.ProveCode(t.Context(), subject("a-2"), code)
	refused(t, err, approvals.CodeProofWrong)
	w.pass(5 * time.Second) // the pauses of C8
	_, err = w.auth.ProveCode(t.Context(), subject("a-2"), app.Code(w.clock.Add(-30*time.Second)))
	refused(t, err, approvals.CodeProofWrong)
	if w.reasons() != "replayed replayed replayed" {
		t.Errorf("refused as %q", w.reasons())
	}
	w.pass(10 * time.Second)
	if _, err := w.auth.ProveCode(t.Context(), subject("a-2"), app.Code(w.clock.Add(30*time.Second))); err != nil {
		t.Errorf("the next code: %v", err)
	}
	w.pass(-60 * time.Second)
	_, err = w.auth.ProveCode(t.Context(), subject("a-3"), app.Code(w.clock.Add(30*time.Second)))
	refused(t, err, approvals.CodeProofWrong)
}

// STANDARDS C6, PS-04: wrong, replayed and unknown are one answer.
func TestCode_OneAnswer(t *testing.T) {
	t.Parallel()
	answer := func(prepare func(w *world) string) string {
		w := newWorld(t)
		code := prepare(w)
		_, err := w.auth.ProveCode(t.Context(), subject("a-1"), code)
		e, _ := errors.AsType[*approvals.Error](err)
		raw, _ := json.Marshal(e)
		return string(raw)
	}
	wrong := answer(func(w *world) string {
		app := w.enrolApp(seller)
		return w.wrongCode(app)
	})
	replayed := answer(func(w *world) string {
		app := w.enrolApp(seller)
		return app.Code(w.clock)
	})
	unknown := answer(func(*world) string { return "123456" })
	if wrong != replayed || wrong != unknown || !strings.Contains(wrong, `"tries_left":"4"`) {
		t.Errorf("wrong %s, replayed %s, unknown %s", wrong, replayed, unknown)
	}
}

// RELIABILITY A9, A13: how people and machines write codes.
func TestCode_Spelling(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spell func(string) string
		ok    bool
	}{
		"plain":       {func(s string) string { return s }, true},
		"blank":       {func(s string) string { return s[:3] + " " + s[3:] }, true},
		"dash":        {func(s string) string { return s[:3] + "-" + s[3:] }, true},
		"en dash":     {func(s string) string { return s[:3] + "–" + s[3:] }, true},
		"no-break":    {func(s string) string { return s[:3] + "\u00a0" + s[3:] }, true},
		"around":      {func(s string) string { return " \t" + s + "\r\n" }, true},
		"spelt out":   {func(s string) string { return strings.Join(strings.Split(s, ""), " ") }, true},
		"full-width":  {func(s string) string { return strings.Map(func(r rune) rune { return r - '0' + '０' }, s) }, false},
		"arabic":      {func(s string) string { return strings.Map(func(r rune) rune { return r - '0' + '٠' }, s) }, false},
		"plus":        {func(s string) string { return "+" + s[1:] }, false},
		"exponent":    {func(string) string { return "1e5" }, false},
		"five":        {func(s string) string { return s[:5] }, false},
		"seven":       {func(s string) string { return s + "0" }, false},
		"twice":       {func(s string) string { return s + s }, false},
		"empty":       {func(string) string { return "" }, false},
		"blanks":      {func(string) string { return "      " }, false},
		"NUL":         {func(s string) string { return s + "\x00" }, false},
		"zero width":  {func(s string) string { return s[:3] + "\u200b" + s[3:] }, false},
		"bidi":        {func(s string) string { return "\u202e" + s }, false},
		"not UTF-8":   {func(s string) string { return s[:5] + "\xff" }, false},
		"a megabyte":  {func(s string) string { return s + strings.Repeat(" ", 1<<20) }, false},
		"letter O":    {func(s string) string { return "O" + s[1:] }, false},
		"hexadecimal": {func(string) string { return "0x1F90" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			app := w.enrolApp(seller)
			w.pass(time.Minute)
			_, err := w.auth.ProveCode(t.Context(), subject("a-1"), c.spell(app.Code(w.clock)))
			if c.ok {
				if err != nil {
					t.Error(err)
				}
				return
			}
			e := refused(t, err, approvals.CodeInvalid)
			if e.Facts["tries_left"] != "4" || len(e.Fields) != 1 || e.Fields[0].Field != "code" || w.reasons() != "malformed" {
				t.Errorf("not counted: %+v %s", e, w.reasons())
			}
		})
	}
}

// OT-05, RELIABILITY A5: a seed moved to another row, or another seller's row,
// does not open; NI-10: nor does a passkey's key.
func TestSealed_BoundToItsRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.enrolApp(seller)
	thief := approvals.SellerKey{Marketplace: "market", Seller: "thief"}
	w.enrolApp(thief)
	w.pass(time.Minute)
	records := w.store.records
	records[0].Sealed, records[1].Sealed = records[1].Sealed, records[0].Sealed
	_, err := w.auth.ProveCode(t.Context(), subject("a-1"), app.Code(w.clock))
	if _, refusal := errors.AsType[*approvals.Error](err); err == nil || refusal {
		t.Errorf("with the thief's seed: %v, want a failure that is no refusal", err)
	}

	w = newWorld(t)
	own, theirs := authtest.NewDevice(home), authtest.NewDevice(home)
	w.enrol(seller, own)
	w.enrol(thief, theirs)
	answer := w.assertion(subject("a-1"), own)
	records = w.store.records
	records[0].Sealed, records[1].Sealed = records[1].Sealed, records[0].Sealed
	_, err = w.auth.ProvePasskey(t.Context(), subject("a-1"), answer)
	if _, refusal := errors.AsType[*approvals.Error](err); err == nil || refusal {
		t.Errorf("with the thief's key: %v, want a failure that is no refusal", err)
	}
	records[0].Sealed, records[1].Sealed = records[1].Sealed, records[0].Sealed
	records[0].CredentialID, records[1].CredentialID = records[1].CredentialID, records[0].CredentialID
	if _, err := w.auth.BeginPasskey(t.Context(), subject("a-1")); err == nil {
		t.Error("a credential id moved to another row opens")
	}
}

// OT-05, PS-16, MF-02: the store sees no seed, and no line says a seed or a code.
func TestSeed_SealedAtRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e, err := w.auth.BeginCodeEnrolment(t.Context(), seller, "ada")
	if err != nil {
		t.Fatal(err)
	}
	app, err := authtest.NewApp(e.Secret)
	if err != nil {
		t.Fatal(err)
	}
	if len(w.store.enrolments[e.ID].Sealed) < 20+16 || bytes.Contains(w.store.enrolments[e.ID].Sealed, []byte(e.Secret)) {
		t.Error("the pending seed is not sealed")
	}
	if _, err := w.auth.FinishCodeEnrolment(t.Context(), seller, auth.CodeAnswer{Enrolment: e.ID, Code: app.Code(w.clock)}); err != nil {
		t.Fatal(err)
	}
	for _, ev := range w.store.events {
		if raw, _ := json.Marshal(ev); strings.Contains(string(raw), e.Secret) || strings.Contains(string(raw), app.Code(w.clock)) {
			t.Errorf("event %s holds a secret", raw)
		}
	}
}
