package auth_test

import (
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/auth/authtest"
)

// at returns a subject of another action, for this stage.
func at(stage approvals.Stage, action string) auth.Subject {
	sub := subject(action)
	sub.Stage = stage
	return sub
}

// DESIGN rule 11, MF-04: who vouches for a first enrolment, and for how long.
func TestRule11_Vouched(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		onboarded time.Duration // before the enrolment
		silent    bool
		wait      time.Duration
	}{
		"just now":              {0, false, 0},
		"a day ago":             {24 * time.Hour, false, 0},
		"a day and a moment":    {24*time.Hour + time.Microsecond, false, 168 * time.Hour},
		"a moment ahead":        {-time.Microsecond, false, 168 * time.Hour},
		"the market is silent":  {0, true, 168 * time.Hour},
		"years ago (a migrant)": {9000 * time.Hour, false, 168 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if w.onboarded = w.clock.Add(-c.onboarded); c.silent {
				w.onboarded = time.Time{}
			}
			a := w.enrol(seller, authtest.NewDevice(home))
			if got := a.UsableFrom.Sub(w.clock); got != c.wait {
				t.Errorf("waits %v, want %v", got, c.wait)
			}
			app := approvals.SellerKey{Marketplace: "market", Seller: "s-2"}
			w.enrolApp(app)
			list, err := w.auth.Authenticators(t.Context(), app)
			if err != nil || list[0].UsableFrom.Sub(w.clock) != c.wait {
				t.Errorf("the app: %+v, %v, want %v", list, err, c.wait)
			}
		})
	}
}

// The demo shortens its waits; zero is the wait of DESIGN rule 11.
func TestQuarantine_Configured(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboarded = time.Time{}
	c := w.config(w.store)
	c.Quarantine = 3 * time.Minute
	var err error
	if w.auth, err = auth.New(c); err != nil {
		t.Fatal(err)
	}
	if a := w.enrol(seller, authtest.NewDevice(home)); a.UsableFrom.Sub(w.clock) != 3*time.Minute {
		t.Errorf("usable from %v", a.UsableFrom)
	}
	c.Quarantine = -1
	if _, err := auth.New(c); err == nil {
		t.Error("a quarantine below zero starts")
	}
}

// enrol_then_change (THREATS B1) at +1, +71, +73, +167 and +169 h of a first
// enrolment nobody vouches for: it steps up, and its proof says until when the
// action has to wait; it confirms only at +169 h. Both methods.
func TestEnrolThenChange(t *testing.T) {
	t.Parallel()
	hours := []int{1, 71, 73, 167, 169}
	t.Run("passkey", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.onboarded = time.Time{}
		d := authtest.NewDevice(home)
		enrolled := w.clock
		a := w.enrol(seller, d)
		for _, h := range hours {
			w.clock = enrolled.Add(time.Duration(h) * time.Hour)
			p, err := w.prove(at(approvals.StageStepUp, "a-1"), d)
			if err != nil || !p.UsableFrom.Equal(a.UsableFrom) {
				t.Errorf("+%d h: step-up %+v, %v", h, p, err)
			}
			confirm := at(approvals.StageConfirmation, "a-1")
			if h < 168 {
				_, err := w.auth.BeginPasskey(t.Context(), confirm)
				refused(t, err, approvals.CodeNoAuthenticator)
				_, err = w.auth.ProvePasskey(t.Context(), confirm, []byte("{}"))
				refused(t, err, approvals.CodeNoAuthenticator)
				w.permits(approvals.StageStepUp, auth.Permission{Method: approvals.Passkey, UsableFrom: a.UsableFrom})
				continue
			}
			if _, err := w.prove(confirm, d); err != nil {
				t.Errorf("+%d h: %v", h, err)
			}
			w.permits(approvals.StageStepUp, auth.Permission{Method: approvals.Passkey})
		}
	})
	t.Run("code", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.onboarded = time.Time{}
		enrolled := w.clock
		app := w.enrolApp(seller)
		for _, h := range hours {
			w.clock = enrolled.Add(time.Duration(h) * time.Hour)
			p, err := w.auth.ProveCode(t.Context(), at(approvals.StageStepUp, "a-1"), app.Code(w.clock))
			if err != nil || !p.UsableFrom.Equal(enrolled.Add(168*time.Hour)) {
				t.Errorf("+%d h: step-up %+v, %v", h, p, err)
			}
			w.pass(time.Minute)
			_, err = w.auth.ProveCode(t.Context(), at(approvals.StageConfirmation, "a-1"), app.Code(w.clock))
			if h < 168 {
				refused(t, err, approvals.CodeProofWrong) // as for a seller without an app
			} else if err != nil {
				t.Errorf("+%d h: %v", h, err)
			}
		}
	})
}

// An answer to a challenge from before the passkey could confirm does not count
// once another may.
func TestRule11_QuarantineOnlyWhereNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old, fresh := authtest.NewDevice(home), authtest.NewDevice(home)
	w.enrol(seller, old)
	other := approvals.SellerKey{Marketplace: "market", Seller: "s-2"}
	w.enrol(other, fresh)
	added := w.store.records[1]
	w.store.records[1] = w.lend(added, seller, w.clock.Add(time.Hour))
	w.permits(approvals.StageStepUp, auth.Permission{Method: approvals.Passkey})
	options, err := w.auth.BeginPasskey(t.Context(), subject("a-1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fresh.Get(options); err == nil {
		t.Error("a passkey in quarantine is asked although another is usable")
	}
}

// permits fails unless this is what the seller may prove with now.
func (w *world) permits(stage approvals.Stage, want auth.Permission) {
	w.t.Helper()
	got, err := w.auth.Permitted(w.t.Context(), seller, stage)
	if err != nil || got != want {
		w.t.Errorf("at %v %s is permitted %+v, %v, want %+v", w.clock, stage, got, err, want)
	}
}

// lend is a record under another seller, as only a test can have it: its secret
// does not open there.
func (w *world) lend(r auth.Record, to approvals.SellerKey, usable time.Time) auth.Record {
	r.ID, r.Seller, r.UsableFrom = "lent-"+r.ID, to, usable
	return r
}
