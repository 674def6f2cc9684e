package main

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"

	"countersign/client"
)

const notUsed = "The passkey was not used. Try again, or use another way."

// proveSays is a script that is true when the line below the passkey's button
// says this.
func proveSays(text string) string {
	return `document.getElementById("prove-status").textContent === ` + quote(text)
}

// testPasskeyDialog: a dialog that is closed, or a finger that is not known, is
// no try: the words are right, the button works again, and after more of them
// than tries are allowed the seller still approves (UX S2).
func testPasskeyDialog(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpPasskey()
	version := s.action().Version

	s.finger.recognises(false)
	for range 6 {
		s.p.do(`document.getElementById("prove-status").textContent = ""`)
		s.p.press("#prove")
		s.p.until("the page to say that the passkey was not used", proveSays(notUsed))
	}
	if !eval[bool](s.p, `document.getElementById("other").open`) {
		t.Error("the other way is not shown after a failure")
	}
	s.mustBe(client.AwaitingStepUp)
	if got := s.action().Version; got != version {
		t.Errorf("closing a dialog moved the action from version %d to %d", version, got)
	}
	s.finger.recognises(true)

	// While the dialog is open the page says what to do; who loads the page
	// again instead begins afresh.
	s.finger.waits(true)
	s.p.press("#prove")
	s.p.until("the page to say what to do", proveSays("Follow your device's instructions."))
	s.finger.waits(false)
	run(s.p, "reload", chromedp.Reload())
	s.approve()
}

// testPasskeyRefused: an answer that does not verify is refused by the gateway,
// counted, and the page can be used again.
func testPasskeyRefused(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpPasskey()
	s.finger.forges(true)
	if status := s.p.click("#prove"); status != http.StatusUnprocessableEntity {
		t.Errorf("a forged signature was answered with status %d", status)
	}
	s.p.mustSay("The passkey was not accepted. Try again, or use another way.")
	s.mustBe(client.AwaitingStepUp)
	s.finger.forges(false)
	s.approve()
}

// testPasskeyGone: a device that has lost the passkey says so and counts
// nothing.
func testPasskeyGone(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpPasskey()
	s.finger.forgets()
	s.p.press("#prove")
	s.p.until("the page to say that the passkey was not used", proveSays(notUsed))
	s.mustBe(client.AwaitingStepUp)
}

// testSetUpRefused: set-up goes the same way.
func testSetUpRefused(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.p.click(`a#prove`)
	s.p.click(`a[href="/enrol/passkey"]`)
	s.finger.recognises(false)
	s.p.press("#prove")
	s.p.until("the page to say that no passkey was made", proveSays("The passkey was not created. Try again, or use another way."))
	s.finger.recognises(true)
	s.p.click("#prove")
	s.p.mustSay("Your passkey is ready")
	s.p.click(`.answers a.primary`)
	s.approve()
}

// testDoubleClick: pressing twice approves once.
func testDoubleClick(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpPasskey()
	s.p.do(`document.querySelector("#prove").addEventListener("click", (e) => { if (e.isTrusted) e.target.click(); })`)
	s.approve()
	if n := len(s.action().Proofs); n != 1 {
		t.Errorf("%d proofs", n)
	}
}

// testPasskeyByKeyboard: Enter approves, Space chooses the answer.
func testPasskeyByKeyboard(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpPasskey()
	s.p.enterOn("#prove")
	s.p.mustSay(s.say.approve)
	s.await(client.CoolingOff)
	s.skip()
	s.p.open(s.link(s.mail(s.say.confirm), "confirm"))
	s.p.tabTo("#answer-yes")
	s.p.key(" ", "Space", 32, " ")
	s.p.enterOn("main form button")
	s.p.mustSay(s.say.again)
	s.p.tabTo("#prove")
	s.p.keyLeads(" ", "Space", 32, " ")
	s.p.mustSay(s.say.confirmed)
	s.await(client.ExecutedState)
}
