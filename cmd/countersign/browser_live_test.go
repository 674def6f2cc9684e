package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"countersign/client"
)

// quick makes the clock and the timers of pages opened from now on run 200
// times as fast, so that what happens after four minutes happens in a second.
const quick = `(() => {
	const start = Date.now(), now = Date.now, every = setInterval;
	Date.now = () => start + (now() - start) * 200;
	window.setInterval = (f, ms) => every(f, ms / 200);
})()`

// quicken is for pages whose script waits for something.
func (p *tab) quicken() {
	p.t.Helper()
	call(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: quick})
}

// testLiveStatus: the status page says that something changed and leaves the
// reload to the reader; asking does not keep the session alive (UX S5).
func testLiveStatus(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpPasskey()
	s.approve()
	s.p.quicken()
	s.p.open(s.p.address())
	s.later(storyWait + time.Second)
	s.mustBe(client.AwaitingConfirmation)
	s.p.until("the page to say that the status changed", `document.getElementById("changed").textContent === "The status changed. Reload."`)
	s.p.mustSay("You can confirm from") // the old words stand until then
	run(s.p, "reload", chromedp.Reload())
	s.p.mustSay("You can confirm until")

	s.later(4*time.Minute + 30*time.Second)
	s.p.until("the page to have asked again", `performance.getEntriesByType("resource").filter((e) => e.name.endsWith("/state")).length > 1`)
	s.later(time.Minute)
	if status := s.p.open(s.p.address()); status == http.StatusOK {
		t.Error("asking for the state kept the session alive")
	}
}

// testFreshOptions: a page that stays open gets a new challenge before the old
// one dies, so that the click itself need not wait; when the session ends
// meanwhile the page says so (UX S2).
func testFreshOptions(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	asked := &requests{}
	s.p = newTab(t, c.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(asked.hear))
	s.finger = s.p.addFingerprint()
	s.ask()
	s.setUpPasskey()
	s.p.quicken()
	s.p.open(s.p.address())
	asked.take()
	var urls []string
	poll(t, "the page to ask for fresh options", func() bool {
		urls = append(urls, asked.take()...)
		return slices.ContainsFunc(urls, func(u string) bool { return strings.HasSuffix(u, "/options") })
	})
	s.later(6 * time.Minute)
	s.p.until("the page to say that the session has ended", proveSays("Your session has ended. Nothing is lost."))
}

// testLateOptions: a passkey used over a challenge that is too old is refused,
// and the next press counts.
func testLateOptions(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpPasskey()
	other := s.p.beside()
	s.later(3 * time.Minute)
	other.open(s.p.address() + "/status") // keeps the session alive, and makes no challenge
	s.later(3 * time.Minute)
	if status := s.p.click("#prove"); status != http.StatusUnprocessableEntity {
		t.Errorf("a late passkey is answered with status %d", status)
	}
	s.p.mustSay("The passkey was not accepted. Try again")
	s.mustBe(client.AwaitingStepUp)
	s.approve()
}

// testStopWithoutScripts: who has a passkey and no JavaScript is told what to
// do, and can still refuse.
func testStopWithoutScripts(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpPasskey()
	s.p.scripts(false)
	s.p.open(s.p.address())
	s.p.mustSay("A passkey needs JavaScript.")
	s.p.click(`.answers a[href$="/cancel"]`)
	s.answer("answer-mind")
	s.p.mustSay("You are still paid into the account ending " + oldAccount)
	s.mustBe(client.Cancelled)
}
