package main

import (
	"regexp"
	"strings"
	"testing"

	"countersign/client"
	"countersign/cmd/countersign/demo"
)

// testHappyPath: from the marketplace's form to the new account in its books,
// with each method and in each language (UX §3, DESIGN §4).
func testHappyPath(t *testing.T, c *chromium) {
	for _, say := range languages {
		t.Run("passkey, "+string(say.locale), func(t *testing.T) {
			t.Parallel()
			s := tell(t, c, say)
			s.ask()
			s.setUpPasskey()
			s.happyFrom("passkey")
		})
		t.Run("code, "+string(say.locale), func(t *testing.T) {
			t.Parallel()
			s := tell(t, c, say)
			s.ask()
			s.setUpApp()
			s.happyFrom("totp")
		})
	}
}

// testHappyWithoutScripts: everything but the passkey works without JavaScript
// (UX §2, 15). A browser without it has no key of its own either, so that a code is
// all there is, and two people look (THREATS finding 2).
func testHappyWithoutScripts(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.p.scripts(false)
	s.ask()
	s.setUpApp()
	s.prove()
	s.mustBe(client.Held)
	s.p.mustSay("Your change is on hold", "We keep paying your account ending "+oldAccount)
	if a := s.action(); a.Hold == nil || a.Hold.Code != "review" {
		t.Errorf("held: %+v", a.Hold)
	}
}

// happyFrom goes on from a review that can be approved.
func (s *story) happyFrom(method string) {
	s.t.Helper()
	s.mustReadMail(s.mail(s.say.requested))
	s.approve()
	s.mustReadMail(s.mail(s.say.notice))
	s.skip()
	s.mustReadMail(s.mail(s.say.confirm))
	s.confirm()
	s.await(client.ExecutedState)
	s.mustReadMail(s.mail(s.say.executed))

	s.p.open(s.demo.BaseURL + "/actions/" + s.action().Reference + "/status")
	s.p.mustSay(s.say.inUse)
	s.p.open(s.demo.MarketplaceURL + "/bank")
	if account := s.p.text("#account"); !strings.Contains(account, "IT25") || !strings.Contains(account, newAccount) {
		s.t.Errorf("the marketplace pays into %q", account)
	}
	a := s.action()
	if len(a.Proofs) != 2 || a.Proofs[0].Method != method || a.Proofs[1].Method != method {
		s.t.Errorf("the proofs are %+v, want two by %s", a.Proofs, method)
	}
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// mustReadMail holds a mail against what every mail must be (UX §6.1, STANDARDS
// EM-07): the facts of the page, links to one place, no code, no picture.
func (s *story) mustReadMail(m demo.Message) {
	s.t.Helper()
	for _, fact := range []string{"Giulia Ferri", "IT60 **** " + oldAccount, "IT25 **** " + newAccount, s.action().Reference} {
		if !strings.Contains(m.Text, fact) {
			s.t.Errorf("the mail %q does not say %q:\n%s", m.Subject, fact, m.Text)
		}
	}
	if code := sixDigits.FindString(m.Text); code != "" {
		s.t.Errorf("the mail %q has a code in it: %s", m.Subject, code)
	}
	for _, l := range m.Links {
		if !strings.HasPrefix(l, s.demo.BaseURL+"/confirm/") && !strings.HasPrefix(l, s.demo.BaseURL+"/cancel/") {
			s.t.Errorf("the mail %q leads to %s", m.Subject, l)
		}
		if !strings.Contains(m.HTML, `href="`+l+`"`) {
			s.t.Errorf("the mail %q has other links in its HTML: %s is missing", m.Subject, l)
		}
	}
	if strings.Contains(m.HTML, "<img") {
		s.t.Errorf("the mail %q has a picture", m.Subject)
	}
}
