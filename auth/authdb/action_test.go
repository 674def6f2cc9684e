package authdb_test

import (
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/auth"
	"countersign/auth/authdb"
)

// change is a fresh change of payout account of the seller.
func (g *gateway) change() approvals.Action {
	g.t.Helper()
	r := g.Request(g.seller)
	r.Supersede = true
	a, err := g.Service.Create(g.t.Context(), r)
	if err != nil {
		g.t.Fatal(err)
	}
	return a
}

// enrol_then_change (THREATS B1, TA-02, TA-03, MF-04): an authenticator that is
// added counts for nothing until its action's wait is over and confirmed: 72
// hours proved with a passkey, 168 with a code. Then it counts at once.
func TestEnrolThenChange_AddedWithPasskey(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		first := g.with(g.passkey())
		d, added := g.addPasskey()
		g.refusedUntil(added, g.with(d), first, []int{1, 71, 73})
	})
}

func TestEnrolThenChange_AddedWithCode(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		first := g.withCode(g.app())
		d, added := g.addPasskey()
		g.refusedUntil(added, g.with(d), first, []int{1, 71, 73, 167, 169})
	})
}

// refusedUntil takes an authenticator.add through its life and tries the new one
// at these hours after its clock started: it is accepted at the last alone.
func (g *gateway) refusedUntil(added auth.Authenticator, with, first prover, hours []int) {
	t := g.t
	t.Helper()
	a := g.stepUp(g.mustAbout(approvals.AuthenticatorAdd, added), first)
	began := g.Clock.Now()
	for _, h := range hours[:len(hours)-1] {
		g.Clock.Set(began.Add(time.Duration(h) * time.Hour))
		if one := g.now(added); !one.Pending() || one.Usable(g.Clock.Now()) || one.InQuarantine(g.Clock.Now()) {
			t.Errorf("+%d h: %+v", h, one)
		}
		for _, stage := range []approvals.Stage{approvals.StageStepUp, approvals.StageConfirmation} {
			if _, err := with(g.change(), stage); err == nil {
				t.Errorf("+%d h: proves %s while pending", h, stage)
			}
		}
	}
	last := began.Add(time.Duration(hours[len(hours)-1]) * time.Hour)
	if a.NotBefore.Before(last.Add(-time.Hour-time.Minute)) || a.NotBefore.After(last) {
		t.Errorf("the addition can be confirmed from %v, the clock began at %v", a.NotBefore, began)
	}
	g.Clock.Set(last)
	a, err := g.confirm(a, first)
	if err != nil || a.State != approvals.Executed {
		t.Fatalf("confirm: %s, %v", a.State, err)
	}
	if one := g.now(added); !one.UsableFrom.Equal(a.MovedAt) || !one.Usable(g.Clock.Now()) {
		t.Errorf("after its action: %+v, executed at %v", one, a.MovedAt)
	}
	for _, stage := range []approvals.Stage{approvals.StageStepUp, approvals.StageConfirmation} {
		if _, err := with(g.change(), stage); err != nil {
			t.Errorf("%s after its action: %v", stage, err)
		}
	}
}

// An addition that comes to nothing leaves nothing behind.
func TestAdd_OtherEnds(t *testing.T) {
	t.Parallel()
	ends := map[string]func(g *gateway, a approvals.Action){
		"cancelled": func(g *gateway, a approvals.Action) { g.DriveOn(g.t, a, approvals.Cancelled) },
		"expired":   func(g *gateway, a approvals.Action) { g.DriveOn(g.t, a, approvals.Expired) },
		"failed":    func(g *gateway, a approvals.Action) { g.DriveOn(g.t, a, approvals.Failed) },
		"not me": func(g *gateway, a approvals.Action) {
			g.Clock.Advance(time.Hour)
			if _, err := g.Service.NotMe(g.t.Context(), a.Key()); err != nil {
				g.t.Error(err)
			}
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
				g := newGateway(t, db)
				d := g.passkey()
				_, added := g.addPasskey()
				_, other := g.addApp() // not this action's
				end(g, g.mustAbout(approvals.AuthenticatorAdd, added))
				if one := g.now(added); !one.DisabledAt.Equal(g.Clock.Now()) || !one.UsableFrom.IsZero() {
					t.Errorf("%+v", one)
				}
				if !g.now(other).Pending() {
					t.Error("another pending one was switched off with it")
				}
				if name == "not me" {
					return // locked
				}
				if _, err := g.with(d)(g.change(), approvals.StageStepUp); err != nil {
					t.Errorf("the first passkey: %v", err)
				}
				_, err := g.about(approvals.AuthenticatorAdd, refOf(added))
				refused(t, err, approvals.CodeNotFound)
			})
		})
	}
}

// strip_then_change (THREATS B2) through the actions: a removed passkey keeps
// the app out for thirty days after it was removed.
func TestStripThenChange_Removed(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		d := g.passkey()
		app, added := g.addApp()
		if _, err := g.confirm(g.stepUp(g.mustAbout(approvals.AuthenticatorAdd, added), g.with(d)), g.with(d)); err != nil {
			t.Fatal(err)
		}
		list, err := g.auth.Authenticators(t.Context(), g.seller)
		if err != nil {
			t.Fatal(err)
		}
		a := g.stepUp(g.mustAbout(approvals.AuthenticatorRemove, list[0]), g.with(d))
		if one := g.now(list[0]); !one.Usable(g.Clock.Now()) {
			t.Errorf("removed before its time: %+v", one)
		}
		if a, err = g.confirm(a, g.with(d)); err != nil || a.State != approvals.Executed {
			t.Fatalf("confirm: %s, %v", a.State, err)
		}
		removed := a.MovedAt
		if one := g.now(list[0]); !one.DisabledAt.Equal(removed) {
			t.Errorf("not removed: %+v", one)
		}
		g.keepsNoSecret(a, list[0])
		for _, after := range []time.Duration{time.Hour, 72 * time.Hour, auth.BarLife - 2*time.Minute, auth.BarLife} {
			g.Clock.Set(removed.Add(after))
			_, err := g.withCode(app)(g.change(), approvals.StageStepUp)
			if after < auth.BarLife {
				refused(t, err, approvals.CodeMethod)
			} else if err != nil {
				t.Errorf("after thirty days: %v", err)
			}
		}
	})
}

// keepsNoSecret (PS-19): of what was removed neither a sealed key is left nor a
// need of its sealing key, and what it proved before verifies as ever.
func (g *gateway) keepsNoSecret(a approvals.Action, removed auth.Authenticator) {
	g.t.Helper()
	sizes := map[bool]int{}
	var rows []struct {
		ID   string
		Size int
	}
	err := g.DB.Read(g.t.Context()).Raw("SELECT id, length(sealed) AS size FROM authenticators WHERE seller = ?", string(g.seller.Seller)).Scan(&rows).Error
	for _, row := range rows {
		sizes[row.ID == removed.ID] += row.Size
	}
	if err != nil || len(rows) != 2 || sizes[true] != 0 || sizes[false] == 0 {
		g.t.Errorf("%+v, %v", rows, err)
	}
	needed, err := g.DB.CountSealed(g.t.Context(), authdb.SealedColumns())
	if err != nil || len(needed) != 1 || needed[0].Rows != 1 {
		g.t.Errorf("sealed rows %+v, %v, want the one in use", needed, err)
	}
	for _, p := range g.Read(g.t, a).Proofs {
		if err := auth.VerifyEvidence(p, "market.example", []string{home}); err != nil {
			g.t.Errorf("%s by what was removed: %v", p.Stage, err)
		}
	}
}

// A removal that was cancelled removes nothing.
func TestRemove_Cancelled(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		first, _, _ := g.two()
		g.DriveOn(t, g.mustAbout(approvals.AuthenticatorRemove, first), approvals.Cancelled)
		if one := g.now(first); !one.Usable(g.Clock.Now()) {
			t.Errorf("%+v", one)
		}
	})
}

// two gives the seller two passkeys that count, and a way to prove with the
// first.
func (g *gateway) two() (first, second auth.Authenticator, prove prover) {
	g.t.Helper()
	prove = g.with(g.passkey())
	_, second = g.addPasskey()
	if _, err := g.confirm(g.stepUp(g.mustAbout(approvals.AuthenticatorAdd, second), prove), prove); err != nil {
		g.t.Fatal(err)
	}
	list, err := g.auth.Authenticators(g.t.Context(), g.seller)
	if err != nil {
		g.t.Fatal(err)
	}
	return list[0], second, prove
}

// TestRemove_TheLastStays: whoever asks, and whatever happened since it was
// asked for, something is left that can approve.
func TestRemove_TheLastStays(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		first, second, prove := g.two()
		a := g.stepUp(g.mustAbout(approvals.AuthenticatorRemove, first), prove)
		exec(t, db, "UPDATE authenticators SET failures = 100 WHERE id = ?", second.ID) // as good as switched off
		_, err := g.confirm(a, prove)
		refused(t, err, approvals.CodeLastAuthenticator)
		if one := g.now(first); !one.Usable(g.Clock.Now()) {
			t.Errorf("removed all the same: %+v", one)
		}
		if now := g.Read(t, a); now.State != approvals.AwaitingConfirmation {
			t.Errorf("the removal is %s", now.State)
		}
		if _, err := g.Service.Cancel(t.Context(), a.Key(), approvals.ChangedMind, a.SellerActor()); err != nil {
			t.Fatal(err)
		}
		_, err = g.about(approvals.AuthenticatorRemove, refOf(first))
		refused(t, err, approvals.CodeLastAuthenticator)
		g.addPasskey() // one that is pending proves nothing
		_, err = g.about(approvals.AuthenticatorRemove, refOf(first))
		refused(t, err, approvals.CodeLastAuthenticator)
	})
}

// What an action about an authenticator may be about (TA-02, B1): a thief's
// action cannot name the owner's, and one authenticator has one action.
func TestEffect_AboutWhat(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		owner := g.seller
		first := g.with(g.passkey())
		list, err := g.auth.Authenticators(t.Context(), owner)
		if err != nil {
			t.Fatal(err)
		}
		enrolled := list[0]
		_, added := g.addPasskey()
		if _, err := g.confirm(g.stepUp(g.mustAbout(approvals.AuthenticatorAdd, added), first), first); err != nil {
			t.Fatal(err)
		}
		_, pending := g.addPasskey()
		otherMethod := refOf(pending)
		otherMethod.Method = approvals.TOTP
		g.seller = g.newSeller()
		g.passkey()
		_, foreign := g.addPasskey()
		g.seller = owner
		for name, c := range map[string]struct {
			kind approvals.Kind
			ref  approvals.AuthenticatorRef
		}{
			"add what is enrolled":         {approvals.AuthenticatorAdd, refOf(enrolled)},
			"add what was added":           {approvals.AuthenticatorAdd, refOf(added)},
			"add another seller's":         {approvals.AuthenticatorAdd, refOf(foreign)},
			"add as another method":        {approvals.AuthenticatorAdd, otherMethod},
			"add what does not exist":      {approvals.AuthenticatorAdd, approvals.AuthenticatorRef{ID: newID(), Method: approvals.Passkey}},
			"add no id":                    {approvals.AuthenticatorAdd, approvals.AuthenticatorRef{ID: "'; --", Method: approvals.Passkey}},
			"remove what is pending":       {approvals.AuthenticatorRemove, refOf(pending)},
			"remove another seller's":      {approvals.AuthenticatorRemove, refOf(foreign)},
			"remove what does not exist":   {approvals.AuthenticatorRemove, approvals.AuthenticatorRef{ID: newID(), Method: approvals.Passkey}},
			"remove what is not a passkey": {approvals.AuthenticatorRemove, approvals.AuthenticatorRef{ID: enrolled.ID, Method: approvals.TOTP}},
		} {
			if _, err := g.about(c.kind, c.ref); !is(err, approvals.CodeNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		g.Clock.Advance(auth.PendingLife)
		_, err = g.about(approvals.AuthenticatorAdd, refOf(pending))
		refused(t, err, approvals.CodeNotFound) // too old, although nobody has swept
	})
}
