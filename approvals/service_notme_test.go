package approvals_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"countersign/approvals"
)

// TestNotMe: what "I did not ask for this" does, by where the action stands and
// how long ago a mail about it was accepted (UX S7).
func TestNotMe(t *testing.T) {
	t.Parallel()
	const slow, fast = time.Minute, 19 * time.Second
	for _, c := range []struct {
		name      string
		state     approvals.State
		after     time.Duration // the last accepted mail
		cancelled bool
		locked    bool
		opens     approvals.CaseReason
	}{
		{"a person, while it waits", approvals.CoolingOff, slow, true, true, approvals.CaseNotMe},
		{"a person, approved already", approvals.Approved, slow, true, true, approvals.CaseNotMe},
		{"a machine, while it waits", approvals.CoolingOff, fast, true, false, approvals.CaseNotMeFast},
		{"20 seconds are a person", approvals.CoolingOff, 20 * time.Second, true, true, approvals.CaseNotMe},
		{"a person, too late to cancel", approvals.Releasing, slow, false, true, approvals.CaseNotMe},
		{"however fast, too late to cancel", approvals.Releasing, fast, false, true, approvals.CaseNotMe},
		{"a person, executed", approvals.Executed, slow, false, true, approvals.CaseNotMe},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := newGateway()
			a := g.reach(t, c.state)
			g.acceptAll(t)
			g.pass(c.after)
			got, err := g.NotMe(context.Background(), a.Key())
			if err != nil || got.Cancelled != c.cancelled || got.Locked != c.locked || got.Action.State != g.reload(a).State {
				t.Errorf("%+v, %v", got, err)
			}
			s := g.store.sellers[a.SellerKey()]
			if s.Locked != c.locked || c.locked && s.LockedBy != approvals.LockNotMe {
				t.Errorf("seller %+v", s)
			}
			if (g.reload(a).State == approvals.Cancelled) != c.cancelled || c.cancelled && g.reload(a).Cancel != approvals.NotMe {
				t.Errorf("%s for %s", g.reload(a).State, g.reload(a).Cancel)
			}
			if !slices.Equal(g.store.cases, []approvals.CaseReason{c.opens}) {
				t.Errorf("cases %v, want %s", g.store.cases, c.opens)
			}
		})
	}
}

// acceptAll sends every mail there is, now.
func (g *gateway) acceptAll(tb testing.TB) {
	tb.Helper()
	for _, r := range g.store.mails {
		if r.state == approvals.MailPending && !r.next.After(g.now) {
			if err := g.SendMail(context.Background(), &g.post, r.id); err != nil {
				tb.Fatal(err)
			}
		}
	}
}

// TestNotMe_MachineAnswersTwice: a scanner that presses every button of every
// mail, the one about the cancellation included, cancels and never locks (F-29).
func TestNotMe_MachineAnswersTwice(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.create(t)
	for range 3 {
		g.acceptAll(t)
		g.pass(2 * time.Second)
		if got, err := g.NotMe(context.Background(), a.Key()); err != nil || !got.Cancelled || got.Locked {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if g.store.sellers[a.SellerKey()].Locked || g.reload(a).Cancel != approvals.NotMe {
		t.Errorf("locked %v, cancelled for %s", g.store.sellers[a.SellerKey()].Locked, g.reload(a).Cancel)
	}
	g.pass(time.Minute) // and then the owner reads it
	if got, err := g.NotMe(context.Background(), a.Key()); err != nil || !got.Locked {
		t.Errorf("the owner: %+v, %v", got, err)
	}
}

// TestNotMe_AfterAnotherEnd: of an action that ended by itself, a machine's
// answer does nothing, a person's locks.
func TestNotMe_AfterAnotherEnd(t *testing.T) {
	t.Parallel()
	for _, end := range []approvals.State{approvals.Expired, approvals.Failed} {
		g := newGateway()
		a := g.create(t)
		if end == approvals.Failed {
			_, _ = g.TooManyTries(context.Background(), a.Key())
		} else {
			g.pass(approvals.StepUpWindow)
			_, _ = g.Sweep(context.Background(), g.store, 1)
		}
		g.acceptAll(t)
		if got, err := g.NotMe(context.Background(), a.Key()); err != nil || got.Cancelled || got.Locked || got.Action.State != end {
			t.Errorf("%s, at once: %+v, %v", end, got, err)
		}
		g.pass(time.Minute)
		if got, err := g.NotMe(context.Background(), a.Key()); err != nil || got.Cancelled || !got.Locked {
			t.Errorf("%s, later: %+v, %v", end, got, err)
		}
	}
}

// TestNotMe_LockedAlready cancels and opens its own case all the same.
func TestNotMe_LockedAlready(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.reach(t, approvals.CoolingOff)
	if _, err := g.Lock(context.Background(), a.SellerKey(), approvals.LockMarketplace, "", market); err != nil {
		t.Fatal(err)
	}
	g.pass(time.Hour)
	got, err := g.NotMe(context.Background(), a.Key())
	if err != nil || !got.Cancelled || g.store.sellers[a.SellerKey()].LockEpoch != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if !slices.Equal(g.store.cases, []approvals.CaseReason{approvals.CaseLock, approvals.CaseNotMe}) {
		t.Errorf("cases %v", g.store.cases)
	}
}

// TestNotMe_RaceWithTheClaim: the claim commits between the look and the
// cancellation; the seller is locked, and the answer says that it was too late.
func TestNotMe_RaceWithTheClaim(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.reach(t, approvals.Approved)
	g.acceptAll(t)
	g.Service.Reader = claimedMeanwhile{g.store, g}
	got, err := g.NotMe(context.Background(), a.Key())
	if err != nil || got.Cancelled || !got.Locked || g.reload(a).State != approvals.Releasing {
		t.Errorf("%+v, %v, %s", got, err, g.reload(a).State)
	}
}

// claimedMeanwhile is a reader after whose answer the claim commits.
type claimedMeanwhile struct {
	approvals.Reader
	g *gateway
}

func (c claimedMeanwhile) Action(ctx context.Context, key approvals.ActionKey) (approvals.Action, error) {
	a, err := c.Reader.Action(ctx, key)
	if a.State == approvals.Approved {
		_, err = c.g.Claim(ctx, key, a.Details, nil)
	}
	return a, err
}
