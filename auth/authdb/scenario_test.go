package authdb_test

import (
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/auth"
)

// enrol_then_change (THREATS B1, DESIGN rule 11, PS-17): a thief who makes the first
// authenticator himself starts a change, which waits for both clocks: it is
// refused at +1, +71, +73 and +167 hours and can be confirmed at +169.
func TestEnrolThenChange_First(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		for name, enrol := range map[string]func() prover{
			"passkey": func() prover { return g.with(g.firstPasskey(time.Time{})) },
			"app":     func() prover { return g.withCode(g.firstApp(g.Clock.Now().Add(-25 * time.Hour))) },
		} {
			g.seller = g.newSeller()
			enrolled := g.Clock.Now()
			thief := enrol()
			a := g.stepUp(g.change(), thief)
			if a.NotBefore.Before(enrolled.Add(auth.FirstQuarantine)) {
				t.Errorf("%s: confirmable from %v, enrolled at %v", name, a.NotBefore, enrolled)
			}
			for _, h := range []int{1, 71, 73, 167} {
				g.Clock.Set(enrolled.Add(time.Duration(h) * time.Hour))
				if _, err := thief(a, approvals.StageConfirmation); err == nil {
					t.Errorf("%s: confirms at +%d h", name, h)
				}
				g.Clock.Set(enrolled.Add(time.Duration(h) * time.Hour))
			}
			g.Clock.Set(enrolled.Add(169 * time.Hour))
			if a, err := g.confirm(a, thief); err != nil || a.State != approvals.Approved {
				t.Errorf("%s at +169 h: %s, %v", name, a.State, err)
			}
		}
	})
}

// downgrade (THREATS A3, DESIGN rule 10, TA-07): a seller with a passkey and an app
// proves with the passkey; a right code is refused, at both stages, and costs no
// try.
func TestDowngrade(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		first := g.withCode(g.app())
		d, added := g.addPasskey()
		if _, err := g.confirm(g.stepUp(g.mustAbout(approvals.AuthenticatorAdd, added), first), first); err != nil {
			t.Fatal(err)
		}
		a := g.change()
		for range 2 * auth.MaxTries {
			_, err := first(a, approvals.StageStepUp)
			refused(t, err, approvals.CodeMethod)
		}
		a = g.stepUp(a, g.with(d))
		_, err := g.confirm(a, first)
		refused(t, err, approvals.CodeMethod)
		if until, left, err := g.auth.Blocked(t.Context(), g.seller); err != nil || !until.IsZero() || left != auth.MaxTries {
			t.Errorf("asking cost tries: blocked until %v, %d left, %v", until, left, err)
		}
		if a, err = g.confirm(g.Read(t, a), g.with(d)); err != nil || a.State != approvals.Approved {
			t.Errorf("the passkey: %s, %v", a.State, err)
		}
	})
}

// reuse_code (THREATS C9, C10, TA-05, NI-07): a code is good for one proof of one action, also
// after a restart and for the other stage.
func TestReuseCode(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		app := w.enrolApp(w.seller)
		_, err := w.auth.ProveCode(t.Context(), w.action(), app.Code(w.now()))
		refused(t, err, approvals.CodeProofWrong) // the code of the set-up (OT-11)
		w.pass(30 * time.Second)
		sub, code := w.action(), app.Code(w.now())
		if _, err := w.auth.ProveCode(t.Context(), sub, code); err != nil {
			t.Fatal(err)
		}
		confirm := sub
		confirm.Stage = approvals.StageConfirmation
		for name, again := range map[string]auth.Subject{"the same action": sub, "its confirmation": confirm, "another action": w.action()} {
			_, err := w.reopened().ProveCode(t.Context(), again, code)
			if !is(err, approvals.CodeProofWrong) {
				t.Errorf("for %s: %v", name, err)
			}
			exec(t, db, "UPDATE proving SET paused_until = NULL") // C8 is not what this is about
		}
	})
}

// reuse_assertion (THREATS C9, TA-05): an answer is good for one proof of the subject
// its challenge was for.
func TestReuseAssertion(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		d := g.passkey()
		_, other := g.addPasskey()
		a, b := g.change(), g.mustAbout(approvals.AuthenticatorAdd, other)
		sub := auth.SubjectOf(a, approvals.StageStepUp)
		answer := func() []byte {
			options, err := g.auth.BeginPasskey(t.Context(), sub)
			if err != nil {
				t.Fatal(err)
			}
			signed, err := d.Get(options)
			if err != nil {
				t.Fatal(err)
			}
			return signed
		}
		again := func(name string, about auth.Subject, signed []byte) {
			t.Helper()
			if _, err := g.auth.ProvePasskey(t.Context(), about, signed); !is(err, approvals.CodeProofWrong) {
				t.Errorf("%s: %v", name, err)
			}
			g.Clock.Advance(auth.MaxPause)
		}
		confirmation, generation := sub, sub
		confirmation.Stage, generation.Generation = approvals.StageConfirmation, 2
		again("for another action", auth.SubjectOf(b, approvals.StageStepUp), answer())
		again("for the other proof", confirmation, answer())
		again("for another generation", generation, answer())
		once := answer()
		p, err := g.auth.ProvePasskey(t.Context(), sub, once)
		if err != nil {
			t.Fatal(err)
		}
		again("a second time", sub, once)
		if _, err = g.Service.StepUp(t.Context(), a.Key(), p); err != nil {
			t.Fatal(err)
		}
		p.ID, p.Action, p.Digest = newID(), b.ID, b.Digest
		_, err = g.Service.StepUp(t.Context(), b.Key(), p)
		refused(t, err, approvals.CodeProofSpent) // the same challenge, whatever else it says
	})
}
