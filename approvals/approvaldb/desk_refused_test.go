package approvaldb_test

import (
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/approvals/desk"
)

// Nobody who has not named an account is declared to share it, and nobody twice.
func TestPlaces_DeclaresOnlyWhoNamedIt(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	a := b.Drive(t, approvals.CoolingOff)
	b.ringFound(a, a.Fingerprint)
	stranger := approvals.SellerKey{Marketplace: a.Marketplace, Seller: "nobody"}
	for _, sellers := range [][]approvals.SellerKey{{stranger}, {a.SellerKey(), stranger}, {a.SellerKey(), a.SellerKey()}} {
		_, err := b.Draft(t.Context(), desk.Intent{Case: b.caseOf(a).Number, Verb: desk.DeclareShared, Sellers: sellers, Reason: desk.KnownShared, Person: anna})
		b.refused(err, approvals.CodeInvalid)
	}
	if n := b.count("SELECT count(*) FROM destination_sellers WHERE declared OR seller = 'nobody'"); n != 0 {
		t.Errorf("%d are declared", n)
	}
}

// A node whose clock is behind the one that opened the case still adds friction.
func TestLock_OnANodeBehind(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	a := b.Drive(t, approvals.CoolingOff)
	c := b.opened(a.SellerKey(), approvals.CaseNotMeFast)
	b.Cases.Now = func() time.Time { return b.Clock.Now().Add(-time.Second) }
	_, err := b.propose(carl, c, desk.Lock, "")
	b.must(err)
	if !b.seller(a).Locked {
		t.Error("the seller is not locked")
	}
}

// DESIGN rule 15: what is refused in a case is on record, a reveal above all.
func TestRule15_RefusedInACase(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	a, c := b.locked(approvals.CoolingOff)
	_, err := b.Reveal(t.Context(), c.Number, desk.RevealAccount, a.ID, desk.CalledBack, anna)
	b.refused(err, approvals.CodeNotClaimed)
	b.must(b.Claim(t.Context(), c.Number, anna, false))
	b.refused(b.Claim(t.Context(), c.Number, marco, false), approvals.CodeCaseClaimed)
	for _, verb := range []string{"reveal", "claim_case"} {
		if n := b.count("SELECT count(*) FROM events WHERE verb = ? AND data LIKE '%refused%'", verb); n != 1 {
			t.Errorf("%d refusals of %s are on record", n, verb)
		}
	}
}
