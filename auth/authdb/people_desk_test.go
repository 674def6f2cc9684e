package authdb_test

import (
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	"countersign/auth"
)

// Those of the desk belong to no marketplace, and no marketplace's list shows
// them.
func TestPeople_Desk(t *testing.T) {
	t.Parallel()
	db := approvalstest.OpenSQLite(t)
	s := newStaff(t, db)
	for _, role := range auth.DeskRoles() {
		p, _, err := s.people.Invite(t.Context(), auth.Invitation{Role: role, Name: "Bob", By: audit.Actor{Type: audit.Operator}})
		if err != nil || p.Marketplace != "" || p.Actor().Type != audit.Agent {
			t.Fatalf("%+v, %v", p, err)
		}
		for m, want := range map[string]int{"": 1, "market": 0} {
			if all, err := s.people.List(t.Context(), approvals.MarketplaceID(m), role); err != nil || len(all) != want {
				t.Errorf("%s of %q: %d people, %v, want %d", role, m, len(all), err, want)
			}
		}
	}
	_, _, err := s.people.Invite(t.Context(), auth.Invitation{Role: "owner", Name: "Bob"})
	if err == nil {
		t.Error("there is no such role")
	}
}
