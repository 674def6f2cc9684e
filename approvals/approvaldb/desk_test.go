package approvaldb_test

import (
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/desk"
)

// TestI9_UnlockByTwo: a lock is lifted by two agents and by nothing less; what it
// held stays held until two resume it, and then starts again with every proof and
// every wait to be made anew (rule 13, L7).
func TestI9_UnlockByTwo(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	a, c := b.locked(approvals.Approved)
	mails, told := b.count("SELECT count(*) FROM mails WHERE kind = 'security'"), b.count("SELECT count(*) FROM deliveries WHERE type = 'seller.unlocked'")
	d, err := b.propose(anna, c, desk.Unlock, "")
	b.must(err)
	if d.State != desk.Waiting || !b.seller(a).Locked {
		t.Fatalf("proposed: %s, locked %t", d.State, b.seller(a).Locked)
	}
	_, err = b.approve(anna, d)
	b.refused(err, approvals.CodeOwnProposal)
	for who, code := range map[string]approvals.Code{otto: approvals.CodeDeskRole, adele: approvals.CodeDeskRole} {
		_, err = b.approve(who, d)
		b.refused(err, code)
	}
	d, err = b.approve(marco, d)
	b.must(err)
	if d.State != desk.CarriedOut || b.seller(a).Locked {
		t.Fatalf("approved: %s, locked %t", d.State, b.seller(a).Locked)
	}
	if n := b.count("SELECT count(*) FROM mails WHERE kind = 'security'") - mails; n != 2 {
		t.Errorf("%d contacts were told of the unlock, want 2", n)
	}
	if n := b.count("SELECT count(*) FROM deliveries WHERE type = 'seller.unlocked'") - told; n != 1 {
		t.Errorf("the marketplace was told %d times", n)
	}
	if now := b.World.Read(t, a); now.State != approvals.Held {
		t.Fatalf("after the unlock the action is %s", now.State)
	}
	if _, err := b.Service.Claim(t.Context(), a.Key(), a.Details, nil); err == nil {
		t.Error("released after the unlock, by the proofs from before the lock")
	}
	if c = b.caseOf(a); !c.Open() {
		t.Error("the case closed although something is held")
	}
	_, err = b.propose(anna, c, desk.CloseCase, "")
	b.refused(err, approvals.CodeCaseHolds)

	b.decided(c, desk.Resume, a.ID)
	now := b.World.Read(t, a)
	if now.State != approvals.AwaitingStepUp || now.Generation != a.Generation+1 || !now.NotBefore.IsZero() || now.Wait != 0 {
		t.Fatalf("resumed: %s, generation %d", now.State, now.Generation)
	}
	closed, err := b.Case(t.Context(), c.Number)
	b.must(err)
	if closed.Case.Open() || closed.Case.Outcome != "resume" {
		t.Errorf("the case is %+v", closed.Case)
	}
	if b.DriveOn(t, now, approvals.Executed); b.count("SELECT count(*) FROM deliveries WHERE type = 'case.closed'") != 1 {
		t.Error("the marketplace was not told that the case is closed")
	}
}

// TestL4_OldLock: an unlock that was proposed for one lock does nothing about the
// next (L4, L6).
func TestL4_OldLock(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	a, c := b.locked(approvals.CoolingOff)
	old, err := b.propose(anna, c, desk.Unlock, "")
	b.must(err)
	// The seller says "not me" of something again: fresh trouble, though locked already.
	b.opened(a.SellerKey(), c.Reason)
	_, err = b.approve(marco, old)
	b.refused(err, approvals.CodeCaseMoved)
	if !b.seller(a).Locked || b.count("SELECT count(*) FROM decisions WHERE state = 'void'") != 1 {
		t.Fatal("the proposal is not void")
	}
	_, err = b.approve(marco, old)
	b.refused(err, approvals.CodeProposalOver)
	// Unlocked, and locked again between a proposal and its answer.
	b.decided(b.caseOf(a), desk.Unlock, "")
	c = b.caseOf(a)
	resume, err := b.propose(anna, c, desk.Resume, a.ID)
	b.must(err)
	_, err = b.propose(carl, c, desk.Lock, "")
	b.must(err)
	_, err = b.approve(marco, resume)
	b.refused(err, approvals.CodeCaseMoved)
	if s := b.seller(a); !s.Locked || s.LockEpoch != 2 || s.LockedBy != approvals.LockSupport {
		t.Errorf("locked %t in epoch %d by %s", s.Locked, s.LockEpoch, s.LockedBy)
	}
	if now := b.World.Read(t, a); now.State != approvals.Held {
		t.Errorf("the action is %s", now.State)
	}
}

// TestLapsedProposal: nobody answers in four hours, and then nobody can (L6).
func TestLapsedProposal(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	a, c := b.locked(approvals.CoolingOff)
	d, err := b.propose(anna, c, desk.Unlock, "")
	b.must(err)
	_, err = b.propose(carl, c, desk.Unlock, "")
	b.refused(err, approvals.CodeProposalOpen)
	b.Clock.Advance(fourHours)
	_, err = b.approve(marco, d)
	b.refused(err, approvals.CodeProposalOver)
	_, err = b.propose(anna, c, desk.Unlock, "")
	b.must(err)
	b.Clock.Advance(fourHours)
	if n, err := b.Advance(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d lapsed, %v", n, err)
	}
	if n := b.count("SELECT count(*) FROM decisions WHERE state = 'lapsed'"); n != 2 || !b.seller(a).Locked {
		t.Errorf("%d lapsed, locked %t", n, b.seller(a).Locked)
	}
	d, err = b.propose(anna, c, desk.Unlock, "")
	b.must(err)
	_, err = b.reject(marco, d)
	b.must(err)
	_, err = b.approve(lena, d)
	b.refused(err, approvals.CodeProposalOver)
	if !b.seller(a).Locked {
		t.Error("unlocked after a rejection")
	}
}

// TestSelfApproval_Domain: nobody decides on their own proposal, whatever they sign,
// and no signature of another act, person or case counts.
func TestSelfApproval_Domain(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	_, c := b.locked(approvals.CoolingOff)
	d, err := b.propose(anna, c, desk.Unlock, "")
	b.must(err)
	d.DeciderReason = desk.Document
	other := d
	other.ID = approvalstest.NewID()
	for name, sig := range map[string]approvals.Signature{
		"their own, as a lead": {Person: anna, Role: "lead", Subject: d.Subject(desk.Approve)},
		"their own rejection":  {Person: anna, Role: "agent", Subject: d.Subject(desk.Reject)},
		"of the proposal":      signed(marco, d, desk.Propose),
		"of another decision":  signed(marco, other, desk.Approve),
		"of nobody":            {Subject: d.Subject(desk.Approve)},
		"of a stranger":        {Person: approvalstest.NewID(), Role: "lead", Subject: d.Subject(desk.Approve)},
	} {
		if done, err := b.Approve(t.Context(), d.ID, d.DeciderReason, "", sig); err == nil {
			t.Errorf("%s: %s", name, done.State)
		}
		if _, err := b.Reject(t.Context(), d.ID, d.DeciderReason, "", sig); err == nil {
			t.Errorf("rejected, %s", name)
		}
	}
	// What was signed was drafted for another.
	draft, err := b.Draft(t.Context(), desk.Intent{Case: c.Number, Verb: desk.KeepLocked, Reason: desk.NotReached, Person: anna})
	b.must(err)
	_, err = b.Propose(t.Context(), draft, signed(marco, draft, desk.Propose))
	b.refused(err, approvals.CodeProofOther)
}

// TestDisabledMidDecision: who is removed decides nothing any more, and what they
// proposed is void.
func TestDisabledMidDecision(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	a, c := b.locked(approvals.CoolingOff)
	d, err := b.propose(anna, c, desk.Unlock, "")
	b.must(err)
	remove := func(who string) {
		t.Helper()
		b.must(b.DB.InTx(t.Context(), func(tx *approvaldb.Tx) error {
			return tx.Exec("UPDATE people SET removed_at = joined_at WHERE id = ?", who).Error
		}))
	}
	remove(marco)
	_, err = b.approve(marco, d)
	b.refused(err, approvals.CodeDeskRole)
	remove(anna)
	_, err = b.approve(carl, d)
	b.refused(err, approvals.CodeCaseMoved)
	if !b.seller(a).Locked {
		t.Error("unlocked by who was removed")
	}
	_, err = b.propose(anna, c, desk.KeepLocked, "")
	b.refused(err, approvals.CodeDeskRole)
}

// TestPairsAndNewcomers: who joined lately is not the second, and the same two need a
// lead after five decisions in thirty days.
func TestPairsAndNewcomers(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	const fresh = "00000000-0000-7000-8000-0000000d0001"
	b.must(b.DB.InTx(t.Context(), func(tx *approvaldb.Tx) error {
		return approvalstest.Staff(tx, fresh, "agent", b.Clock.Now().Add(-desk.SecondAfter+time.Minute))
	}))
	var d desk.Decision
	for range desk.PairLimit {
		_, c := b.locked(approvals.CoolingOff)
		b.decided(c, desk.Unlock, "")
	}
	a, c := b.locked(approvals.CoolingOff)
	d, err := b.propose(marco, c, desk.Unlock, "") // the other way round
	b.must(err)
	_, err = b.approve(anna, d)
	b.refused(err, approvals.CodePair)
	_, err = b.approve(fresh, d)
	b.refused(err, approvals.CodeTooNew)
	b.Clock.Advance(time.Minute)
	_, err = b.approve(fresh, d)
	b.must(err)
	if b.seller(a).Locked {
		t.Error("still locked")
	}
}
