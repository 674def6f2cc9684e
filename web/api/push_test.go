package api_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
)

// TestPushedAction: what the gateway itself sends upstream is shown as such, with
// each attempt; nobody can claim it, and its marketplace can still say what became
// of it when nobody knows.
func TestPushedAction(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	bound, err := json.Marshal(approvals.BoundRequest{
		Method: "POST", Target: "/bank", ContentDigest: approvals.ContentDigest([]byte(approvalstest.PushBody)),
	})
	if err != nil {
		t.Fatal(err)
	}
	x, err := g.svc.Create(t.Context(), approvals.Request{
		Marketplace: approvals.Marketplace{ID: "market"}, Kind: approvals.PayoutAccountChange,
		Seller: approvals.Seller{
			SellerKey: approvals.SellerKey{Marketplace: "market", Seller: "S-9"}, Contacts: []approvals.Contact{{Email: "giulia@ferri.example"}},
		},
		Details: fmt.Appendf(nil, `{"request":%s,%s`, bound, detailsBody[1:]),
		Push:    &approvals.Push{Route: "bank", Body: []byte(approvalstest.PushBody)},
	})
	if err != nil {
		t.Fatal(err)
	}
	id := string(x.ID)
	g.drive(id, approvals.Approved)
	g.showIs(id, "approved", "none")
	g.refusedIs(g.claim(id, fresh("claim")), 409, "released_by_gateway", "")

	upstream := &approvalstest.Pusher{Answer: func(approvals.PushOrder) (approvals.PushOutcome, error) {
		return approvals.PushOutcome{Result: approvals.PushUnknown, Status: 502}, nil
	}}
	sender := approvals.Sender{Service: g.svc, Bodies: g.parts.Reader, Gate: g.parts.Governor.Gate, Releases: g.keys, Issuer: "https://gateway.example", Pusher: upstream}
	if err := sender.Push(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	g.showIs(id, "unresolved", "none")
	shown := g.send(request{path: "/v1/actions/" + id})
	push, _ := shown.json["push"].(map[string]any)
	if push["route"] != "bank" || push["attempts"] != 1.0 || push["next_at"] != nil {
		t.Errorf("shown as %v", push)
	}
	var attempts []any
	timeline, _ := shown.json["timeline"].([]any)
	for _, m := range timeline {
		if a := m.(map[string]any)["attempt"]; a != nil {
			attempts = append(attempts, a)
		}
	}
	if got := fmt.Sprint(attempts); got != "[map[number:1] map[number:1 outcome:unknown status:502]]" {
		t.Errorf("the timeline has %s", got)
	}
	if a := g.post(id, "result", `{"outcome":"executed","reference":"late"}`, fresh("result")); a.status != 200 || a.state() != "executed" {
		t.Errorf("late truth: %d %s", a.status, a.body)
	}
}
