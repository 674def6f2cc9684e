package approvaldb_test

import (
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/desk"
)

// TestL4_NotMeDuringUnlock: "not me" voids an unlock that waits in another case, and
// what it opened is not closed unread.
func TestL4_NotMeDuringUnlock(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	a, c := b.locked(approvals.CoolingOff)
	_, err := b.propose(carl, c, desk.CancelAction, a.ID)
	b.must(err)
	d, err := b.propose(anna, c, desk.Unlock, "")
	b.must(err)
	n := approvals.SecurityNotice{ID: approvalstest.NewID(), What: approvals.SecurityAuthenticatorAdded}
	_, err = b.Parts.Store.UpdateSeller(t.Context(), a.SellerKey(), func(s approvals.Seller, open []approvals.Action) (approvals.SellerChange, error) {
		return s.Disown(n, open, b.Clock.Now())
	})
	b.must(err)
	_, err = b.approve(marco, d)
	b.refused(err, approvals.CodeCaseMoved)
	if open := b.count("SELECT count(*) FROM cases WHERE closed_at IS NULL"); !b.seller(a).Locked || open != 2 {
		t.Errorf("locked %t, %d cases open", b.seller(a).Locked, open)
	}
}

// TestPair_NewcomerProposes: who joined this minute is neither of the two.
func TestPair_NewcomerProposes(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	const fresh = "00000000-0000-7000-8000-0000000d0001"
	b.must(b.DB.InTx(t.Context(), func(tx *approvaldb.Tx) error {
		return approvalstest.Staff(tx, fresh, "agent", b.Clock.Now())
	}))
	a, c := b.locked(approvals.CoolingOff)
	d, err := b.propose(fresh, c, desk.Unlock, "")
	b.must(err)
	_, err = b.approve(anna, d)
	b.refused(err, approvals.CodeTooNew)
	if !b.seller(a).Locked {
		t.Error("unlocked by one agent and a newcomer")
	}
}

// TestVerbs_CloseItsOwn: what one agent closes is the case they signed about, and not
// while two are deciding in it.
func TestVerbs_CloseItsOwn(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	a := b.Drive(t, approvals.CoolingOff)
	one, other := b.opened(a.SellerKey(), approvals.CaseNotMeFast), b.opened(a.SellerKey(), approvals.CaseReview)
	_, err := b.propose(anna, other, desk.DenyAction, a.ID)
	b.must(err)
	_, err = b.propose(carl, other, desk.CloseCase, "")
	b.refused(err, approvals.CodeProposalOpen)
	_, err = b.propose(carl, one, desk.CloseCase, "")
	b.must(err)
	d, err := b.Case(t.Context(), other.Number)
	b.must(err)
	if !d.Case.Open() || d.Proposal == nil {
		t.Errorf("the other case is open: %t, and its proposal is %+v", d.Case.Open(), d.Proposal)
	}
}

// TestVerbs_RecoveryAnswered: an unlock leaves the seller's request for a recovery
// open, and whoever closes that without a recovery tells the seller.
func TestVerbs_RecoveryAnswered(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	a, c := b.locked(approvals.CoolingOff)
	asked := b.opened(a.SellerKey(), approvals.CaseRecovery)
	_, err := b.propose(carl, c, desk.CancelAction, a.ID)
	b.must(err)
	b.decided(c, desk.Unlock, "")
	if n := b.count("SELECT count(*) FROM cases WHERE closed_at IS NULL AND number = ?", asked.Number); n != 1 {
		t.Fatal("an unlock closed the request for a recovery")
	}
	const told = "SELECT count(*) FROM security_notices WHERE what = 'support_recovery_declined'"
	before := b.count(told)
	_, err = b.propose(carl, asked, desk.CloseCase, "")
	b.must(err)
	if n := b.count(told) - before; n != 1 {
		t.Errorf("the seller was told %d times that there is no recovery", n)
	}
}
