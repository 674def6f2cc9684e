package main

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/web/problem"
)

// Guarded requests are counted by seller and by address, claims by action.
func TestDoorLimits(t *testing.T) {
	t.Parallel()
	g := &Gateway{Clock: &Clock{}, Config: Config{Limits: LimitsConfig{Calls: 100, Forms: 5, Guarded: 2}}}
	var err error
	if g.db = approvalstest.OpenSQLite(t); g.db == nil {
		t.Fatal("no database")
	}
	guarded, err := g.limitGuarded(nil)
	if err != nil {
		t.Fatal(err)
	}
	passed := func(n int, seller func(i int) string, from string) (ok int) {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/bank", nil)
		r.RemoteAddr = from
		for i := range n {
			switch err := guarded(r, approvals.SellerKey{Marketplace: "acme", Seller: approvals.SellerID(seller(i))}); {
			case err == nil:
				ok++
			case !errors.Is(err, approvals.Refuse(problem.RateLimited)):
				t.Error(err)
			}
		}
		return ok
	}
	same := func(int) string { return "S-1" }
	if n := passed(4, same, "198.51.100.1:1"); n != 2 {
		t.Errorf("%d requests of one seller, want 2", n)
	}
	if n := passed(9, func(i int) string { return fmt.Sprint("S-", 10+i) }, "198.51.100.2:1"); n != 5 {
		t.Errorf("%d requests from one address, want 5", n)
	}
	claims, err := g.limitClaims()
	if err != nil {
		t.Fatal(err)
	}
	claimed := func(action approvals.ActionID) (ok int) {
		for range 2 * claimsPerAction {
			if claims(t.Context(), action, "127.0.0.1:1") == nil {
				ok++
			}
		}
		return ok
	}
	if n := claimed("a"); n != claimsPerAction {
		t.Errorf("%d claims of one action, want %d", n, claimsPerAction)
	}
	if n := claimed("b"); n != claimsPerAction {
		t.Errorf("%d claims of another, want %d", n, claimsPerAction)
	}
}
