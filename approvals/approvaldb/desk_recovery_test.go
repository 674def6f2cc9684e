package approvaldb_test

import (
	"bytes"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/desk"
)

// lostAll is a seller with an app they have lost, and the case of it.
func (b *bureau) lostAll(n int64) (approvals.SellerKey, desk.Case) {
	b.t.Helper()
	r := b.Request(b.SellerKey(n))
	a, err := b.Service.Create(b.t.Context(), r)
	b.must(err)
	_, err = b.Service.Cancel(b.t.Context(), a.Key(), approvals.ChangedMind, a.SellerActor())
	b.must(err)
	key := a.SellerKey()
	b.must(b.DB.InTx(b.t.Context(), func(tx *approvaldb.Tx) error {
		at := approvaldb.At(b.Clock.Now())
		return tx.Exec("INSERT INTO authenticators (id, marketplace, seller, method, added, name, provider, transports, backup_eligible, backed_up, last_step, failures, created_at, usable_from, sealed)"+
			" VALUES (?, ?, ?, 'totp', 'first', '', '', '', (1 = 0), (1 = 0), 1, 0, ?, ?, ?)",
			approvalstest.NewID(), string(key.Marketplace), string(key.Seller), at, at, bytes.Repeat([]byte{9}, 40)).Error
	}))
	return key, b.called(key)
}

// called is one call of somebody who says that they have lost everything.
func (b *bureau) called(key approvals.SellerKey) desk.Case {
	b.t.Helper()
	return b.opened(key, approvals.CaseRecovery)
}

func (b *bureau) recoveryIs(key approvals.SellerKey, want approvals.RecoveryState) approvals.Recovery {
	b.t.Helper()
	r, err := b.Parts.Recoveries.RecoveryOf(b.t.Context(), key)
	b.must(err)
	if r.State != want {
		b.t.Fatalf("the recovery is %s, want %s", r.State, want)
	}
	return r
}

// two_calls (THREATS B9): the second call, to another agent, joins the case of the
// first; what was proposed on the one call is void by the other.
func TestTwoCalls_Desk(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	key, first := b.lostAll(1)
	d, err := b.propose(anna, first, desk.ResetAuthenticators, "")
	b.must(err)
	second := b.called(key)
	if second.Number != first.Number || second.Joined != first.Joined+1 {
		t.Fatalf("the second call is case %d, joined %d", second.Number, second.Joined)
	}
	_, err = b.approve(marco, d)
	b.refused(err, approvals.CodeCaseMoved)
	if n := b.count("SELECT count(*) FROM recoveries"); n != 0 {
		t.Errorf("%d recoveries", n)
	}
}

// The whole path of a recovery that two agents agree on: 72 hours to the link, 7 days
// to its end, and one agent alone stops it (I10, NI-28).
func TestI10_RecoveryByTwo(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	b.Service.Recoveries = b.Parts.Recoveries
	key, c := b.lostAll(1)
	d, err := b.propose(anna, c, desk.ResetAuthenticators, "")
	b.must(err)
	_, err = b.approve(anna, d)
	b.refused(err, approvals.CodeOwnProposal)
	if n := b.count("SELECT count(*) FROM recoveries"); n != 0 {
		t.Fatal("one agent began a recovery")
	}
	_, err = b.approve(marco, d)
	b.must(err)
	r := b.recoveryIs(key, approvals.RecoveryWaiting)
	if r.Decision != d.ID || r.OpensAt.Sub(b.Clock.Now()) != 72*time.Hour || r.LapsesAt.Sub(r.OpensAt) != 168*time.Hour || r.Calendar().Payout.Sub(r.OpensAt) != 168*time.Hour {
		t.Fatalf("its calendar is %+v", r)
	}
	_, err = b.propose(lena, c, desk.ResetAuthenticators, "")
	b.refused(err, approvals.CodeRecoveryRuns)
	b.Clock.Set(r.OpensAt.Add(-time.Microsecond))
	_, err = b.Service.AdvanceRecoveries(t.Context(), 10)
	b.must(err)
	b.recoveryIs(key, approvals.RecoveryWaiting)
	b.Clock.Set(r.OpensAt)
	b.Opened(t, key)
	b.Clock.Set(r.LapsesAt)
	_, err = b.Service.AdvanceRecoveries(t.Context(), 10)
	b.must(err)
	b.recoveryIs(key, approvals.RecoveryLapsed)

	for n, open := range []bool{false, true} {
		key, c := b.lostAll(int64(2 + n))
		b.decided(c, desk.ResetAuthenticators, "")
		if open {
			b.Clock.Advance(approvals.RecoveryWait)
			b.Opened(t, key)
		}
		stopped, err := b.propose(carl, c, desk.StopRecovery, "")
		b.must(err)
		if stopped.State != desk.CarriedOut {
			t.Errorf("one agent's stop is %s", stopped.State)
		}
		b.recoveryIs(key, approvals.RecoveryStopped)
		if _, err := b.propose(carl, c, desk.StopRecovery, ""); err == nil {
			t.Error("stopped what does not run")
		}
	}
}

// Nobody takes part in more than five recoveries a day, as the first or the second.
func TestRecovery_AgentLimit(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	seconds := []string{marco, carl, lena, luca, marco}
	for n := range desk.RecoveryLimit {
		_, c := b.lostAll(int64(n + 1))
		d, err := b.propose(anna, c, desk.ResetAuthenticators, "")
		b.must(err)
		_, err = b.approve(seconds[n], d)
		b.must(err)
	}
	_, c := b.lostAll(90)
	_, err := b.propose(anna, c, desk.ResetAuthenticators, "")
	b.refused(err, approvals.CodeAgentLimit)
	d, err := b.propose(luca, c, desk.ResetAuthenticators, "")
	b.must(err)
	_, err = b.approve(anna, d)
	b.refused(err, approvals.CodeAgentLimit)
	_, err = b.approve(lena, d)
	b.must(err)
	b.Clock.Advance(24*time.Hour + time.Minute)
	_, c = b.lostAll(91)
	_, err = b.propose(anna, c, desk.ResetAuthenticators, "")
	b.must(err)
}

// insider_1 (THREATS B9): one agent, with every verb and at every entry, alone, lets
// nothing go forward: no lock falls, nothing held is free, nothing is approved,
// settled or recovered.
func TestInsider1(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	ctx := t.Context()
	held, locked := b.locked(approvals.Held)
	lost, recovery := b.lostAll(50)
	unresolved := b.Drive(t, approvals.Unresolved)
	asked := b.opened(unresolved.SellerKey(), approvals.CaseAsked)
	for _, at := range []struct {
		c desk.Case
		a approvals.ActionID
	}{{locked, held.ID}, {recovery, ""}, {asked, unresolved.ID}} {
		for _, v := range desk.CaseVerbs() {
			if v.Two() {
				b.aloneTries(at.c, v, at.a)
			}
		}
	}
	if !b.seller(held).Locked || b.World.Read(t, held).State != approvals.Held || b.World.Read(t, unresolved).State != approvals.Unresolved {
		t.Errorf("one agent: %+v", b.seller(held))
	}
	if _, err := b.Parts.Recoveries.RecoveryOf(ctx, lost); err == nil {
		t.Error("one agent began a recovery")
	}
	if n := b.count("SELECT count(*) FROM decisions WHERE state = 'carried_out'"); n != 0 {
		t.Errorf("%d decisions carried out", n)
	}
	if n := b.count("SELECT count(DISTINCT verb) FROM decisions"); n != 5 { // resume waits for the unlock, and here is no ring
		t.Errorf("only %d verbs could be proposed at all", n)
	}
}

// aloneTries does all that one person can with a verb that takes two.
func (b *bureau) aloneTries(c desk.Case, v desk.CaseVerb, a approvals.ActionID) {
	b.t.Helper()
	if !v.OfAction() {
		a = ""
	}
	d, err := b.propose(anna, c, v, a)
	if err != nil { // another verb's proposal waits, or it does not fit: say it is alone
		d = desk.Decision{ID: approvalstest.NewID(), Case: c.Number, Verb: v, Seller: c.Seller, Action: a, Reason: desk.CalledBack, Proposer: anna, Decider: anna, State: desk.CarriedOut}
		if got, err := b.Propose(b.t.Context(), d, signed(anna, d, desk.Propose)); err == nil {
			b.t.Errorf("%s went forward: %+v", v, got)
		}
		return
	}
	_, err = b.approve(anna, d)
	b.refused(err, approvals.CodeOwnProposal)
	lent := signed(anna, d, desk.Approve)
	lent.Person, lent.Role = marco, "agent" // her signature in a colleague's name says other words than his
	lent.Subject = d.Subject(desk.Propose)
	if got, err := b.Approve(b.t.Context(), d.ID, desk.Document, "seen", lent); err == nil {
		b.t.Errorf("%s by a proposal's signature: %+v", v, got)
	}
	for _, sql := range []string{
		"UPDATE decisions SET state = 'carried_out', decider = proposer, decider_reason = 'V2', decider_note = '', decided_at = proposed_at WHERE id = ?",
		"UPDATE decisions SET state = 'carried_out', decided_at = proposed_at WHERE id = ?",
	} {
		if err := b.DB.InTx(b.t.Context(), func(tx *approvaldb.Tx) error { return tx.Exec(sql, d.ID).Error }); err == nil {
			b.t.Errorf("the database let one person carry out %s", v)
		}
	}
	b.Clock.Advance(fourHours)
	_, err = b.Advance(b.t.Context())
	b.must(err)
}
