package approvals_test

import (
	"testing"
	"time"

	"countersign/approvals"
)

// TestDeadlines holds the numbers of RELIABILITY §5, each counted from the move
// that sets it (TA-14).
func TestDeadlines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		state approvals.State
		want  time.Duration // from the last move
	}{
		{approvals.AwaitingStepUp, 24 * time.Hour},
		{approvals.Notifying, 24 * time.Hour},
		{approvals.CoolingOff, 24 * time.Hour},           // the policy's wait with a passkey
		{approvals.AwaitingConfirmation, 24 * time.Hour}, // the link is renewed
		{approvals.Approved, 7 * 24 * time.Hour},
		{approvals.Releasing, 24 * time.Hour},
		{approvals.Held, 14 * 24 * time.Hour},
	} {
		a := reach(t, c.state)
		if got := a.DueAt().Sub(a.MovedAt); got != c.want {
			t.Errorf("%s is due after %v, want %v", c.state, got, c.want)
		}
	}
	for _, s := range []approvals.State{approvals.Executed, approvals.ExecutionFailed, approvals.Unresolved, approvals.Cancelled, approvals.Denied, approvals.Expired, approvals.Failed} {
		if a := reach(t, s); !a.DueAt().IsZero() {
			t.Errorf("%s is due at %v, want never", s, a.DueAt())
		}
	}
}

// TestRule4_WindowRunsOut (NI-19): three links of 24 hours each in a window of 72, and
// then the action expires; none of it activates anything.
func TestRule4_WindowRunsOut(t *testing.T) {
	t.Parallel()
	a := reach(t, approvals.AwaitingConfirmation)
	opened := a.MovedAt
	var renewed []time.Duration
	for a.State == approvals.AwaitingConfirmation && len(renewed) < 10 {
		now := a.DueAt()
		c := must(t)(a.Due(seller, now))
		if c.Action.State == approvals.AwaitingConfirmation {
			renewed = append(renewed, now.Sub(opened))
			checkRenewal(t, a, c)
		}
		a = c.Action
	}
	if len(renewed) != 2 || renewed[0] != 24*time.Hour || renewed[1] != 48*time.Hour {
		t.Errorf("renewed after %v, want 24 and 48 h", renewed)
	}
	if a.State != approvals.Expired || a.EndedAt.Sub(opened) != approvals.ConfirmWindow {
		t.Errorf("%s after %v, want expired after 72 h", a.State, a.EndedAt.Sub(opened))
	}
}

// checkRenewal holds EM-05 for one renewal: a link of its own serial, at most 24
// hours long, never beyond the window, mailed to everybody.
func checkRenewal(t *testing.T, before approvals.Action, c approvals.Change) {
	t.Helper()
	a := c.Action
	if len(c.Links) != 1 || c.Links[0].Purpose != approvals.ConfirmLink || c.Links[0].Serial != a.Version || a.ConfirmSerial != a.Version {
		t.Fatalf("links %+v, serial %d, version %d", c.Links, a.ConfirmSerial, a.Version)
	}
	if l := c.Links[0]; l.ExpiresAt.After(a.ConfirmBy) || l.ExpiresAt.Sub(a.MovedAt) > approvals.ConfirmLife || !l.ExpiresAt.After(a.MovedAt) {
		t.Errorf("link until %v, window until %v", l.ExpiresAt, a.ConfirmBy)
	}
	if len(c.Mails) != len(a.Contacts) || c.Mails[0].Kind != approvals.MailConfirmAgain || c.Mails[0].Serial != a.ConfirmSerial {
		t.Errorf("mails %+v", c.Mails)
	}
	if !a.NotBefore.Equal(before.NotBefore) || !a.ConfirmBy.Equal(before.ConfirmBy) {
		t.Errorf("a renewal moved not_before to %v or confirm_by to %v", a.NotBefore, a.ConfirmBy)
	}
}

// TestConfirmationOpens: the first link, one mail to each contact, and 72 hours
// from now, so that downtime does not eat the seller's window.
func TestConfirmationOpens(t *testing.T) {
	t.Parallel()
	for _, late := range []time.Duration{0, time.Hour, 30 * 24 * time.Hour} {
		s := twoContacts()
		a := forward(t, propose(t, s).Action, s, approvals.CoolingOff)
		now := a.NotBefore.Add(late)
		c := must(t)(a.Due(s, now))
		if a = c.Action; a.State != approvals.AwaitingConfirmation || !a.ConfirmBy.Equal(now.Add(72*time.Hour)) {
			t.Errorf("%v late: %s until %v, want 72 h from %v", late, a.State, a.ConfirmBy, now)
		}
		if len(c.Links) != 1 || !c.Links[0].ExpiresAt.Equal(now.Add(24*time.Hour)) || c.Links[0].Serial != a.ConfirmSerial {
			t.Errorf("%v late: links %+v", late, c.Links)
		}
		if len(c.Mails) != 2 || c.Mails[0].Kind != approvals.MailConfirm || c.Mails[1].Serial != a.ConfirmSerial {
			t.Errorf("%v late: mails %+v", late, c.Mails)
		}
	}
}

// TestRule13_NoWindowForALockedSeller: time does not open what a lock closed.
func TestRule13_NoWindowForALockedSeller(t *testing.T) {
	t.Parallel()
	locked, freed := seller, seller
	locked.Locked = true
	freed.LockEpoch++
	for _, s := range []approvals.Seller{locked, freed} {
		a := reach(t, approvals.CoolingOff)
		if c := must(t)(a.Due(s, a.NotBefore)); c.Action.State != approvals.Held || c.Action.Hold != approvals.HoldLocked {
			t.Errorf("locked %v, epoch %d: %s for %s", s.Locked, s.LockEpoch, c.Action.State, c.Action.Hold)
		}
	}
}

// TestLastLinkEndsWithTheWindow: a link asked for late in the window is shorter.
func TestLastLinkEndsWithTheWindow(t *testing.T) {
	t.Parallel()
	a := reach(t, approvals.AwaitingConfirmation)
	c := must(t)(a.Resend(seller, a.SellerActor(), a.ConfirmBy.Add(-time.Hour)))
	checkRenewal(t, a, c)
	if !c.Links[0].ExpiresAt.Equal(a.ConfirmBy) || !c.Action.DueAt().Equal(a.ConfirmBy) {
		t.Errorf("link until %v, due %v, want %v", c.Links[0].ExpiresAt, c.Action.DueAt(), a.ConfirmBy)
	}
}

// TestEM12_Resend: three times a window, two minutes apart, and no deadline
// moves but that of the link.
func TestEM12_Resend(t *testing.T) {
	t.Parallel()
	a := reach(t, approvals.AwaitingConfirmation)
	by := a.SellerActor()
	now := soon(a)
	for i := range 3 {
		c := must(t)(a.Resend(seller, by, now))
		checkRenewal(t, a, c)
		a = c.Action
		early := now.Add(2*time.Minute - 1)
		_, err := a.Resend(seller, by, early)
		if code(err) != approvals.CodeResendLimit {
			t.Errorf("resend %d again after %v: %v", i+1, early.Sub(now), err)
		}
		if retry := factOf(err, "retry_at"); i < 2 && retry != approvals.FormatTime(now.Add(2*time.Minute)) || i == 2 && retry != "" {
			t.Errorf("resend %d: retry_at %q", i+1, retry)
		}
		now = now.Add(2 * time.Minute)
	}
	if _, err := a.Resend(seller, by, now); code(err) != approvals.CodeResendLimit {
		t.Errorf("a fourth resend: %v", err)
	}
	b := reach(t, approvals.AwaitingConfirmation)
	if _, err := b.Resend(seller, by, b.ConfirmBy); code(err) != approvals.CodeTooLate {
		t.Errorf("a resend after the window: %v", err)
	}
}

// TestRule16_NodeWithASlowClock: a step taken with an earlier time than the last
// one moves no time backwards and shortens no window.
func TestRule16_NodeWithASlowClock(t *testing.T) {
	t.Parallel()
	slow := -2 * time.Second
	for _, s := range []approvals.State{approvals.AwaitingStepUp, approvals.Notifying, approvals.Approved, approvals.Held} {
		a := reach(t, s)
		now := a.MovedAt.Add(slow)
		var c approvals.Change
		var window time.Duration
		switch s {
		case approvals.AwaitingStepUp:
			c, window = must(t)(a.StepUp(proof(a, approvals.StageStepUp, approvals.Passkey, now), seller, now)), approvals.NotifyWindow
		case approvals.Notifying:
			c, window = accepted(t, a, seller, seller.Contacts[0].Email, now), a.Wait
		case approvals.Approved:
			c, window = must(t)(a.ClaimFor(a.Details, seller, approvals.Gate{}, now)), approvals.ResultWindow
		default:
			c, window = must(t)(a.Restart(seller, agent, now)), approvals.StepUpWindow
		}
		if !c.Action.MovedAt.Equal(a.MovedAt) || !c.Event.At.Equal(a.MovedAt) {
			t.Errorf("%s: moved at %v after %v", s, c.Action.MovedAt, a.MovedAt)
		}
		if got := c.Action.DueAt().Sub(a.MovedAt); got != window {
			t.Errorf("%s: next due after %v, want %v", s, got, window)
		}
	}
}

// TestExpiryTellsTheSeller: whatever runs out, the contacts hear that nothing
// changed, and the event says what it was.
func TestExpiryTellsTheSeller(t *testing.T) {
	t.Parallel()
	for _, s := range []approvals.State{approvals.AwaitingStepUp, approvals.Approved, approvals.Held} {
		a := reach(t, s)
		c := must(t)(a.Due(seller, a.DueAt()))
		if len(c.Mails) != 1 || c.Mails[0].Kind != approvals.MailNotConfirmed || c.Event.Data["from"] != string(s) {
			t.Errorf("%s: mails %+v, event %+v", s, c.Mails, c.Event)
		}
	}
	a := reach(t, approvals.Releasing)
	if c := must(t)(a.Due(seller, a.DueAt())); c.Case == nil || c.Case.Reason != approvals.CaseUnresolved {
		t.Errorf("no result in time: case %+v", c.Case)
	}
}

// TestHandoff: each asks for a new link of ten minutes and moves nothing.
func TestHandoff(t *testing.T) {
	t.Parallel()
	a := reach(t, approvals.CoolingOff)
	now := soon(a)
	c := must(t)(a.Handoff(market, now))
	if len(c.Links) != 1 || c.Links[0].Purpose != approvals.HandoffLink || !c.Links[0].ExpiresAt.Equal(now.Add(10*time.Minute)) || c.Links[0].Serial != c.Action.Version {
		t.Errorf("links %+v", c.Links)
	}
	if !c.Action.DueAt().Equal(a.DueAt()) || len(c.Mails)+len(c.Webhooks) != 0 {
		t.Errorf("due %v, mails %+v, webhooks %v", c.Action.DueAt(), c.Mails, c.Webhooks)
	}
}

func factOf(err error, name string) string {
	if e := refusal(err); e != nil {
		return e.Facts[name]
	}
	return ""
}
