package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/client"
)

// testSessionEnded: after five minutes without an act the page says that
// nothing is lost, and one button brings the seller back to the same place
// (UX §3).
func testSessionEnded(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpPasskey()
	review := s.p.address()
	s.later(6 * time.Minute)
	if status := s.p.open(review); status != http.StatusForbidden && status != http.StatusUnauthorized && status != http.StatusGone {
		t.Errorf("an ended session is answered with status %d", status)
	}
	s.p.mustSay("Your session has ended", "Nothing is lost.")
	s.p.click("main a.primary")
	s.p.click(`form[action$="/continue"] button`)
	if at := s.p.address(); at != review {
		t.Errorf("the seller came back to %s, not %s", at, review)
	}

	// A page left open too long: the answer is not taken, and nothing is lost.
	s.later(6 * time.Minute)
	s.p.click("#prove")
	s.p.mustSay("Your session has ended")
	s.mustBe(client.AwaitingStepUp)
	s.p.click("main a.primary")
	s.p.click(`form[action$="/continue"] button`)
	s.approve()
}

// testNoSignIn: what asks for a proof does not look like a sign-in (TA-04), and
// says the action, its accounts and who asked (TA-01).
func testNoSignIn(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpPasskey()
	if s.p.count("input[type=password], input[type=email], [autocomplete*=username]") != 0 {
		t.Error("the review has the fields of a sign-in")
	}
	if title := eval[string](s.p, "document.title"); title != s.say.review+" - Bottega Demo" {
		t.Errorf("the review is called %q", title)
	}
	for _, word := range []string{"sign in", "log in", "password"} {
		if strings.Contains(strings.ToLower(s.p.text("main .answers")), word) {
			t.Errorf("an answer says %q", word)
		}
	}
	s.p.mustSay("IT60", oldAccount, "IT25", newAccount, "UniCredit", "Italy", "Someone signed in as Giulia Ferri", "Rome time")
	if strings.Contains(s.p.text("main"), "0542811101") {
		t.Error("the old account is shown in full")
	}
	s.p.click(`form[action$="/reveal"] button`)
	s.p.mustSay("IT25 I020 0809 6060 0000 0072 606")
	s.mustBe(client.AwaitingStepUp)
}
