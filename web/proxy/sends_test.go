package proxy_test

import (
	"strings"
	"testing"

	"countersign/approvals"
)

// Two marketplaces may call a route the same: a proxy sends for its own alone.
func TestSends(t *testing.T) {
	t.Parallel()
	p, _ := serve(t, routes("http://127.0.0.1:9", nobody), nil)
	for r, want := range map[approvals.PushRoute]bool{
		{Marketplace: "acme", Route: "payouts"}: true, {Marketplace: "beta", Route: "payouts"}: false,
		{Marketplace: "acme", Route: "another"}: false, {}: false,
	} {
		if p.Sends(r) != want {
			t.Errorf("%+v: %v", r, !want)
		}
	}
	foreign := order("payouts", "{}")
	foreign.Action.Marketplace = "beta"
	if o, err := p.Push(t.Context(), foreign); err != nil || o.Result != approvals.PushNotSent || !strings.Contains(o.Note, "not configured") {
		t.Errorf("another marketplace's push: %+v, %v", o, err)
	}
}
