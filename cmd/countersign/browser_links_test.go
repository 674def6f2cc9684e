package main

import (
	"net/http"
	"testing"
	"time"

	"countersign/client"
)

const (
	day      = 24 * time.Hour
	stillFor = "Still waiting for your answer: account " + newAccount
)

// testLinkRenewal: the link is renewed every day of the window; the older one
// explains itself and the newest works (EM-05, UX §8.1).
func testLinkRenewal(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpPasskey()
	s.approve()
	s.skip()
	first := s.link(s.mail(s.say.confirm), "confirm")
	s.later(day)
	second := s.link(s.mail(stillFor), "confirm")

	s.mustExplain(first)
	s.p.open(second)
	s.p.mustSay(s.say.question)

	// The old page can ask for a new link, which replaces them all.
	s.mustExplain(first)
	before := len(s.mails())
	s.p.click(`form[action="/confirm/resend"] button`)
	s.p.mustSay("We have sent a new link", "Open the newest email from us.")
	poll(t, "the mail with the new link", func() bool { return len(s.mails()) > before })
	third := s.link(s.mail(stillFor), "confirm")
	if s.p.open(second); s.p.count("input[type=radio]") != 0 {
		t.Error("a replaced link still asks for an answer")
	}

	// On day 3 the newest of all still confirms.
	s.later(day)
	fourth := s.link(s.mail(stillFor), "confirm")
	s.mustExplain(third)
	s.p.open(fourth)
	s.answer("answer-yes")
	s.prove()
	s.p.mustSay(s.say.confirmed)
	s.await(client.ExecutedState)

	// Afterwards every link says what was answered.
	for _, old := range []string{first, fourth} {
		if status := s.p.open(old); status != http.StatusOK {
			t.Errorf("an answered link: status %d", status)
		}
		s.p.mustSay("You have answered already", "You confirmed on")
	}
}

// mustExplain opens a link that a newer one has replaced.
func (s *story) mustExplain(link string) {
	s.t.Helper()
	if status := s.p.open(link); status != http.StatusGone {
		s.t.Errorf("a replaced link: status %d", status)
	}
	s.p.mustSay("There is a newer email", "A newer email replaced this link. Open the newest one.")
	if s.p.count("input[type=radio]") != 0 {
		s.t.Error("a replaced link still asks for an answer")
	}
}

// testWindowOver: silence expires; the link says when and that nothing changed
// (EM-14, DESIGN rule 4).
func testWindowOver(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpPasskey()
	s.approve()
	s.skip()
	s.later(3*day + time.Minute)
	s.mustBe(client.Expired)
	s.mail("Not confirmed: you stay on the account ending " + oldAccount)
	s.p.open(s.link(s.mail(stillFor), "confirm"))
	s.p.mustSay("The time to confirm is over", "Nothing changed.", "Start again")
	s.mustNotClaim()
}

// testBrokenLink: a link cut in half by a mail program says so.
func testBrokenLink(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	link := s.link(s.mail(s.say.requested), "cancel")
	if status := s.p.open(link[:len(link)-8]); status != http.StatusNotFound {
		t.Errorf("half a link: status %d", status)
	}
	s.p.mustSay("This link is not complete", "Copy the whole address")
}

// testTooEarly: before the wait is over there is nothing to confirm with, and
// an old approval page cannot confirm either (EM-08).
func testTooEarly(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpPasskey()
	s.approve()
	s.p.mustSay("You can confirm from")
	if s.p.count(`a[href^="/confirm"], form[action^="/confirm"]`) != 0 {
		t.Error("the status of a waiting change leads to a confirmation")
	}
	if s.p.open(s.demo.BaseURL + "/confirm"); s.p.count("input[type=radio]") != 0 {
		t.Error("there is an answer to give without a link")
	}
}
