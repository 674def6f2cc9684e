package seller_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/auth"
	"countersign/auth/authtest"
)

// mailed is the path of the newest link of this purpose that was mailed to the
// seller's one approver.
func (g *gateway) mailed(p approvals.Purpose, a approvals.Action) string {
	g.t.Helper()
	s, err := g.Parts.Reader.Seller(g.t.Context(), a.SellerKey())
	if err != nil || len(s.Approvers) != 1 {
		g.t.Fatalf("approvers %+v, %v", s.Approvers, err)
	}
	who, base, serial := s.Approvers[0].ID, "/join/", a.Version
	if p == approvals.ApproveLink {
		base, serial = "/agree/", a.ConfirmSerial
	}
	return base + g.Keys.Links().ApproverToken(p, a.ID, who, serial)
}

// TestAS04_AnotherPerson is the whole story over HTTP: a seller asks for another
// person, who joins from a mail, and without whom the next change does not happen.
func TestAS04_AnotherPerson(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	first := g.Create(t)
	own := g.phone(first)
	if _, err := g.Service.Cancel(t.Context(), first.Key(), approvals.ChangedMind, first.SellerActor()); err != nil {
		t.Fatal(err)
	}
	b, page := g.settings(first)
	bad := b.post("/security/people", values("csrf", page.csrf(), "name", "Marco", "email", "nobody")).want(http.StatusUnprocessableEntity)
	if !strings.HasPrefix(bad.title(), "Error:") {
		t.Error("what is no address is not refused at its field")
	}
	review := b.post("/security/people", values("csrf", bad.csrf(), "name", "Marco Neri", "email", "marco@neri.example")).want(http.StatusOK)
	if !strings.Contains(review.body, "marco@neri.example") {
		t.Error("the review does not say who")
	}
	add := g.open(first.SellerKey())
	b.stepUpByPasskey(add, own).want(http.StatusOK)
	add = g.drive(g.state(add, approvals.Notifying), approvals.AwaitingConfirmation)
	g.Clock.Advance(g.config.Dwell)
	g.browser().confirmByPasskey(add, own).want(http.StatusOK)
	add = g.state(add, approvals.Executed)

	his, marco := authtest.NewDevice(home), g.browser()
	invitation := marco.get(g.mailed(approvals.JoinLink, add)).want(http.StatusOK).at("/join")
	before := g.snapshot()
	marco.get("/join").want(http.StatusOK)
	if strings.Contains(before, "joined") && before != g.snapshot() {
		t.Error("looking at an invitation changed something")
	}
	made, err := his.Create(invitation.options())
	if err != nil {
		t.Fatal(err)
	}
	marco.post("/join", values("csrf", "another", "credential", string(made))).want(http.StatusForbidden)
	joined := marco.post("/join", values("csrf", invitation.csrf(), "credential", string(made))).want(http.StatusOK).at("/join")
	if joined.posts("/join") || !strings.Contains(joined.body, "joined") {
		t.Error("the page does not say that he has joined")
	}

	g.Clock.Advance(auth.FirstQuarantine)
	g.Service.Policy = approvalstest.Asking{Policy: g.Service.Policy}
	a := g.again(first)
	b = g.browser()
	b.handoff(a)
	b.stepUpByPasskey(a, own).want(http.StatusOK)
	a = g.drive(g.state(a, approvals.Notifying), approvals.AwaitingConfirmation)
	g.Clock.Advance(g.config.Dwell)
	status := g.browser().confirmByPasskey(a, own).want(http.StatusOK)
	a = g.state(a, approvals.AwaitingConfirmation)
	if !strings.Contains(status.body, "Waiting for Marco Neri") {
		t.Error("the status does not say whom it waits for")
	}

	asked := marco.get(g.mailed(approvals.ApproveLink, a)).want(http.StatusOK).at("/agree")
	if !strings.Contains(asked.body, a.Reference) || !asked.posts("/agree/stop") {
		t.Error("the page does not say what is asked, or cannot stop it")
	}
	marco.post("/agree", values("csrf", asked.csrf(), "credential", "{}")).want(http.StatusUnprocessableEntity)
	asked = marco.get("/agree").want(http.StatusOK)
	marco.post("/agree", values("csrf", asked.csrf(), "credential", marco.assert(his, asked))).want(http.StatusOK).at("/agree")
	g.state(a, approvals.Approved)
}

// TestThreatA8_TheOtherPersonStops: without a proof, from the mail alone, and the
// seller is locked.
func TestThreatA8_TheOtherPersonStops(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, _ := g.Asked(t)
	g.Clock.Advance(time.Minute)
	marco := g.browser()
	asked := marco.get(g.mailed(approvals.ApproveLink, a)).want(http.StatusOK).at("/agree")
	g.state(a, approvals.AwaitingConfirmation) // opening it changed nothing
	stopped := marco.post("/agree/stop", values("csrf", asked.csrf())).want(http.StatusOK).at("/agree")
	if stopped.posts("/agree") {
		t.Error("it can still be agreed to")
	}
	g.state(a, approvals.Cancelled)
	if s, err := g.Parts.Reader.Seller(t.Context(), a.SellerKey()); err != nil || !s.Locked {
		t.Errorf("the seller is not locked: %v", err)
	}
}
