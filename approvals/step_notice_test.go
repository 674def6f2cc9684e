package approvals_test

import (
	"slices"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
)

// twoContacts is a seller who is told at two addresses.
func twoContacts() approvals.Seller {
	s := seller
	s.Contacts = []approvals.Contact{{Email: "first@example.it"}, {Email: "second@example.it"}}
	return s
}

func notifying(tb testing.TB, s approvals.Seller, m approvals.Method) approvals.Action {
	tb.Helper()
	a := propose(tb, s).Action
	return must(tb)(a.StepUp(proof(a, approvals.StageStepUp, m, soon(a)), s, soon(a))).Action
}

func accepted(tb testing.TB, a approvals.Action, s approvals.Seller, email string, at time.Time) approvals.Change {
	tb.Helper()
	return must(tb)(a.NoticeAccepted(email, approvals.MailDone{ID: "mail-" + email, At: at, Answer: "250 ok"}, s))
}

func refused(tb testing.TB, a approvals.Action, email string, at time.Time) approvals.Change {
	tb.Helper()
	return must(tb)(a.NoticeRefused(email, approvals.MailDone{ID: "mail-" + email, At: at, Answer: "550 no such user"}))
}

// TestRule3_EveryContactBeforeTheClock: the clock starts with the last accepted
// notice of the snapshot, and not_before counts from there (EM-08).
func TestRule3_EveryContactBeforeTheClock(t *testing.T) {
	t.Parallel()
	s := twoContacts()
	a := notifying(t, s, approvals.TOTP)
	first := accepted(t, a, s, "first@example.it", t0.Add(time.Hour))
	if a = first.Action; a.State != approvals.Notifying || !a.NotBefore.IsZero() {
		t.Fatalf("after one of two notices: %s, not before %v", a.State, a.NotBefore)
	}
	if d := first.MailDone; d == nil || d.ID != "mail-first@example.it" || d.State != approvals.MailAccepted {
		t.Errorf("the mail is settled as %+v", d)
	}
	if again := accepted(t, a, s, "first@example.it", t0.Add(2*time.Hour)); again.Changed(a) {
		t.Error("the same notice accepted twice counts twice")
	}
	if other := accepted(t, a, s, "stranger@example.it", t0.Add(2*time.Hour)); other.Changed(a) {
		t.Error("a notice to an address that is not in the snapshot counts")
	}
	last := accepted(t, a, s, "second@example.it", t0.Add(20*time.Hour))
	a = last.Action
	if want := t0.Add((20 + 72) * time.Hour); a.State != approvals.CoolingOff || !a.NotBefore.Equal(want) {
		t.Errorf("after the last notice: %s until %v, want %v", a.State, a.NotBefore, want)
	}
	if last.MailDone == nil || last.MailDone.State != approvals.MailAccepted {
		t.Errorf("the mail is settled as %+v", last.MailDone)
	}
}

// TestRule3_OutOfOrderAnswers: two answers can be recorded the other way round;
// the wait never begins before the later one.
func TestRule3_OutOfOrderAnswers(t *testing.T) {
	t.Parallel()
	s := twoContacts()
	a := notifying(t, s, approvals.Passkey)
	a = accepted(t, a, s, "first@example.it", t0.Add(2*time.Hour)).Action
	a = accepted(t, a, s, "second@example.it", t0.Add(time.Hour)).Action
	if want := t0.Add(26 * time.Hour); !a.NotBefore.Equal(want) {
		t.Errorf("not before %v, want %v", a.NotBefore, want)
	}
}

// TestRule3_NoContactNoClock: an action without a contact cannot start waiting.
func TestRule3_NoContactNoClock(t *testing.T) {
	t.Parallel()
	s := seller
	s.Contacts = nil
	a := notifying(t, s, approvals.Passkey)
	if c := accepted(t, a, s, "", soon(a)); c.Changed(a) {
		t.Errorf("nobody was told, and yet the action is %s", c.Action.State)
	}
	if c := must(t)(a.Due(s, a.NotifyBy)); c.Action.State != approvals.Held {
		t.Errorf("nobody could be told: %s, want held", c.Action.State)
	}
}

// TestRule3_LockedSellerStartsNoClock: a notice accepted after a lock does not
// start the wait of an action from before it.
func TestRule3_LockedSellerStartsNoClock(t *testing.T) {
	t.Parallel()
	a := reach(t, approvals.Notifying)
	s := seller
	s.LockEpoch++
	if c := accepted(t, a, s, seller.Contacts[0].Email, soon(a)); c.Action.State != approvals.Notifying || !c.Action.NotBefore.IsZero() {
		t.Errorf("state %s, not before %v", c.Action.State, c.Action.NotBefore)
	}
}

// TestRule3_NoneAccepted: after 24 hours without every notice the action is
// held, a case opens, and whoever can be told is.
func TestRule3_NoneAccepted(t *testing.T) {
	t.Parallel()
	a := reach(t, approvals.Notifying)
	c := must(t)(a.Due(seller, a.NotifyBy))
	if c.Action.State != approvals.Held || c.Action.Hold != approvals.HoldNotice || c.Action.HeldFrom != approvals.Notifying {
		t.Errorf("state %s, hold %s from %s", c.Action.State, c.Action.Hold, c.Action.HeldFrom)
	}
	if c.Case == nil || c.Case.Reason != approvals.CaseNotice {
		t.Errorf("case %+v, want %s", c.Case, approvals.CaseNotice)
	}
	if len(c.Mails) != 1 || c.Mails[0].Kind != approvals.MailHeld {
		t.Errorf("mails %+v", c.Mails)
	}
}

// TestNoticeAcceptedAfterAll: an action held only for want of a notice goes on
// when it is accepted; its wait is counted from there and never from before.
func TestNoticeAcceptedAfterAll(t *testing.T) {
	t.Parallel()
	late := t0.Add(5 * 24 * time.Hour)
	a := reach(t, approvals.Notifying)
	held := must(t)(a.Due(seller, a.NotifyBy)).Action
	a = accepted(t, held, seller, seller.Contacts[0].Email, late).Action
	if a.State != approvals.CoolingOff || !a.NotBefore.Equal(late.Add(24*time.Hour)) {
		t.Errorf("%s until %v, want 24 h from %v", a.State, a.NotBefore, late)
	}
	if a.Hold != "" || a.HeldFrom != "" || !a.HoldBy.IsZero() {
		t.Errorf("hold %q from %q until %v is left over", a.Hold, a.HeldFrom, a.HoldBy)
	}
	// The same while another reason holds it: the notice frees nothing.
	for _, reason := range []approvals.HoldCode{approvals.HoldLocked, approvals.HoldAgent, approvals.HoldReview, approvals.HoldMismatch} {
		both := must(t)(held.HoldFor(reason, agent, soon(held))).Action
		if both.Hold != reason {
			t.Errorf("%s on top of a missing notice: held for %s", reason, both.Hold)
		}
		if c := accepted(t, both, seller, seller.Contacts[0].Email, late); c.Changed(both) {
			t.Errorf("held for %s, and a notice makes it %s", reason, c.Action.State)
		}
	}
}

// TestEM13_HardBounce: a mail refused for good stops the action wherever it
// waits after the step-up, opens a case, and the other contacts are told.
func TestEM13_HardBounce(t *testing.T) {
	t.Parallel()
	s := twoContacts()
	for _, state := range []approvals.State{approvals.Notifying, approvals.CoolingOff, approvals.AwaitingConfirmation, approvals.Approved} {
		a := forward(t, propose(t, s).Action, s, state)
		c := refused(t, a, "second@example.it", soon(a))
		if c.Action.State != approvals.Held || c.Action.Hold != approvals.HoldNotice || c.Action.HeldFrom != state {
			t.Errorf("%s: %s for %s from %s", state, c.Action.State, c.Action.Hold, c.Action.HeldFrom)
		}
		if c.Case == nil || c.Case.Reason != approvals.CaseNotice {
			t.Errorf("%s: case %+v", state, c.Case)
		}
		if c.MailDone == nil || c.MailDone.State != approvals.MailRefused {
			t.Errorf("%s: the mail is settled as %+v", state, c.MailDone)
		}
		if len(c.Mails) != 1 || c.Mails[0].Kind != approvals.MailHeld || c.Mails[0].To != "first@example.it" {
			t.Errorf("%s: mails %+v, want one to the other contact", state, c.Mails)
		}
		i := slices.IndexFunc(c.Action.Contacts, func(n approvals.Notice) bool { return n.Email == "second@example.it" })
		if n := c.Action.Contacts[i]; n.RefusedAt.IsZero() || !n.AcceptedAt.IsZero() {
			t.Errorf("%s: contact %+v", state, n)
		}
	}
}

// TestBounceOfAStranger: only the snapshot's addresses count.
func TestBounceOfAStranger(t *testing.T) {
	t.Parallel()
	a := reach(t, approvals.CoolingOff)
	if c := refused(t, a, "stranger@example.it", soon(a)); c.Changed(a) {
		t.Errorf("state %s", c.Action.State)
	}
}

// TestRule3_BounceThenOtherNotice: with one address dead, the other's notice
// starts nothing.
func TestRule3_BounceThenOtherNotice(t *testing.T) {
	t.Parallel()
	s := twoContacts()
	a := notifying(t, s, approvals.Passkey)
	a = refused(t, a, "first@example.it", soon(a)).Action
	a = accepted(t, a, s, "second@example.it", soon(a)).Action
	if a.State != approvals.Held || !a.NotBefore.IsZero() {
		t.Errorf("%s, not before %v", a.State, a.NotBefore)
	}
}

// TestMailsOfTheWait: the notice is repeated after 24 hours of a wait of 72 or
// more, and 12 hours before the window comes a reminder (UX §6.2).
func TestMailsOfTheWait(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		wait time.Duration
		want map[approvals.MailKind]time.Duration // after the clock started
	}{
		{2 * time.Minute, nil},
		{12 * time.Hour, nil},
		{12*time.Hour + 1, map[approvals.MailKind]time.Duration{approvals.MailBeforeWindow: 1}},
		{24 * time.Hour, map[approvals.MailKind]time.Duration{approvals.MailBeforeWindow: 12 * time.Hour}},
		{72*time.Hour - 1, map[approvals.MailKind]time.Duration{approvals.MailBeforeWindow: 60*time.Hour - 1}},
		{72 * time.Hour, map[approvals.MailKind]time.Duration{approvals.MailNoticeAgain: 24 * time.Hour, approvals.MailBeforeWindow: 60 * time.Hour}},
	} {
		s := twoContacts()
		d := approvalstest.FixedWaits{PasskeyWait: c.wait}.Decide(approvals.Facts{})
		a := must(t)(approvals.Propose(mustDraft(t), s, d, t0)).Action
		a = must(t)(a.StepUp(proof(a, approvals.StageStepUp, approvals.Passkey, soon(a)), s, soon(a))).Action
		a = accepted(t, a, s, "first@example.it", t0.Add(time.Hour)).Action
		last := accepted(t, a, s, "second@example.it", t0.Add(time.Hour))
		got := map[approvals.MailKind]time.Duration{}
		to := map[string]int{}
		for _, m := range last.Mails {
			got[m.Kind] = m.DueAt.Sub(last.Action.MovedAt)
			to[m.To]++
		}
		if len(got) != len(c.want) || len(last.Mails) != 2*len(c.want) || to["first@example.it"] != to["second@example.it"] {
			t.Errorf("wait %v: mails %+v", c.wait, last.Mails)
		}
		for kind, after := range c.want {
			if got[kind] != after {
				t.Errorf("wait %v: %s after %v, want %v", c.wait, kind, got[kind], after)
			}
		}
	}
}
