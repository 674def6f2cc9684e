package auth_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/auth/authtest"
)

// STANDARDS C8, NI-13, OT-07: nothing is looked at for 0, 5, 10 and 20 seconds after the
// first four wrong tries in a row, over all actions. A try in a pause is refused
// with the time to come back, costs nothing and reads the same right or wrong.
func TestC8_GrowingPauses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.enrolApp(seller)
	w.pass(time.Minute)
	for n, pause := range []time.Duration{0, 5 * time.Second, 10 * time.Second, 20 * time.Second} {
		_, err := w.auth.ProveCode(t.Context(), subject("a-1"), w.wrongCode(app))
		refused(t, err, approvals.CodeProofWrong)
		if pause == 0 {
			continue
		}
		end := w.clock.Add(pause)
		w.clock = end.Add(-time.Microsecond)
		for _, code := range []string{w.wrongCode(app), app.Code(w.clock), "", "no code"} {
			_, err := w.auth.ProveCode(t.Context(), subject("a-2"), code)
			if e := refused(t, err, approvals.CodeProvingBlocked); e.Facts["retry_at"] != approvals.FormatTime(end) || len(e.Facts) != 1 {
				t.Errorf("after %d: %v", n+1, e.Facts)
			}
		}
		if until, left, err := w.auth.Blocked(t.Context(), seller); err != nil || !until.IsZero() || left != 4-n {
			t.Errorf("after %d: blocked until %v, %d left, %v", n+1, until, left, err)
		}
		w.clock = end
	}
	_, err := w.auth.ProveCode(t.Context(), subject("a-1"), w.wrongCode(app))
	refused(t, err, approvals.CodeTooManyTries)
	if strings.Contains(w.reasons(), "malformed") || w.store.records[0].Failures != 5 {
		t.Errorf("reasons %s, %d failures", w.reasons(), w.store.records[0].Failures)
	}
}

// A success ends the pauses; after a block they begin again from none.
func TestC8_PausesForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.enrolApp(seller)
	w.pass(time.Minute)
	wrong := func(n int) {
		t.Helper()
		for range n {
			w.pass(auth.MaxPause)
			if _, err := w.auth.ProveCode(t.Context(), subject("a-1"), w.wrongCode(app)); err == nil {
				t.Fatal("a wrong code passes")
			}
		}
	}
	wrong(4)
	w.pass(auth.MaxPause)
	if _, err := w.auth.ProveCode(t.Context(), subject("a-1"), app.Code(w.clock)); err != nil {
		t.Fatal(err)
	}
	for range 2 { // two at once, as at the beginning
		_, err := w.auth.ProveCode(t.Context(), subject("a-1"), w.wrongCode(app))
		refused(t, err, approvals.CodeProofWrong)
	}
	wrong(3)
	w.pass(15*time.Minute - auth.MaxPause)
	_, err := w.auth.ProveCode(t.Context(), subject("a-1"), w.wrongCode(app))
	refused(t, err, approvals.CodeProvingBlocked)
	w.pass(auth.MaxPause)
	for range 2 {
		_, err := w.auth.ProveCode(t.Context(), subject("a-1"), w.wrongCode(app))
		refused(t, err, approvals.CodeProofWrong)
	}
}

// C8: a passkey's challenge may be asked for in a pause, is not spent in it, and
// a prompt that is dismissed is no try.
func TestC8_PauseAndPasskey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := authtest.NewDevice(home)
	w.enrol(seller, d)
	for range 20 {
		if _, err := w.auth.BeginPasskey(t.Context(), subject("a-1")); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		_, err := w.prove(subject("a-1"), d, authtest.BadSignature())
		refused(t, err, approvals.CodeProofWrong)
	}
	good := w.assertion(subject("a-1"), d)
	_, err := w.auth.ProvePasskey(t.Context(), subject("a-1"), good)
	refused(t, err, approvals.CodeProvingBlocked)
	w.pass(5 * time.Second)
	if _, err := w.auth.ProvePasskey(t.Context(), subject("a-1"), good); err != nil {
		t.Errorf("after the pause: %v", err)
	}
}

// PS-04, C6: what a seller is told of a wrong, a replayed and an unknown code is
// one answer, try by try, into the block.
func TestC8_SameAnswers(t *testing.T) {
	t.Parallel()
	answers := map[string][]approvals.Error{}
	for _, kind := range []string{"wrong", "replayed", "unknown"} {
		w := newWorld(t)
		app := w.enrolApp(seller)
		w.pass(time.Minute)
		spent := app.Code(w.clock)
		if _, err := w.auth.ProveCode(t.Context(), subject("a-1"), spent); err != nil {
			t.Fatal(err)
		}
		sub := subject("a-2")
		if kind == "unknown" {
			sub.Seller.Seller = "nobody"
		}
		for range auth.MaxTries + 1 {
			code := w.wrongCode(app)
			if kind == "replayed" {
				w.store.records[0].LastStep = w.clock.Unix() // far ahead: every step is spent
				code = app.Code(w.clock)
			}
			_, err := w.auth.ProveCode(t.Context(), sub, code)
			answers[kind] = append(answers[kind], *refused(t, err, codeOf(err)))
			w.pass(auth.MaxPause)
		}
	}
	for _, kind := range []string{"replayed", "unknown"} {
		if !slices.EqualFunc(answers[kind], answers["wrong"], sameAnswer) {
			t.Errorf("%s: %v\nwrong: %v", kind, answers[kind], answers["wrong"])
		}
	}
}

func codeOf(err error) approvals.Code {
	if e, ok := errors.AsType[*approvals.Error](err); ok {
		return e.Code
	}
	return ""
}

func sameAnswer(a, b approvals.Error) bool {
	return a.Code == b.Code && maps.Equal(a.Facts, b.Facts) && slices.Equal(a.Fields, b.Fields)
}
