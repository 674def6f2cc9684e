package main

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"

	"countersign/auth/authtest"
	"countersign/client"
)

// testMorePasskeys: a second passkey, on another device, is an action that the
// first one approves and confirms, by keyboard alone (UX S11, DESIGN rule 11).
func testMorePasskeys(t *testing.T, c *chromium) {
	s := tellCalm(t, c, english())
	say := s.care()
	key := s.p.addSecurityKey()
	key.waits(true)

	s.p.open(s.demo.MarketplaceURL + "/bank")
	s.p.enterOn(`form[action="/own/security"] button`)
	s.p.mustSay(say.security, say.usable)
	s.look("s11-security")
	s.p.enterOn(`a[href="/enrol"]`)
	s.look("s4-choose-more")
	s.p.enterOn(`a[href="/enrol/passkey"]`)
	s.look("s4-passkey-more")
	s.p.tabTo("#name")
	s.p.key("a", "KeyA", 65, "")
	call(s.p, input.InsertText, input.InsertTextParams{Text: "Key"})
	s.finger.waits(true)
	key.waits(false)
	s.p.enterOn("#prove")
	s.p.mustSay(say.addReview)
	s.goOn()
	s.look("s1-review-add")

	key.waits(true)
	s.finger.waits(false)
	s.p.enterOn("#prove")
	s.await(client.CoolingOff)
	s.p.open(s.p.address())
	s.p.mustSay(s.say.waiting)
	s.look("s5-status-add")
	s.skipTo(3 * day)
	s.p.open(s.demo.MailboxURL)
	s.p.enterOn(inMailbox(s.mailAbout(say.addConfirm)))
	s.p.enterOn(`#text a[href*="/confirm/"]`)
	s.look("s6-answer-add")
	s.p.tabTo("#answer-yes")
	s.p.key(" ", "Space", 32, " ")
	s.p.enterOn("main form button")
	s.look("s6-review-add")
	s.p.enterOn("#prove")
	s.await(client.ExecutedState)
	s.look("s6-confirmed-add")

	s.own()
	s.p.mustSay(say.security, "Key")
	if n := strings.Count(s.p.text("main"), say.usable); n != 2 {
		t.Errorf("%d of two can approve%s", n, s.p.where())
	}
	// The new one proves like the first.
	s.finger.waits(true)
	key.waits(false)
	s.ask()
	s.approve()
}

// testAppNamedAndRemoved: an app is added by an action, named at once, and
// removed by another action (UX S11).
func testAppNamedAndRemoved(t *testing.T, c *chromium) {
	for _, words := range languages {
		t.Run(string(words.locale), func(t *testing.T) {
			t.Parallel()
			s := tellCalm(t, c, words)
			say := s.care()
			s.own()
			s.p.click(`a[href="/enrol"]`)
			s.look("s4-choose-more")
			s.p.click(`a[href="/enrol/app"]`)
			s.look("s4-app-more")
			app, err := authtest.NewApp(s.p.text("#key"))
			if err != nil {
				t.Fatal(err)
			}
			s.p.enter("#totp", app.Code(s.demo.Gateway.Clock.Now()))
			s.p.click("button.primary")
			s.p.mustSay(say.addReview)
			s.goOn()
			s.prove() // by the passkey
			s.await(client.CoolingOff)
			s.own()
			s.p.mustSay(say.pending)
			s.look("s11-pending")
			s.skipTo(3 * day)
			s.confirmOwn(say.addConfirm)

			s.own()
			s.rename("Tablet")
			s.p.mustSay(say.named, "Tablet")
			s.look("s11-named")
			s.later(31 * day) // before, two people would look at it
			s.own()
			s.p.click(second + ` form[action="/security/remove"] button`)
			s.p.mustSay(say.removeReview, "Tablet")
			s.look("s1-review-remove")
			s.goOn()
			s.prove()
			s.await(client.CoolingOff)
			s.skipTo(day)
			s.confirmOwn(say.removeConfirm)
			s.own()
			if strings.Contains(s.p.text("main"), "Tablet") || s.p.count(`form[action="/security/remove"]`) != 0 {
				t.Errorf("after the removal:%s", s.p.where())
			}
		})
	}
}

// second is the card of what was added second.
const second = `.card:nth-of-type(2)`

// rename gives what was added second another name.
func (s *story) rename(name string) {
	s.t.Helper()
	s.p.press(second + " summary")
	s.p.do(`document.querySelector("` + second + ` input[name=name]").select()`)
	s.p.enter(second+` input[name=name]`, name)
	s.p.click(second + ` form[action="/security/name"] button`)
}
