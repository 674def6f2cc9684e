package dev_test

import (
	"strings"
	"testing"

	"countersign/approvals/audit"
	"countersign/approvals/desk"
	"countersign/approvals/risk"
)

// The kinds that the policy in force defines can be looked for, and those that it
// does not define any more.
func TestDefined_kinds_among_the_filters(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	ada := o.join("acme", "Ada")
	source, err := risk.Profile("payout_now")
	if err != nil {
		t.Fatal(err)
	}
	policies := &desk.Policies{Store: o.Parts.Policies, Default: risk.Default(), Now: o.Clock.Now}
	draft, err := policies.Draft(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	const option = `<option value="shop.payout_now"`
	if page := ada.get("/dev/actions").want(t, 200, ""); strings.Contains(page.text, option) {
		t.Error("a kind that nobody defined is offered")
	}
	if err := policies.Apply(t.Context(), draft, audit.Actor{Type: audit.Operator}); err != nil {
		t.Fatal(err)
	}
	if page := ada.get("/dev/actions?kind=shop.payout_now").want(t, 200, ""); !strings.Contains(page.text, option+` selected`) {
		t.Error("the kind is not chosen")
	}
	page := ada.get("/dev/actions?kind=shop.close").want(t, 200, "")
	if !strings.Contains(page.text, option) || !strings.Contains(page.text, `<option value="shop.close" selected`) {
		t.Error("the kinds are not offered")
	}
}
