package approvalstest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/approvals"
)

// noticeDeferred: a replay is told by the next pass, and until then it leaves
// what a wrong code leaves (STANDARDS C6).
func noticeDeferred(t *testing.T, w *World) {
	a, b := w.Create(t), w.Create(t)
	w.secured(t)
	before := w.footprint(t)
	left := func(key approvals.SellerKey, what approvals.SecurityEvent) map[string]int {
		t.Helper()
		start := w.footprint(t)
		ok(t, w.Parts.Notices.NotifySeller(ctx, key, w.notice(what)))
		more := map[string]int{}
		for table, n := range w.footprint(t) {
			more[table] = n - start[table]
		}
		return more
	}
	same(t, "what a replay leaves, and a wrong code", left(a.SellerKey(), approvals.SecurityReplay), left(b.SellerKey(), approvals.SecurityWrongCode))
	if told := w.secured(t); len(told) != 0 {
		t.Errorf("%d mails before the pass", len(told))
	}
	w.Clock.Advance(2 * time.Second)
	if n, err := w.Service.Tell(ctx, 10); n != 2 || err != nil {
		t.Errorf("dealt with %d, %v", n, err)
	}
	told := w.secured(t)
	if len(told) != 2 || told[0].Notice.What != approvals.SecurityReplay || told[0].Seller.SellerKey != a.SellerKey() {
		t.Errorf("told %+v", told)
	}
	if n, err := w.Service.Tell(ctx, 10); n != 0 || err != nil {
		t.Errorf("and again %d, %v", n, err)
	}
	if n := w.footprint(t)["security_notices"] - before["security_notices"]; n != 1 {
		t.Errorf("%d notices are kept, want the one that was told", n)
	}
}

// noticeDisowned: "this was not me" cancels what waits, locks, and opens a
// case; what was released goes on, and the epoch stops what is left of it.
func noticeDisowned(t *testing.T, w *World) {
	a := w.Drive(t, approvals.CoolingOff)
	token := w.notified(t, a)
	w.Clock.Advance(w.Service.HumanDelay)
	locked, err := w.Service.Disown(ctx, token)
	if err != nil || !locked {
		t.Fatalf("locked %v, %v", locked, err)
	}
	s, err := w.Service.Reader.Seller(ctx, a.SellerKey())
	ok(t, err)
	if !s.Locked || s.LockedBy != approvals.LockNotMe || s.LockEpoch != 1 {
		t.Errorf("seller %+v", s)
	}
	if a = w.Read(t, a); a.State != approvals.Cancelled || a.Cancel != approvals.NotMe {
		t.Errorf("%s for %s", a.State, a.Cancel)
	}
	c, err := w.Parts.Cases.OpenCase(ctx, a.SellerKey())
	ok(t, err)
	same(t, "the case", c.Reason, approvals.CaseNotMe)
	sent := kinds(w.SendMails(t))
	if sent[approvals.MailCancelled] != 2 || sent[approvals.MailLockedByYou] != 2 {
		t.Errorf("sent %v", sent)
	}
	before := w.footprint(t)
	if locked, err = w.Service.Disown(ctx, token); err != nil || !locked {
		t.Errorf("again: %v, %v", locked, err)
	}
	after := w.footprint(t)
	before["events"] += 2 // that it was said again, and joined the case
	same(t, "what saying it again leaves", after, before)
	_, err = w.Service.Disown(ctx, "n"+token)
	refused(t, err, approvals.CodeLinkUnknown)
}

// noticeDisownedFast: a machine that presses every button locks nobody and
// cancels nothing, however often it does, and a case says so (UX S7).
func noticeDisownedFast(t *testing.T, w *World) {
	a := w.Drive(t, approvals.CoolingOff)
	token := w.notified(t, a)
	w.Clock.Advance(w.Service.HumanDelay - time.Second)
	for range 2 {
		if locked, err := w.Service.Disown(ctx, token); locked || err != nil {
			t.Errorf("locked %v, %v", locked, err)
		}
	}
	s, err := w.Service.Reader.Seller(ctx, a.SellerKey())
	ok(t, err)
	if s.Locked || w.Read(t, a).State != approvals.CoolingOff {
		t.Errorf("locked %v, the action is %s", s.Locked, w.Read(t, a).State)
	}
	c, err := w.Parts.Cases.OpenCase(ctx, a.SellerKey())
	ok(t, err)
	same(t, "the case", c.Reason, approvals.CaseNotMeFast)
	w.Clock.Advance(30 * 24 * time.Hour) // and then the owner reads it
	if locked, err := w.Service.Disown(ctx, token); !locked || err != nil {
		t.Errorf("the owner: %v, %v", locked, err)
	}
}

// notified tells the seller of a of a new authenticator and returns the token
// of the mail's link.
func (w *World) notified(t *testing.T, a approvals.Action) string {
	t.Helper()
	w.secured(t)
	ok(t, w.Service.NotifySeller(ctx, a.SellerKey(), w.notice(approvals.SecurityAuthenticatorAdded)))
	told := w.secured(t)
	if len(told) == 0 {
		t.Fatal("nobody was told")
	}
	return told[0].StopToken
}

// noticeRace: whatever comes at once, what repeats is told once, and what does
// not is told each time.
func noticeRace(t *testing.T, w *World) {
	a := w.Create(t)
	w.secured(t)
	const many = 12
	for what, want := range map[approvals.SecurityEvent]int{approvals.SecurityDowngrade: 2, approvals.SecurityAuthenticatorOff: 2 * many} {
		n := w.notice(what)
		var all sync.WaitGroup
		start := make(chan struct{})
		for range many {
			all.Go(func() {
				<-start
				if err := w.Parts.Notices.NotifySeller(ctx, a.SellerKey(), n); err != nil {
					t.Error(err)
				}
			})
		}
		close(start)
		all.Wait()
		if told := w.secured(t); len(told) != want {
			t.Errorf("%s: %d mails, want %d", what, len(told), want)
		}
	}
}

// noticeRetired: an address that was replaced is told for thirty days more, and
// its link locks (THREATS B3).
func noticeRetired(t *testing.T, w *World) {
	a := w.contactChange(t)
	_, err := w.confirm(t, a)
	ok(t, err)
	w.secured(t)
	old := a.Contacts[0].Email
	for _, tt := range []struct {
		after time.Duration
		told  bool
	}{{29 * 24 * time.Hour, true}, {2 * 24 * time.Hour, false}} {
		w.Clock.Advance(tt.after)
		ok(t, w.Service.NotifySeller(ctx, a.SellerKey(), w.notice(approvals.SecuritySignedOut)))
		told := w.secured(t)
		if found := slices.ContainsFunc(told, func(m approvals.OutMail) bool { return m.Mail.To == old }); found != tt.told || len(told) == 0 {
			t.Errorf("after %v the old address is told: %v, of %d mails", tt.after, found, len(told))
		}
	}
}
