package approvaldb_test

import (
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	"countersign/approvals/desk"
)

// ringFound says that a ring about this destination was found around an action's seller.
func (b *bureau) ringFound(a approvals.Action, fingerprint string) {
	b.t.Helper()
	_, err := b.Parts.Store.UpdateSeller(b.t.Context(), a.SellerKey(), func(s approvals.Seller, _ []approvals.Action) (approvals.SellerChange, error) {
		return approvals.SellerChange{
			Seller: s, Changed: true, Case: &approvals.Case{Reason: approvals.CaseRing, Fingerprint: fingerprint},
			Event: audit.Event{Marketplace: string(s.Marketplace), Seller: string(s.SellerKey.Seller), Verb: "ring", Actor: audit.Actor{Type: audit.System}, At: b.Clock.Now()},
		}, nil
	})
	b.must(err)
}

// TestSecondRing: a seller's second ring has a case of its own, in which its
// destination is decided on; trouble of either joins its own case.
func TestSecondRing(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	a := b.Drive(t, approvals.CoolingOff)
	b.ringFound(a, "some other destination")
	b.ringFound(a, a.Fingerprint)
	b.ringFound(a, a.Fingerprint)
	c := b.caseOf(a)
	if c.Fingerprint != a.Fingerprint || c.Joined != 1 {
		t.Fatalf("the newest case is about %q, joined %d times", c.Fingerprint, c.Joined)
	}
	d, err := b.Draft(t.Context(), desk.Intent{Case: c.Number, Verb: desk.DenyDestination, Reason: desk.SharedPlace, Person: anna})
	b.must(err)
	if d.Ring.Fingerprint != a.Fingerprint {
		t.Errorf("denied would be %q", d.Ring.Fingerprint)
	}
	if n := b.count("SELECT count(*) FROM cases WHERE reason = 'ring' AND closed_at IS NULL"); n != 2 {
		t.Errorf("%d cases are open", n)
	}
}
