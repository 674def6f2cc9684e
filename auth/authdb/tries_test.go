package authdb_test

import (
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/auth"
)

// STANDARDS C4: blocks double, and a success forgets them all, the one its own
// try began included.
func TestBlocks_DoubleAndReset(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		app := w.enrolApp(w.seller)
		w.pass(time.Minute)
		sub := w.action()
		guess := func(n int) error {
			var err error
			for range n {
				w.pass(auth.MaxPause)
				_, err = w.auth.ProveCode(t.Context(), sub, wrongCode(app, w.now()))
			}
			return err
		}
		blocks := func(want time.Duration) {
			t.Helper()
			refused(t, guess(5), approvals.CodeTooManyTries)
			if until, _, err := w.auth.Blocked(t.Context(), w.seller); err != nil || !until.Equal(w.now().Add(want)) {
				t.Errorf("blocked until %v, %v, want %v", until, err, want)
			}
			w.pass(want)
		}
		for _, want := range []time.Duration{15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 16 * time.Hour, 24 * time.Hour, 24 * time.Hour} {
			blocks(want)
		}
		refused(t, guess(4), approvals.CodeProofWrong)
		w.pass(auth.MaxPause)
		if _, err := w.auth.ProveCode(t.Context(), sub, app.Code(w.now())); err != nil {
			t.Fatalf("the fifth, right: %v", err)
		}
		until, left, err := w.auth.Blocked(t.Context(), w.seller)
		if err != nil || !until.IsZero() || left != auth.MaxTries || w.events("proving_freed") != 1 {
			t.Errorf("blocked until %v, %d left, %v", until, left, err)
		}
		blocks(15 * time.Minute)
	})
}

// NI-12: an authenticator one failure short of its hundred takes one of the two
// guesses that are looked at at once, not both.
func TestHundred_AtOnce(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		app := w.enrolApp(w.seller)
		exec(t, db, "UPDATE authenticators SET failures = 99")
		w.pass(time.Minute)
		sub, wrong := w.action(), wrongCode(app, w.now())
		var got tally
		atOnce(20, func(int) {
			_, err := w.auth.ProveCode(t.Context(), sub, wrong)
			got.add(err)
		})
		if !got.crowded() {
			got.want(t, map[string]int{"proof_not_accepted": 2, "proving_blocked": 18})
		} else { // the next call writes the line that was turned away
			_, _ = w.auth.ProveCode(t.Context(), sub, wrong)
		}
		list, err := w.auth.Authenticators(t.Context(), w.seller)
		if err != nil || list[0].Failures != 100 || list[0].DisabledAt.IsZero() || w.events("authenticator_disabled") != 1 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// One seller's block is one seller's (STANDARDS C8).
func TestBlock_OfOneSeller(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		w.enrolApp(w.seller)
		other := w.addSeller("S-1") // RELIABILITY A10: ids are the marketplace's own, compared byte by byte
		sub := w.action()
		for range 6 {
			w.pass(auth.MaxPause)
			_, _ = w.auth.ProveCode(t.Context(), sub, "")
		}
		if until, _, err := w.auth.Blocked(t.Context(), w.seller); err != nil || until.IsZero() {
			t.Errorf("not blocked: %v", err)
		}
		if until, left, err := w.auth.Blocked(t.Context(), other); err != nil || !until.IsZero() || left != auth.MaxTries {
			t.Errorf("another seller is blocked until %v, %d left, %v", until, left, err)
		}
	})
}
