package approvaldb_test

import (
	"flag"
	"sync"
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/desk"
)

// deskRaces is how often two agents race. The number of issue 6 is 1000:
// go test ./approvals/approvaldb -run TestOppositeDecisions -desk.races 1000
var deskRaces = flag.Int("desk.races", 60, "how often two agents race with opposite decisions")

// TestOppositeDecisions: two agents sign opposite decisions at once, and there is one
// outcome, on which everything agrees.
func TestOppositeDecisions(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	a, c := b.locked(approvals.AwaitingStepUp)
	second := []string{marco, lena, luca}
	unlocked := 0
	for n := range *deskRaces {
		d, err := b.propose(anna, c, desk.Unlock, "")
		b.must(err)
		var yes, no error
		var both sync.WaitGroup
		both.Go(func() { _, yes = b.approve(second[n%2+1], d) })
		both.Go(func() { _, no = b.reject(second[0], d) })
		both.Wait()
		s := b.seller(a)
		if (yes == nil) == (no == nil) || s.Locked != (yes != nil) {
			t.Fatalf("round %d: approved %v, rejected %v, locked %t", n, yes, no, s.Locked)
		}
		if yes != nil {
			b.refused(yes, approvals.CodeProposalOver)
			continue
		}
		b.refused(no, approvals.CodeProposalOver)
		unlocked++
		_, err = b.Service.Lock(t.Context(), a.SellerKey(), approvals.LockMarketplace, "", approvalstest.Agent)
		b.must(err)
		c = b.caseOf(a)
	}
	if n := b.count("SELECT count(*) FROM decisions WHERE state NOT IN ('carried_out', 'rejected')"); n != 0 {
		t.Errorf("%d decisions have no outcome", n)
	}
	if n := b.count("SELECT count(*) FROM decisions WHERE state = 'carried_out'"); n != unlocked {
		t.Errorf("%d decisions for %d unlocks", n, unlocked)
	}
	t.Logf("%d of %d times the approval was first", unlocked, *deskRaces)
}

// TestFourEyes_TwoNodes: on PostgreSQL, with two nodes, a proposal is answered once,
// whoever answers it where, and a lock on one node stops an unlock on the other.
func TestFourEyes_TwoNodes(t *testing.T) {
	t.Parallel()
	url := approvalstest.MigratedPostgres(t)
	var dbs []*approvaldb.DB
	for range 2 {
		db, err := approvaldb.Open(t.Context(), url, approvaldb.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		dbs = append(dbs, db)
	}
	b := newBureau(t, dbs[0])
	node := b.parts(dbs[1])
	far := &desk.Cases{Store: node, Read: node, NewID: approvalstest.NewID, Now: b.Clock.Now}
	a, c := b.locked(approvals.CoolingOff)
	for range 8 {
		d, err := b.propose(anna, c, desk.Unlock, "")
		b.must(err)
		d.DeciderReason = desk.Document
		results := make([]error, 4)
		var all sync.WaitGroup
		for i, who := range []string{marco, lena, luca, anna} {
			node := b.Cases
			if i%2 == 1 {
				node = far
			}
			all.Go(func() {
				_, results[i] = node.Approve(t.Context(), d.ID, d.DeciderReason, "", signed(who, d, desk.Approve))
			})
		}
		all.Wait()
		won := 0
		for _, err := range results {
			if err == nil {
				won++
			}
		}
		if won != 1 || results[3] == nil {
			t.Fatalf("%d of them approved: %v", won, results)
		}
		if now := b.World.Read(t, a); now.State != approvals.Held || b.seller(a).Locked {
			t.Fatalf("unlocked: %t, and the action is %s", !b.seller(a).Locked, now.State)
		}
		_, err = b.Service.Lock(t.Context(), a.SellerKey(), approvals.LockMarketplace, "", approvalstest.Agent)
		b.must(err)
		c = b.caseOf(a)
	}
}

// parts is a second node's desk, with the same keys.
func (b *bureau) parts(db *approvaldb.DB) *approvaldb.Desk {
	return approvaldb.New(db, approvaldb.Config{Sealer: b.Keys, Enqueuer: b.Jobs, NewID: approvalstest.NewID, Links: b.Keys.Links()}).Desk
}
