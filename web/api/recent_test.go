package api_test

import (
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
)

// D1: what a marketplace was refused is remembered for its engineers, by the
// request id that its answer carries, and what a stranger was refused is not.
func TestRefused_Remembered(t *testing.T) {
	t.Parallel()
	g := newGateway(t, approvalstest.OpenSQLite(t))
	g.create("S-2201")
	if got := g.recent.Of("market"); len(got) != 0 {
		t.Errorf("a call that was answered: %+v", got)
	}
	unknown := request{method: "GET", path: "/v1/actions/" + newUUID()}
	answer := g.send(unknown)
	unknown.change = as("cs_test_nobody")
	g.send(unknown)
	got := g.recent.Of("market")
	if len(got) != 1 || got[0].Code != approvals.CodeNotFound || got[0].Status != 404 || got[0].Request != answer.json["request_id"] {
		t.Errorf("%+v, want the one refusal of %s", got, answer.body)
	}
	if got := g.recent.Of("other"); len(got) != 0 {
		t.Errorf("of the other marketplace: %+v", got)
	}
}
