package api_test

import (
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

// A travelling seller's actions are neither created nor claimed, and the answer
// says until when; what the seller asked for is on the seller.
func TestTravelLock(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	id := g.create("S-2201").id()
	g.drive(id, approvals.Approved)
	key := approvals.SellerKey{Marketplace: "market", Seller: "S-2201"}
	until := g.clock.Now().Add(48 * time.Hour)
	if err := g.svc.TravelLock(t.Context(), key, until); err != nil {
		t.Fatal(err)
	}
	if err := g.svc.WaitLonger(t.Context(), key, 5*time.Hour); err != nil {
		t.Fatal(err)
	}
	claim := g.claim(id, "travel")
	g.refusedIs(claim, 409, "travel_lock", "")
	if claim.json["retry_at"] != approvals.FormatTime(until) {
		t.Errorf("%s", claim.body)
	}
	supersede := strings.Replace(body("S-2201"), "{", `{"supersede":true,`, 1)
	g.refusedIs(g.send(request{method: "POST", path: "/v1/actions", body: supersede, key: "another"}), 409, "travel_lock", "")
	seller := g.send(request{method: "GET", path: "/v1/sellers/S-2201"})
	if seller.json["travel_until"] != approvals.FormatTime(until) || seller.json["extra_wait_hours"] != 5.0 {
		t.Errorf("%s", seller.body)
	}
	g.clock.Set(until)
	if a := g.claim(id, "home-again"); a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
	}
}
