package approvals_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
)

// TestTravelLock_NothingGoesForward: not one step forward is taken while the
// seller travels, wherever an action stands; stopping works, and time takes its
// course.
func TestTravelLock_NothingGoesForward(t *testing.T) {
	t.Parallel()
	travel := approvals.Refuse(approvals.CodeTravelLock)
	for _, state := range []approvals.State{approvals.AwaitingStepUp, approvals.AwaitingConfirmation, approvals.Approved} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			g, ctx := newGateway(), context.Background()
			a := g.reach(t, state)
			until := g.now.Add(48 * time.Hour)
			if err := g.TravelLock(ctx, a.SellerKey(), until); err != nil {
				t.Fatal(err)
			}
			err := g.forward(a)
			e, _ := errors.AsType[*approvals.Error](err)
			if !errors.Is(err, travel) || e.Facts["retry_at"] != approvals.FormatTime(until) {
				t.Errorf("forward from %s: %v", state, err)
			}
			if now := g.reload(a); now.State != state || len(now.Proofs) != len(a.Proofs) {
				t.Errorf("it is %s with %d proofs", now.State, len(now.Proofs))
			}
			r := request(seller)
			r.Supersede = true
			if _, err := g.Create(ctx, r); !errors.Is(err, travel) {
				t.Errorf("another one: %v", err)
			}
			if g.reload(a).State != state {
				t.Error("a refused one took the place of the open one")
			}
			if _, err := g.Cancel(ctx, a.Key(), approvals.ChangedMind, a.SellerActor()); err != nil {
				t.Errorf("stopping: %v", err)
			}
			g.pass(until.Sub(g.now))
			g.create(t) // over
		})
	}
}

// TestTravelLock_Limits: it is ahead, bounded, and never shortened here.
func TestTravelLock_Limits(t *testing.T) {
	t.Parallel()
	g, ctx := newGateway(), context.Background()
	key := g.create(t).SellerKey()
	for _, test := range []struct {
		name  string
		until time.Duration
		want  approvals.Code
	}{
		{"now", 0, approvals.CodeInvalid},
		{"past", -time.Hour, approvals.CodeInvalid},
		{"too far", approvals.MaxTravel + time.Second, approvals.CodeInvalid},
		{"a week", 7 * 24 * time.Hour, ""},
		{"shorter", 6 * 24 * time.Hour, approvals.CodeLessCare},
		{"longer", 8 * 24 * time.Hour, ""},
		{"as far as it goes", approvals.MaxTravel, ""},
	} {
		err := g.TravelLock(ctx, key, g.now.Add(test.until))
		if test.want == "" && err != nil || test.want != "" && !errors.Is(err, approvals.Refuse(test.want)) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
	if err := g.TravelLock(ctx, approvals.SellerKey{Marketplace: key.Marketplace, Seller: "nobody"}, g.now.Add(time.Hour)); !errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
		t.Errorf("nobody's: %v", err)
	}
}

// TestWaitLonger: every wait of a new action gets the hours on top, whatever the
// method, an open one keeps its own, and they are not taken back.
func TestWaitLonger(t *testing.T) {
	t.Parallel()
	g, ctx := newGateway(), context.Background()
	open := g.create(t)
	key := open.SellerKey()
	if err := g.WaitLonger(ctx, key, 10*time.Hour); err != nil {
		t.Fatal(err)
	}
	if g.reload(open).Decision.Wait[approvals.Passkey] != 24*time.Hour {
		t.Error("an open action's wait was changed")
	}
	for _, test := range []struct {
		extra time.Duration
		want  approvals.Code
	}{
		{9 * time.Hour, approvals.CodeLessCare}, {0, approvals.CodeLessCare}, {-time.Hour, approvals.CodeInvalid},
		{approvals.MaxExtraWait + time.Hour, approvals.CodeInvalid},
	} {
		if err := g.WaitLonger(ctx, key, test.extra); !errors.Is(err, approvals.Refuse(test.want)) {
			t.Errorf("%s: %v, want %s", test.extra, err, test.want)
		}
	}
	r := request(seller)
	r.Supersede = true
	a, err := g.Create(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	if a.Decision.Wait[approvals.Passkey] != 34*time.Hour || a.Decision.Wait[approvals.TOTP] != 82*time.Hour {
		t.Errorf("waits %v", a.Decision.Wait)
	}
	if bad := stricter(a.Decision, open.Decision); bad != "" {
		t.Errorf("less strict than before: %s", bad)
	}
	if approvalstest.DefaultWaits.Decide(approvals.Facts{}).Wait[approvals.Passkey] != 24*time.Hour {
		t.Error("the policy's own waits were changed")
	}
}

// TestPrefer: what the seller chose stays when the marketplace says something
// else.
func TestPrefer(t *testing.T) {
	t.Parallel()
	g, ctx := newGateway(), context.Background()
	key := g.create(t).SellerKey()
	if err := g.Prefer(ctx, key, "it", "America/New_York"); err != nil {
		t.Fatal(err)
	}
	given := seller
	given.Locale, given.TimeZone = "en", "Europe/Paris"
	r := request(given)
	r.Supersede = true
	if _, err := g.Create(ctx, r); err != nil {
		t.Fatal(err)
	}
	if s := g.store.sellers[key]; s.Locale != "it" || s.TimeZone != "America/New_York" {
		t.Errorf("seller %+v", s)
	}
	events := len(g.store.events)
	if err := g.Prefer(ctx, key, "it", "America/New_York"); err != nil || len(g.store.events) != events {
		t.Errorf("saying it again: %v, %d events after %d", err, len(g.store.events), events)
	}
}
