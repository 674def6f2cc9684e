package main

import (
	"net/http"
	"strings"
	"testing"

	"countersign/client"
)

// own comes from the marketplace's bank page to the seller's own pages.
func (s *story) own() {
	s.t.Helper()
	s.p.open(s.demo.MarketplaceURL + "/bank")
	s.p.click(`form[action="/own/security"] button`)
	if at := s.p.address(); !strings.HasSuffix(at, "/security") {
		s.t.Fatalf("the hand-off leads to %s", at)
	}
}

// testSettings: the seller sees the history and the devices, adds one more
// passkey by an action, and signs out everywhere (UX S10, S11).
func testSettings(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpPasskey()
	s.own()
	s.p.mustSay("Your security", "Signed-in devices", "This one", "Can approve payouts")
	if s.p.count(`a[href="/enrol"]`) != 0 {
		t.Error("one more passkey is offered in the middle of an action")
	}
	s.p.click(`a[href="/history"]`)
	s.p.mustSay("Your history", newAccount, s.action().Reference, "Waiting for your approval")
	s.p.click(`a[href$="/cancel"]`)
	s.answer("answer-mind")
	s.mustBe(client.Cancelled)

	s.own()
	s.p.click(`a[href="/enrol"]`)
	s.p.mustSay("Not now")
	s.p.open(s.demo.BaseURL + "/security")
	s.p.enter("#hours", "5")
	s.p.click(`form[action="/security/longer"] button`)
	s.p.mustSay("longer wait is saved")
	s.p.enter("#zone", "/Olympus")
	if status := s.p.click(`form[action="/security/choices"] button`); status != http.StatusUnprocessableEntity {
		t.Errorf("a time zone of nowhere: %d", status)
	}
	s.p.mustSay("There is a problem", "We do not know this time zone")
	s.p.click(`form[action="/security/sign-out-everywhere"] button`)
	s.p.mustSay("You are signed out everywhere")
	if status := s.p.open(s.demo.BaseURL + "/security"); status != http.StatusUnauthorized {
		t.Errorf("the settings after signing out: %d", status)
	}
	s.p.mustSay("Nothing is lost")
	s.mail("Every device was signed out")
}

// testSettingsWithoutScripts: the same pages are plain forms.
func testSettingsWithoutScripts(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.p.scripts(false)
	s.own()
	s.p.click(`form[action="/security/choices"] button`)
	s.p.mustSay("Language and time zone are saved")
	s.p.click(`a[href="/history"]`)
	s.p.click(`form[action="/history"] button`)
	s.p.mustSay(s.action().Reference)
	s.p.click(`a[href="/security"]`)
	s.p.click(`a[href="/security/check"]`)
	s.p.mustSay("Is this message really from you?")
}
