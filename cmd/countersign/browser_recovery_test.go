package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/client"
)

// printedCode is a recovery code as it is shown.
var printedCode = regexp.MustCompile(`[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){5}`)

// testRecovery: a seller whose passkey is gone adds a new one with a printed
// code, waits ten days, confirms from the mail with another code, and can then
// approve; the next change of account waits longest (NI-16, NI-17, UX S9).
func testRecovery(t *testing.T, c *chromium) {
	for _, words := range languages {
		t.Run(string(words.locale), func(t *testing.T) {
			t.Parallel()
			s := tellWaiting(t, c, words, day)
			say := s.care()
			codes := s.makeCodes()
			s.own()
			s.p.click(`a[href="/recover"]`)
			s.p.mustSay(say.ways, say.young)
			s.look("s9-recover-early")
			s.later(7*day + time.Minute)
			s.finger.forgets()

			s.own()
			s.p.click(`a[href="/recover"]`)
			s.p.mustSay(say.ways, say.told)
			s.look("s9-recover")
			s.p.click(`form[action="/recover"] button`)
			name := eval[string](s.p, `document.getElementById("name").value`)
			if !strings.HasSuffix(name, " 2") {
				t.Errorf("the new passkey is called %q, as the lost one", name)
			}
			s.p.click("#prove")
			s.goOn()
			s.p.mustSay(name)
			s.look("s9-code")
			s.spend(codes[0])
			s.look("s9-code-right")
			s.p.click(".answers a.primary")
			s.await(client.CoolingOff)
			s.p.open(s.p.address())
			s.look("s5-status-recovery")
			s.skipTo(10 * day)

			s.follow(s.mailAbout(say.addConfirm), "confirm")
			s.p.mustSay(say.another)
			s.look("s6-answer-recovery")
			s.answer("answer-yes")
			s.look("s6-recovery")
			s.spend(codes[1])
			s.await(client.ExecutedState)
			s.p.click(".answers a.primary")
			s.look("s6-confirmed-recovery")

			s.ask()
			s.approve()
			s.skipTo(7 * day)
		})
	}
}

// makeCodes sets up a passkey, makes ten codes with a fresh proof and ten others,
// with another, in a visit whose proof has approved a change, and cancels that.
func (s *story) makeCodes() []string {
	s.t.Helper()
	s.ask()
	s.setUpPasskey()
	s.own()
	s.p.click(`a[href="/security/codes"]`)
	s.look("s9-codes-unproved")
	s.prove() // one fresh proof, about no action
	if first := printedCode.FindAllString(s.p.text("main"), -1); len(first) != 10 {
		s.t.Fatalf("%d codes after a fresh proof%s", len(first), s.p.where())
	}
	s.p.open(s.demo.BaseURL + "/actions/" + s.action().Reference)
	s.approve()
	s.p.click(`main a[href="/security"]`)
	s.p.mustSay(s.care().busy)
	s.look("s11-busy")
	s.p.click(`a[href="/security/codes"]`)
	s.look("s9-codes")
	s.prove()
	codes := printedCode.FindAllString(s.p.text("main"), -1)
	if len(codes) != 10 {
		s.t.Fatalf("%d codes%s", len(codes), s.p.where())
	}
	s.look("s9-codes-made")
	s.p.open(s.demo.BaseURL + "/actions/" + s.action().Reference + "/status")
	s.mind()
	return codes
}

// spend types a printed code, and sees the one that takes its place.
func (s *story) spend(code string) {
	s.t.Helper()
	s.p.enter("#code", code)
	s.p.click("button.primary")
	s.p.mustSay(s.care().codeRight)
	next := printedCode.FindString(s.p.text("main"))
	if next == "" || next == code {
		s.t.Fatalf("no code in the place of the one used%s", s.p.where())
	}
}
