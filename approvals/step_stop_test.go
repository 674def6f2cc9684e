package approvals_test

import (
	"slices"
	"testing"
	"time"

	"countersign/approvals"
)

// TestRule5_CancelNeedsNothing: no proof, no link, no active seller, from every
// state before the release; all deadlines are gone and everybody is told.
func TestRule5_CancelNeedsNothing(t *testing.T) {
	t.Parallel()
	for _, s := range approvals.States {
		if !s.Stoppable() {
			continue
		}
		for _, reason := range []approvals.CancelReason{approvals.ChangedMind, approvals.NotMe, approvals.ByMarketplace, approvals.Superseded, approvals.BySupport} {
			a := reach(t, s)
			c := must(t)(a.CancelFor(reason, a.SellerActor(), soon(a)))
			if c.Action.State != approvals.Cancelled || c.Action.Cancel != reason || !c.Action.DueAt().IsZero() {
				t.Errorf("%s: %s for %s, due %v", s, c.Action.State, c.Action.Cancel, c.Action.DueAt())
			}
			if c.Event.Data["reason"] != string(reason) || len(c.Mails) != 1 || c.Mails[0].Kind != approvals.MailCancelled {
				t.Errorf("%s: event %+v, mails %+v", s, c.Event, c.Mails)
			}
			if _, err := c.Action.ClaimFor(a.Details, seller, gate(a), soon(a)); code(err) != approvals.CodeNotApproved {
				t.Errorf("%s, cancelled: claim %v", s, err)
			}
		}
	}
}

// TestCancelAgain: the first reason stays.
func TestCancelAgain(t *testing.T) {
	t.Parallel()
	a := reach(t, approvals.Cancelled)
	if c := must(t)(a.CancelFor(approvals.NotMe, a.SellerActor(), soon(a))); c.Changed(a) || c.Action.Cancel != approvals.ChangedMind {
		t.Errorf("cancelled for %s", c.Action.Cancel)
	}
}

// TestHoldReasons: which of two reasons for a hold stays.
func TestHoldReasons(t *testing.T) {
	t.Parallel()
	const none = approvals.HoldCode("")
	for _, c := range []struct{ first, then, want approvals.HoldCode }{
		{approvals.HoldAgent, approvals.HoldLocked, approvals.HoldLocked},
		{approvals.HoldReview, approvals.HoldLocked, approvals.HoldLocked},
		{approvals.HoldMismatch, approvals.HoldLocked, approvals.HoldLocked},
		{approvals.HoldNotice, approvals.HoldLocked, approvals.HoldLocked},
		{approvals.HoldNotice, approvals.HoldAgent, approvals.HoldAgent},
		{approvals.HoldNotice, approvals.HoldReview, approvals.HoldReview},
		{approvals.HoldLocked, approvals.HoldAgent, none},
		{approvals.HoldLocked, approvals.HoldNotice, none},
		{approvals.HoldLocked, approvals.HoldLocked, none},
		{approvals.HoldAgent, approvals.HoldNotice, none},
		{approvals.HoldAgent, approvals.HoldReview, none},
		{approvals.HoldReview, approvals.HoldReview, none},
	} {
		a := reach(t, approvals.CoolingOff)
		a = must(t)(a.HoldFor(c.first, agent, soon(a))).Action
		got := must(t)(a.HoldFor(c.then, agent, soon(a)))
		want := c.want
		if want == none {
			want = c.first
		}
		if got.Changed(a) == (c.want == none) || got.Action.Hold != want {
			t.Errorf("%s, then %s: held for %s, changed %v", c.first, c.then, got.Action.Hold, got.Changed(a))
		}
		if got.Action.HeldFrom != approvals.CoolingOff || !got.Action.HoldBy.Equal(a.HoldBy) {
			t.Errorf("%s, then %s: from %s until %v", c.first, c.then, got.Action.HeldFrom, got.Action.HoldBy)
		}
	}
}

// TestRule13_RestartStartsFromNothing: a freed action is a new generation with
// the present epoch, new deadlines, untold contacts, and nothing left of what
// was proved, mailed or counted before.
func TestRule13_RestartStartsFromNothing(t *testing.T) {
	t.Parallel()
	s := twoContacts()
	old := forward(t, propose(t, s).Action, s, approvals.AwaitingConfirmation)
	old = must(t)(old.Resend(seller, agent, soon(old))).Action
	confirmed := proof(old, approvals.StageConfirmation, approvals.Passkey, soon(old))
	oldLink := link(old)
	held := must(t)(old.HoldFor(approvals.HoldLocked, agent, soon(old))).Action
	s.LockEpoch++
	now := held.HoldBy.Add(-time.Hour)
	c := must(t)(held.Restart(s, agent, now))
	a := c.Action
	if a.State != approvals.AwaitingStepUp || a.Generation != 2 || a.LockEpoch != s.LockEpoch || !a.StepUpBy.Equal(now.Add(approvals.StepUpWindow)) {
		t.Errorf("%s, generation %d, epoch %d, step-up by %v", a.State, a.Generation, a.LockEpoch, a.StepUpBy)
	}
	for name, left := range map[string]time.Time{
		"notify_by": a.NotifyBy, "not_before": a.NotBefore, "confirm_by": a.ConfirmBy, "renew_at": a.RenewAt,
		"claim_by": a.ClaimBy, "hold_by": a.HoldBy, "resent_at": a.ResentAt,
	} {
		if !left.IsZero() {
			t.Errorf("%s is left over: %v", name, left)
		}
	}
	if a.Wait != 0 || a.Resends != 0 || a.ConfirmSerial != 0 || a.Hold != "" || a.HeldFrom != "" {
		t.Errorf("left over: wait %v, resends %d, serial %d, hold %q from %q", a.Wait, a.Resends, a.ConfirmSerial, a.Hold, a.HeldFrom)
	}
	for _, n := range a.Contacts {
		if !n.AcceptedAt.IsZero() || !n.RefusedAt.IsZero() {
			t.Errorf("contact %+v is told already", n)
		}
	}
	if len(c.Mails) != 2 || c.Mails[0].Kind != approvals.MailApproveAgain || c.Mails[0].Generation != 2 {
		t.Errorf("mails %+v", c.Mails)
	}
	if _, ok := a.Proof(approvals.StageStepUp); ok {
		t.Error("a proof of the old generation counts")
	}
	again := proof(a, approvals.StageStepUp, approvals.Passkey, soon(a))
	again.Spent = held.Proofs[0].Spent
	if _, err := a.StepUp(again, s, soon(a)); code(err) != approvals.CodeProofSpent {
		t.Errorf("the old step-up once more: %v", err)
	}
	a = forward(t, a, s, approvals.AwaitingConfirmation)
	if _, err := a.Confirm(confirmed, link(a), s, soon(a)); code(err) != approvals.CodeProofOther {
		t.Errorf("the old confirmation: %v", err)
	}
	oldLink.ExpiresAt = a.ConfirmBy // were it still alive
	if _, err := a.Confirm(proof(a, approvals.StageConfirmation, approvals.Passkey, soon(a)), oldLink, s, soon(a)); code(err) != approvals.CodeLinkReplaced {
		t.Errorf("the old link: %v", err)
	}
}

// TestRule13_RestartOfALockedSeller: nothing is freed while the lock stands.
func TestRule13_RestartOfALockedSeller(t *testing.T) {
	t.Parallel()
	a, s := reach(t, approvals.Held), seller
	s.Locked = true
	if _, err := a.Restart(s, agent, soon(a)); code(err) != approvals.CodeSellerLocked {
		t.Errorf("restart: %v", err)
	}
}

// TestRule13_Lock holds every action that can be stopped, leaves the rest, and
// raises the epoch once.
func TestRule13_Lock(t *testing.T) {
	t.Parallel()
	var all []approvals.Action
	for _, s := range approvals.States {
		a := reach(t, s)
		a.ID = approvals.ActionID(s)
		all = append(all, a)
	}
	now := t0.Add(time.Hour)
	c, err := seller.Lock(approvals.LockMarketplace, all, market, now)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Changed || !c.Seller.Locked || c.Seller.LockEpoch != seller.LockEpoch+1 || c.Seller.LockedBy != approvals.LockMarketplace || !c.Seller.LockedAt.Equal(now) {
		t.Errorf("seller %+v", c.Seller)
	}
	held := map[approvals.State]bool{}
	for _, change := range c.Changes {
		if change.Action.State != approvals.Held || change.Action.Hold != approvals.HoldLocked {
			t.Errorf("%s: %s for %s", change.Action.ID, change.Action.State, change.Action.Hold)
		}
		held[approvals.State(change.Action.ID)] = true
	}
	for _, s := range approvals.States {
		if held[s] != s.Stoppable() {
			t.Errorf("%s: held %v", s, held[s])
		}
	}
	if c.Case == nil || c.Case.Reason != approvals.CaseLock || !slices.Equal(c.Webhooks, []string{"seller.locked"}) || len(c.Mails) != 1 || c.Mails[0].Kind != approvals.MailLockedByUs {
		t.Errorf("case %+v, webhooks %v, mails %+v", c.Case, c.Webhooks, c.Mails)
	}
	again, err := c.Seller.Lock(approvals.LockNotMe, all, market, now)
	if err != nil || again.Changed || len(again.Changes) != 0 || again.Seller.LockEpoch != c.Seller.LockEpoch {
		t.Errorf("locked again: %+v, %v", again, err)
	}
}

// TestRepudiate: "I did not ask for this" cancels the one and holds the rest.
func TestRepudiate(t *testing.T) {
	t.Parallel()
	for _, s := range approvals.States {
		target, other := reach(t, s), reach(t, approvals.CoolingOff)
		other.ID = "other"
		c, err := seller.Repudiate(target, []approvals.Action{other, target}, soon(target))
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		got := map[approvals.ActionID]approvals.State{target.ID: s}
		for _, change := range c.Changes {
			got[change.Action.ID] = change.Action.State
		}
		want := s
		if s.Stoppable() {
			want = approvals.Cancelled
		}
		if got[target.ID] != want || got["other"] != approvals.Held || !c.Seller.Locked || c.Seller.LockedBy != approvals.LockNotMe {
			t.Errorf("%s: %v, locked %v", s, got, c.Seller.Locked)
		}
		if c.Case == nil || c.Case.Reason != approvals.CaseNotMe || c.Mails[0].Kind != approvals.MailLockedByYou {
			t.Errorf("%s: case %+v, mails %+v", s, c.Case, c.Mails)
		}
	}
}

// TestRepudiateOfALockedSeller: the action is cancelled and a case opens, though
// there is nothing left to lock.
func TestRepudiateOfALockedSeller(t *testing.T) {
	t.Parallel()
	a, s := reach(t, approvals.Held), seller
	s.Locked = true
	c, err := s.Repudiate(a, []approvals.Action{a}, soon(a))
	if err != nil || c.Changed || len(c.Changes) != 1 || c.Changes[0].Action.State != approvals.Cancelled || c.Case == nil {
		t.Errorf("%+v, %v", c, err)
	}
}
