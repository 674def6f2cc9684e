package main

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"countersign/approvals/audit"
	"countersign/approvals/risk"
	"countersign/auth"
)

// joinDesk opens the invitation of somebody to the desk, and makes their passkey.
func (s *story) joinDesk(role auth.Role, name string) {
	s.t.Helper()
	_, token, err := s.demo.Gateway.people.Invite(s.t.Context(), auth.Invitation{Role: role, Name: name, By: audit.Actor{Type: audit.Operator}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.p.open(s.demo.BaseURL + "/desk/join/" + token)
	if status := s.p.click("#prove"); status != http.StatusOK {
		s.t.Fatalf("%s joined with status %d%s", name, status, s.p.where())
	}
}

// testDesk: one admin proposes a milder policy, and another who has just joined is
// not the second, by keyboard (UX C1, D5, D6, AS-04).
func testDesk(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	base := s.demo.BaseURL
	s.p.open(base + "/desk")
	s.mustPass("c1-sign-in")
	s.joinDesk(auth.Admin, "Ada Lovelace")
	s.p.mustSay("Fewer than two admins", "No open cases")
	s.p.open(base + "/desk/people")
	s.p.mustSay("Invite somebody")
	s.mustPass("c-people")
	// Two minutes before the end the page warns; staying asks the server.
	s.p.do(`Date.now = ((now) => () => now() + 14 * 60000)(Date.now); document.dispatchEvent(new Event("visibilitychange"))`)
	if said := s.p.text("header"); !strings.Contains(said, "unless you go on.") || !strings.Contains(said, "You will be signed out in two minutes.") {
		t.Errorf("the page says %q", said)
	}
	s.mustPass("c-people-ending")
	s.p.do(`document.querySelector("#stay button").click()`)
	s.p.until("to stay was answered", `document.activeElement.id === "main"`)
	s.p.open(base + "/desk")
	s.p.enterOn(`nav a[href="/desk/policy"]`)
	s.mustPass("c-policy")
	s.p.enterOn(`main a[href="/desk/policy/new"]`)
	draft := strings.Replace(string(risk.Default().Source()), "low: {hours: 24}", "low: {hours: 2}", 1)
	s.p.do(`document.querySelector("#source").value = ` + strconv.Quote(draft))
	s.p.enterOn("main button.primary")
	s.p.mustSay("This may be milder", "actions judged")
	s.mustPass("c-policy-sign")
	s.p.enterOn("#prove")
	s.p.mustSay("Proposed. Another admin has 4 hours to decide.")
	s.p.enterOn(`header form button`)

	s.joinDesk(auth.Admin, "Bob Kahn")
	s.p.enterOn(`main a[href="/desk/policy/2"]`)
	s.p.mustSay("Ada Lovelace", "Approve with your passkey")
	s.mustPass("c-policy-version")
	s.p.enterOn(`main form[action$="/approve"] button`)
	s.p.mustSay("Approve: in force in 24 hours")
	s.p.enterOn("#prove")
	s.p.mustSay("less than 24 hours ago") // Bob is too new to be the second
	s.seeRings()
}
