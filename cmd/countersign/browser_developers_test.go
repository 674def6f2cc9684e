package main

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/auth"
)

// mustPass runs every check of a page on the one in the tab, in light and in
// dark, and takes pictures where they are asked for.
func (s *story) mustPass(name string) {
	s.t.Helper()
	for _, look := range []scheme{light, dark} {
		s.p.prefers(look)
		for _, one := range checks(s.t) {
			if one.name == "errors" && look == dark {
				continue // walking the page has moved the focus
			}
			for _, problem := range one.problems(s.p) {
				s.t.Errorf("%s, %s, %s: %s", name, look, one.name, problem)
			}
		}
	}
	s.p.prefers(light)
	s.p.do(`document.documentElement.style.fontSize = "", document.querySelectorAll("details").forEach((d) => { d.open = false; })`)
	s.p.size(wide, high)
	if dir := os.Getenv(screensDir); dir != "" {
		camera{s, dir}.take(name)
	}
}

// testDevelopers: an engineer joins, makes a key, revokes it, rolls the secret of an
// endpoint, reads a delivery, follows an action, and signs in again (UX D1 to D7).
func testDevelopers(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	g, base := s.demo.Gateway, s.demo.BaseURL
	_, token, err := g.people.Invite(t.Context(), auth.Invitation{
		Marketplace: approvals.MarketplaceID(s.demo.state.MarketplaceID), Role: auth.Developer, Name: "Ada Lovelace", By: audit.Actor{Type: audit.Operator},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.p.open(base + "/dev/join/" + token)
	if strings.Contains(s.p.address(), token) {
		t.Error("the token stays in the address")
	}
	s.mustPass("d0-join")
	if status := s.p.click("#prove"); status != http.StatusOK {
		t.Fatalf("joined with status %d%s", status, s.p.where())
	}
	s.p.mustSay("Test mode", "Call the API with a key")
	s.mustPass("d1-home")

	s.p.click(`main a[href="/dev/keys"]`)
	s.mustPass("d2-keys")
	s.p.click(`a[href="/dev/keys/new"]`)
	s.mustPass("d2-new")
	s.p.click("main button.primary")
	s.p.mustSay("There is a problem")
	s.mustPass("d2-refused")
	s.p.enter("#name", "Shop back end")
	s.p.click("main button.primary")
	secret := s.p.text("#secret")
	if !strings.HasPrefix(secret, "cs_test_") || strings.Contains(s.p.address(), secret) || strings.Contains(eval[string](s.p, "document.title"), secret) {
		t.Errorf("the key is %q at %s", secret, s.p.address())
	}
	s.mustPass("d2-made")
	s.p.click("main a.primary")
	s.p.mustSay("Shop back end")
	s.p.click(`main td a`)
	s.mustPass("d2-key")
	s.p.click(`main form[action$="/revoke"] button`)
	s.p.mustSay("opens nothing any more")

	s.p.click(`nav a[href="/dev/endpoints"]`)
	s.mustPass("d3-endpoints")
	s.p.enter("#url", "http://market.example/hooks#x")
	s.p.click("main button.primary")
	s.p.mustSay("There is a problem")
	s.mustPass("d3-refused")
	s.p.open(base + "/dev/endpoints")
	s.p.click(`form[action$="/roll"] button`)
	if !strings.HasPrefix(s.p.text("#secret"), "whsec_") {
		t.Errorf("no secret%s", s.p.where())
	}
	s.mustPass("d3-made")
	s.p.click(`nav a[href="/dev/deliveries"]`)
	s.mustPass("d4-deliveries")
	s.p.click(`main td a`)
	s.mustPass("d4-delivery")

	s.p.click(`nav a[href="/dev/actions"]`)
	s.mustPass("d7-actions")
	s.p.click(`main td a`)
	s.p.mustSay("awaiting_step_up", "create")
	s.mustPass("d7-action")

	s.p.click(`nav a[href="/dev/policy"]`)
	s.mustPass("d5-policy")
	s.p.open(base + "/dev/simulator?kind=loan.disbursement&method=totp&change_open=true")
	s.p.mustSay("Class high")
	s.mustPass("d6-simulator")

	s.p.click(`header form button`)
	s.mustPass("d0-sign-in")
	s.p.click("#prove")
	s.p.mustSay("Test mode")
	if status := s.p.open(base + "/dev/nothing"); status != http.StatusNotFound {
		t.Errorf("status %d", status)
	}
	s.mustPass("d0-problem")
}
