package main

import (
	"net/http"

	"countersign/auth"
	"countersign/client"
)

// seeRings: three sellers name one account, and whoever works at the desk sees them
// as a ring, drawn and in tables, and who reads the log, what was done, and what the next shift has to know
// (UX C7, C8, C9).
func (s *story) seeRings() {
	s.t.Helper()
	shop, err := client.New(s.demo.BaseURL, s.demo.APIKey, described(s.t, http.DefaultTransport))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, seller := range []string{"S-7701", "S-7702", "S-7703"} {
		if _, err := shop.CreateAction(s.t.Context(), newChange(s.demo, seller)); err != nil {
			s.t.Fatal(err)
		}
	}
	s.p.open(s.demo.BaseURL + "/desk/rings")
	s.p.mustSay("R-1", "IT25", "3 sellers")
	s.mustPass("c8-rings")
	s.p.enterOn(`main a[href="/desk/rings/R-1"]`)
	s.p.mustSay("Ring R-1: 3 sellers, 1 destination", "S-7703")
	s.mustPass("c8-ring")
	s.p.enterOn(`header a[href="/desk/audit"]`)
	s.p.mustSay("Whole: no move is missing", "create")
	s.p.open(s.demo.BaseURL + "/desk/audit?verb=ring")
	s.mustPass("c7-audit")
	s.p.enterOn(`header a[href="/desk/handover"]`)
	s.p.mustSay("Open cases by reason", "no case")
	s.mustPass("c9-handover")
	s.p.enterOn(`header form button`)
	s.joinDesk(auth.Agent, "Cleo Park")
	s.p.open(s.demo.BaseURL + "/desk/rings/R-1")
	s.p.mustSay("Do they know of each other?")
	s.mustPass("c8-ring-decide")
}
