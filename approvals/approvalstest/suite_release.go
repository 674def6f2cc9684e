package approvalstest

import (
	"encoding/json"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

func releaseGate(t *testing.T, w *World) {
	a := w.Drive(t, approvals.Approved)
	claim := func() error {
		_, err := w.Service.Claim(ctx, a.Key(), a.Details, nil)
		return err
	}
	ok(t, w.Parts.Governor.Halt(ctx, approvals.Halt{By: Agent, Reason: "drill", At: w.Clock.Now()}))
	refused(t, claim(), approvals.CodeHalted)
	ok(t, w.Parts.Governor.Resume(ctx, Agent, "over", w.Clock.Now()))

	ok(t, w.Parts.Governor.MarkClock(ctx, w.Clock.Now()))
	w.Clock.Advance(-2 * time.Second)
	refused(t, claim(), approvals.CodeClock)
	w.Clock.Advance(2*time.Second + 2*time.Hour)
	refused(t, claim(), approvals.CodeClock)
	ok(t, w.Parts.Governor.MarkClock(ctx, w.Clock.Now()))
	ok(t, claim())
	a = w.Read(t, a)
	if a.State != approvals.Releasing || a.Claims != 1 || w.count(t, "claims") != 1 {
		t.Errorf("%s with %d claims, want releasing with 1", a.State, a.Claims)
	}
	refused(t, claim(), approvals.CodeAlreadyClaimed)
	// The same action, the same release id, a second claim.
	a = w.must(t)(w.Service.Report(ctx, a.Key(), approvals.Result{Outcome: approvals.ResultFailed}, nil))
	ok(t, claim())
	if again := w.Read(t, a); again.Claims != 2 || again.ReleaseID() != a.ReleaseID() {
		t.Errorf("claim %d of %s, want 2 of %s", again.Claims, again.ReleaseID(), a.ReleaseID())
	}
}

func releaseMismatch(t *testing.T, w *World) {
	a := w.Drive(t, approvals.Approved)
	_, err := w.Service.Claim(ctx, a.Key(), json.RawMessage(OtherDetails), nil)
	refused(t, err, approvals.CodeMismatch)
	a = w.Read(t, a)
	if a.State != approvals.Held || a.Hold != approvals.HoldMismatch || a.Claims != 0 {
		t.Errorf("%s %s with %d claims, want held payload_mismatch with none", a.State, a.Hold, a.Claims)
	}
	c, err := w.Parts.Cases.OpenCase(ctx, a.SellerKey())
	ok(t, err)
	if c.Reason != approvals.CaseMismatch {
		t.Errorf("case %+v, want payload_mismatch", c)
	}
}

func sellerLock(t *testing.T, w *World) {
	a := w.Drive(t, approvals.Approved)
	jobs := len(w.Jobs.All(t))
	seller, err := w.Service.Lock(ctx, a.SellerKey(), approvals.LockMarketplace, "", audit.Actor{Type: audit.Marketplace, ID: string(a.Marketplace)})
	ok(t, err)
	read, err := w.Parts.Reader.Seller(ctx, a.SellerKey())
	ok(t, err)
	same(t, "the seller as read", read, seller)
	if !seller.Locked || seller.LockEpoch != 1 || seller.LockedBy != approvals.LockMarketplace {
		t.Errorf("seller %+v, want locked with epoch 1", seller)
	}
	a = w.Read(t, a)
	if a.State != approvals.Held || a.Hold != approvals.HoldLocked || a.HeldFrom != approvals.Approved {
		t.Errorf("%s %s from %s, want held seller_locked from approved", a.State, a.Hold, a.HeldFrom)
	}
	_, err = w.Service.Claim(ctx, a.Key(), a.Details, nil)
	refused(t, err, approvals.CodeSellerLocked)
	if n := len(w.Jobs.All(t)) - jobs; n != 5 { // two mails, seller.locked, action.held and case.opened
		t.Errorf("the lock made %d jobs, want 5", n)
	}
	c, err := w.Parts.Cases.OpenCase(ctx, a.SellerKey())
	ok(t, err)
	for _, m := range w.SendMails(t) {
		if m.Mail.Kind == approvals.MailLockedByUs && (m.Mail.Case != c.Number || m.Action != nil || m.Seller.Name == "") {
			t.Errorf("mail of the lock: %+v, want case %s", m, c.Number)
		}
	}
}

func sellerNotMe(t *testing.T, w *World) {
	a := w.Drive(t, approvals.CoolingOff)
	w.Clock.Advance(time.Minute)
	got, err := w.Service.NotMe(ctx, a.Key())
	ok(t, err)
	if !got.Cancelled || !got.Locked || got.Action.Cancel != approvals.NotMe {
		t.Errorf("got %+v, want cancelled and locked", got)
	}
	// Again: there is nothing left to do, and no second case.
	w.Clock.Advance(time.Minute)
	if got, err = w.Service.NotMe(ctx, a.Key()); err != nil || !got.Locked {
		t.Errorf("again: %+v, %v", got, err)
	}
	if n := w.count(t, "cases"); n != 1 {
		t.Errorf("%d cases, want 1", n)
	}
	c, err := w.Parts.Cases.OpenCase(ctx, a.SellerKey())
	ok(t, err)
	sent := w.SendMails(t)
	for _, m := range sent {
		if (m.Mail.Kind == approvals.MailCancelled || m.Mail.Kind == approvals.MailLockedByYou) && m.Mail.Case != c.Number {
			t.Errorf("%s quotes case %q, want %s", m.Mail.Kind, m.Mail.Case, c.Number)
		}
	}
	if n := kinds(sent); n[approvals.MailLockedByYou] != 2 || n[approvals.MailCancelled] != 2 {
		t.Errorf("mails sent: %v", n)
	}
}

func sellerNoChange(t *testing.T, w *World) {
	a := w.Create(t)
	by := a.SellerActor()
	first, err := w.Service.Lock(ctx, a.SellerKey(), approvals.LockMarketplace, "", by)
	ok(t, err)
	before := w.footprint(t)
	w.Clock.Advance(time.Hour)
	again, err := w.Service.Lock(ctx, a.SellerKey(), approvals.LockNotMe, "", by)
	ok(t, err)
	same(t, "the seller", again, first)
	same(t, "what is stored", w.footprint(t), before)
}

func refuseIsAudited(t *testing.T, w *World) {
	a := w.Create(t)
	before := w.footprint(t)
	e := audit.Event{
		Marketplace: string(a.Marketplace), Seller: string(a.Seller), Action: string(a.ID), Generation: 1, Version: 7, // a refusal has none
		Verb: "claim", Actor: Agent, At: w.Clock.Now(), Data: map[string]string{"refused": "not_approved"},
	}
	ok(t, w.Parts.Store.Refuse(ctx, e, a.Fingerprint))
	events, err := w.Parts.Reader.Timeline(ctx, a.Key())
	ok(t, err)
	got := events[len(events)-1]
	e.ID, e.Version = got.ID, 0
	same(t, "the refusal", got, e)
	before["events"]++
	same(t, "what is stored", w.footprint(t), before)
}
