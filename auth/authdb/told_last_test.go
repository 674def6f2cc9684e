package authdb_test

import (
	"sync/atomic"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/auth"
)

// A block that is told together with the last tries (PS-06) can be disowned where
// its line is read: on a clock that goes on, line and notice are of one moment.
func TestTold_ABlockWithTheLastTriesIsDisowned(t *testing.T) {
	t.Parallel()
	g := newGateway(t, approvalstest.OpenSQLite(t))
	app := g.app()
	exec(t, g.DB, "UPDATE authenticators SET failures = 79")
	exec(t, g.DB, "INSERT INTO proving (marketplace, seller, failures, blocks, tried_at) VALUES (?, ?, 4, 0, 1)", g.seller.Marketplace, g.seller.Seller)
	var asked atomic.Int64
	running, err := auth.New(auth.Config{
		Store: g.store, Sealer: g.Keys, RPID: "market.example", RPName: "Market", Origins: []string{home}, Issuer: "Market", NewID: newID,
		Now: func() time.Time { return g.Clock.Now().Add(time.Duration(asked.Add(1)) * time.Millisecond) },
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = running.ProveCode(g.ctx(), auth.OwnSubject(g.seller), wrongCode(app, g.Clock.Now()))
	refused(t, err, approvals.CodeTooManyTries)
	lines, err := g.Parts.Reader.SellerEvents(t.Context(), approvals.EventQuery{Seller: g.seller, Verbs: []string{"proving_blocked"}, Limit: 10})
	if err != nil || len(lines) != 1 {
		t.Fatalf("lines %+v, %v", lines, err)
	}
	links, err := g.Service.NoticeLinks(t.Context(), g.seller, []time.Time{lines[0].At})
	if err != nil || links[lines[0].At.UTC()] == "" {
		t.Errorf("the line of %s has no way to say no: %v, %v", lines[0].At, links, err)
	}
}
