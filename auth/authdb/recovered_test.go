package authdb_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	"countersign/auth"
	"countersign/auth/authtest"
)

// replace sets a new passkey up by a recovery.
func (g *gateway) replace(r approvals.Recovery) (auth.Authenticator, error) {
	g.t.Helper()
	options, err := g.auth.BeginPasskeyRecovery(g.t.Context(), r.Seller, "Anna")
	if err != nil {
		g.t.Fatal(err)
	}
	made, err := authtest.NewDevice(home).Create(options)
	if err != nil {
		g.t.Fatal(err)
	}
	return g.auth.FinishPasskeyRecovery(g.t.Context(), r, auth.PasskeyAnswer{Credential: made, Name: "New", Onboarded: g.Clock.Now()})
}

// recovery is the seller's newest.
func (g *gateway) recovery() approvals.Recovery {
	g.t.Helper()
	r, err := g.Parts.Recoveries.RecoveryOf(g.t.Context(), g.seller)
	if err != nil {
		g.t.Fatal(err)
	}
	return r
}

// tokenOf is what the newest mails of a recovery carry.
func (g *gateway) tokenOf(r approvals.Recovery) string {
	return g.Keys.Links().RecoveryToken(r.ID, r.Serial)
}

// TestInsider2_MF05_NI28 (STANDARDS MF-05, NI-28): a pair of agents who agree, for whatever reason, get a
// new sign-in method in after 72 hours at the earliest, and to money after 168 more;
// every contact learns of each step, and no step moves an open action (AS-26).
func TestInsider2_MF05_NI28(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		old := g.passkey()
		if _, err := g.auth.MakeRecoveryCodes(t.Context(), g.seller); err != nil {
			t.Fatal(err)
		}
		g.told()
		r := g.Recovering(t, g.seller)
		if told := g.told(); !slices.Equal(whats(told), []string{"support_recovery_agreed"}) || !told[0].From.Equal(r.OpensAt) || !told[0].Until.Equal(r.OpensAt.Add(168*time.Hour)) {
			t.Fatalf("told %+v", told)
		}
		open := g.stepUp(g.mustAsk(), g.with(old))
		if next, err := g.Parts.Waker.NextDue(t.Context(), r.OpensAt.Add(-time.Microsecond)); err != nil || !next.Equal(r.OpensAt) {
			t.Errorf("the next deadline is %v, %v, want %v", next, err, r.OpensAt)
		}
		g.Clock.Set(r.OpensAt.Add(-time.Microsecond))
		if n, err := g.Service.AdvanceRecoveries(t.Context(), 100); err != nil || n != 0 {
			t.Errorf("moved %d, %v", n, err)
		}
		_, err := g.replace(r)
		refused(t, err, approvals.CodeTooEarly)
		g.Clock.Set(r.OpensAt)
		first := g.Opened(t, g.seller)
		if told := whats(g.told()); !slices.Equal(told, []string{"support_recovery_open"}) {
			t.Errorf("told %v", told)
		}
		g.Clock.Advance(24 * time.Hour)
		_, err = g.Service.OpenRecovery(t.Context(), g.tokenOf(first))
		refused(t, err, approvals.CodeLinkExpired)
		r = g.Opened(t, g.seller)
		_, err = g.Service.OpenRecovery(t.Context(), g.tokenOf(first))
		refused(t, err, approvals.CodeLinkUnknown)
		if found, err := g.Service.OpenRecovery(t.Context(), g.tokenOf(r)); err != nil || found.ID != r.ID {
			t.Fatalf("the newest link leads to %+v, %v", found, err)
		}
		g.told()
		if a, err := g.confirm(open, g.with(old)); err != nil || a.State != approvals.Approved { // the old one goes on working
			t.Fatalf("confirm: %s, %v", a.State, err)
		}
		g.finished(r, open)
	})
}

// finished sets something new up and looks at what that did.
func (g *gateway) finished(r approvals.Recovery, open approvals.Action) {
	t := g.t
	t.Helper()
	g.told()
	made, err := g.replace(r)
	if err != nil {
		t.Fatal(err)
	}
	now := g.Clock.Now()
	if !made.UsableFrom.Equal(now.Add(168 * time.Hour)) {
		t.Errorf("counts from %v, want 168 hours after %v", made.UsableFrom, now)
	}
	list, err := g.store.Authenticators(t.Context(), g.seller)
	if err != nil || len(list) != 2 || !list[0].DisabledAt.Equal(now) || len(list[0].Sealed) != 0 || !list[1].DisabledAt.IsZero() {
		t.Errorf("authenticators %+v, %v", list, err)
	}
	if set, err := g.auth.RecoverySet(t.Context(), g.seller); err != nil || set.Left != 0 {
		t.Errorf("%d printed codes are left, %v", set.Left, err)
	}
	if told := g.told(); !slices.Equal(whats(told), []string{"support_recovery_done"}) || !told[0].From.Equal(made.UsableFrom) {
		t.Errorf("told %+v", told)
	}
	if got := g.webhooks(); !slices.Contains(got, "authenticator.added") {
		t.Errorf("webhooks %v", got)
	}
	_, err = g.Service.Claim(t.Context(), open.Key(), open.Details, nil)
	refused(t, err, approvals.CodeSecurityChanged)
	_, err = g.replace(r)
	refused(t, err, approvals.CodeLinkSpent)
	before := g.Read(t, open)
	if before.State != approvals.Approved {
		t.Errorf("the recovery moved the action to %s", before.State)
	}
	if err := g.Service.Recovered(t.Context(), g.seller); err != nil {
		t.Error(err)
	}
	if a := g.Read(t, open); a.State != approvals.Cancelled || a.Cancel != approvals.Superseded {
		t.Errorf("what was open is %s, %s", a.State, a.Cancel)
	}
	if _, err := g.auth.BeginPasskeyEnrolment(t.Context(), g.seller, "Anna"); !is(err, approvals.CodeEnrolmentClosed) {
		t.Errorf("enrolment without a proof is open: %v", err)
	}
	if _, err := g.auth.Permitted(t.Context(), g.seller, approvals.StageConfirmation); !is(err, approvals.CodeNoAuthenticator) {
		t.Errorf("it confirms before its time: %v", err)
	}
	g.Clock.Set(made.UsableFrom)
	g.announce(1)
	if may, err := g.auth.Permitted(t.Context(), g.seller, approvals.StageConfirmation); err != nil || may.Method != approvals.Passkey {
		t.Errorf("it does not confirm when its wait is over: %+v, %v", may, err)
	}
}

// mustAsk asks for a change of the seller's payout account.
func (g *gateway) mustAsk() approvals.Action {
	g.t.Helper()
	a, err := g.Service.Create(g.t.Context(), g.Request(g.seller))
	if err != nil {
		g.t.Fatal(err)
	}
	return a
}

// TestRecovery_Stopped: any one of these ends it, up to the last moment, in one
// transaction, and nothing was taken away (DESIGN rules 5 and 14).
func TestRecovery_Stopped(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		for name, stop := range map[string]func() error{
			"not me":      func() error { return g.disown() },
			"one agent":   func() error { return g.stopOne() },
			"marketplace": func() error { return g.lockNow() },
			"lapsed":      func() error { g.Clock.Advance(approvals.RecoveryLife); return nil },
		} {
			g.seller = g.newSeller()
			g.passkey()
			r := g.Recovering(t, g.seller)
			g.Clock.Set(r.OpensAt)
			r = g.Opened(t, g.seller)
			g.told()
			if name != "lapsed" {
				g.Clock.Set(r.LapsesAt.Add(-time.Minute))
			}
			if err := stop(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if _, err := g.Service.AdvanceRecoveries(t.Context(), 100); err != nil {
				t.Fatal(err)
			}
			state, want := g.recovery().State, approvals.RecoveryStopped
			if name == "lapsed" {
				want = approvals.RecoveryLapsed
			}
			if told := strings.Join(whats(g.told()), " "); state != want || !strings.Contains(told, "support_recovery_"+string(want)) {
				t.Errorf("%s: %s, told %s", name, state, told)
			}
			_, err := g.replace(r)
			refused(t, err, approvals.CodeLinkExpired)
			if list, err := g.auth.Authenticators(t.Context(), g.seller); err != nil || len(list) != 1 || !list[0].DisabledAt.IsZero() {
				t.Errorf("%s: %+v, %v", name, list, err)
			}
		}
	})
}

// disown answers "this was not me" to the newest notice.
func (g *gateway) disown() error {
	var id string
	if err := g.DB.Read(g.t.Context()).Raw("SELECT id FROM security_notices WHERE seller = ? ORDER BY id DESC LIMIT 1", string(g.seller.Seller)).Scan(&id).Error; err != nil {
		return err
	}
	_, err := g.Service.Disown(context.WithoutCancel(g.t.Context()), g.Keys.Links().NoticeToken(id))
	return err
}

// stopOne is what one agent decides alone.
func (g *gateway) stopOne() error {
	return g.DB.InTx(g.t.Context(), func(tx *approvaldb.Tx) error {
		_, err := tx.StopRecovery(g.seller, approvals.RecoveryStop{By: audit.Actor{Type: audit.Agent, ID: approvalstest.AgentOne}, Why: approvals.StopAgent, At: g.Clock.Now()})
		return err
	})
}

func (g *gateway) lockNow() error {
	_, err := g.Service.Lock(g.t.Context(), g.seller, approvals.LockMarketplace, "", audit.Actor{Type: audit.Marketplace, ID: "acme"})
	return err
}

// TestRecovery_DoneOrStopped: of the last step and a stop at once one happens.
func TestRecovery_DoneOrStopped(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		for range 8 {
			g.seller = g.newSeller()
			g.passkey()
			r := g.Recovering(t, g.seller)
			g.Clock.Set(r.OpensAt)
			r = g.Opened(t, g.seller)
			var made auth.Authenticator
			var done error
			var both sync.WaitGroup
			both.Go(func() { made, done = g.replace(r) })
			both.Go(func() {
				if err := g.disown(); err != nil {
					t.Error(err)
				}
			})
			both.Wait()
			list, err := g.auth.Authenticators(t.Context(), g.seller)
			if err != nil {
				t.Fatal(err)
			}
			switch state := g.recovery().State; {
			case done == nil && state == approvals.RecoveryDone && len(list) == 2 && list[1].ID == made.ID && !list[0].DisabledAt.IsZero():
			case done != nil && state == approvals.RecoveryStopped && len(list) == 1 && list[0].DisabledAt.IsZero():
			default:
				t.Errorf("done %v, %s, %+v", done, state, list)
			}
		}
	})
}
