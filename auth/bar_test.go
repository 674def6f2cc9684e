package auth_test

import (
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/auth/authtest"
)

// withBoth gives the seller an app that is usable and a passkey that is from
// this time on. The passkey's secret is another seller's, so it is no good for
// a proof.
func (w *world) withBoth(usable time.Time) (*authtest.App, *auth.Record) {
	w.t.Helper()
	app := w.enrolApp(seller)
	w.enrol(approvals.SellerKey{Marketplace: "market", Seller: "lender"}, authtest.NewDevice(home))
	w.store.records[1] = w.lend(w.store.records[1], seller, usable)
	w.pass(time.Minute)
	return app, &w.store.records[1]
}

// downgrade (THREATS A3, DESIGN rule 10): a seller with a passkey and an app is
// asked for the passkey; a right code is refused and is no try.
func TestDowngrade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app, _ := w.withBoth(w.clock)
	for _, stage := range []approvals.Stage{approvals.StageStepUp, approvals.StageConfirmation} {
		w.permits(stage, auth.Permission{Method: approvals.Passkey})
		for range 2 * auth.MaxTries {
			_, err := w.auth.ProveCode(t.Context(), at(stage, "a-1"), app.Code(w.clock))
			refused(t, err, approvals.CodeMethod)
		}
	}
	if until, left, err := w.auth.Blocked(t.Context(), seller); err != nil || !until.IsZero() || left != auth.MaxTries {
		t.Errorf("asking cost tries: blocked until %v, %d left, %v", until, left, err)
	}
}

// strip_then_change (THREATS B2): for thirty days after a passkey could approve
// money a code does not, whether the passkey was removed, burnt or cloned.
func TestStripThenChange(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		usable, off time.Duration // of the passkey, from now; off < 0: never
		want        map[time.Duration]bool
	}{
		"removed after a day": {0, day, map[time.Duration]bool{
			day + time.Minute: false, 2 * day: false, 30 * day: false, 31*day - time.Microsecond: false, 31 * day: true, 90 * day: true,
		}},
		"in use, for ever":     {0, -1, map[time.Duration]bool{time.Minute: false, 400 * day: false}},
		"removed in its wait":  {3 * day, 2 * day, map[time.Duration]bool{day: true, 2 * day: true, 3 * day: true, 4 * day: true}},
		"removed as it began":  {3 * day, 3 * day, map[time.Duration]bool{2 * day: true, 3 * day: false, 32 * day: false, 33 * day: true}},
		"its wait is not over": {3 * day, -1, map[time.Duration]bool{2 * day: true, 3 * day: false}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			begin := w.clock
			app, passkey := w.withBoth(begin.Add(c.usable))
			for after, ok := range c.want {
				w.clock = begin.Add(after)
				if passkey.DisabledAt = (time.Time{}); c.off >= 0 && after >= c.off {
					passkey.DisabledAt = begin.Add(c.off)
				}
				w.store.records[0].LastStep = 1 // each row of the table is a story of its own
				_, err := w.auth.ProveCode(t.Context(), at(approvals.StageConfirmation, "a-1"), app.Code(w.clock))
				if ok && err != nil {
					t.Errorf("after %v: %v", after, err)
				}
				if !ok {
					refused(t, err, approvals.CodeMethod)
				}
			}
		})
	}
}

// A passkey that burnt its hundred tries bars codes from then on, also before
// the line that says so is written.
func TestStripThenChange_Burnt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app, passkey := w.withBoth(w.clock)
	passkey.Failures = auth.MaxFailures
	for _, stage := range []approvals.Stage{approvals.StageStepUp, approvals.StageConfirmation} {
		_, err := w.auth.Permitted(t.Context(), seller, stage)
		refused(t, err, approvals.CodeMethod)
	}
	_, err := w.auth.ProveCode(t.Context(), subject("a-1"), app.Code(w.clock))
	refused(t, err, approvals.CodeMethod)
	if passkey.DisabledAt.IsZero() {
		t.Error("not switched off")
	}
	w.pass(auth.BarLife)
	if _, err := w.auth.ProveCode(t.Context(), subject("a-1"), app.Code(w.clock)); err != nil {
		t.Errorf("after thirty days: %v", err)
	}
}
