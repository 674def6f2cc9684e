package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// screensDir names the variable that says where pictures of the pages go; no
// variable, no pictures.
const screensDir = "COUNTERSIGN_SCREENSHOTS"

// camera takes pictures of a story as it goes.
type camera struct {
	s   *story
	dir string
}

// testScreens takes pictures of the story's pages, for people to look at: wide
// and narrow, light and dark, in both languages. Nothing is compared.
func testScreens(t *testing.T, c *chromium) {
	dir := os.Getenv(screensDir)
	if dir == "" {
		t.Logf("no pictures: %s is not set", screensDir)
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, say := range languages {
		t.Run(string(say.locale), func(t *testing.T) {
			t.Parallel()
			s := tell(t, c, say)
			k := camera{s, dir}
			s.p.open(s.demo.MarketplaceURL + "/?lang=" + string(say.locale))
			k.take("marketplace-home")
			s.ask()
			k.take("s1-review-first")
			s.p.click(`a#prove`)
			k.take("s4-choose")
			s.p.open(s.demo.BaseURL + "/actions/" + s.action().Reference)
			s.setUpPasskey()
			k.take("s1-review")
			s.approve()
			k.take("s5-status")
			s.p.open(s.demo.MarketplaceURL + "/bank")
			k.take("marketplace-waiting")
			s.skip()
			s.p.open(s.demo.MailboxURL)
			k.take("mailbox")
			s.p.click("#messages a")
			k.take("mail-confirm")
			s.p.click(`#text a[href*="/confirm/"]`)
			k.take("s6-answer")
			s.answer("answer-yes")
			k.take("s6-review")
			s.p.open(s.demo.MarketplaceURL + "/thief")
			k.take("marketplace-thief")
		})
	}
}

// take pictures of the tab's page in every size and scheme.
func (k camera) take(name string) {
	k.s.t.Helper()
	p := k.s.p
	for _, width := range []int64{wide, 320} {
		for _, look := range []scheme{light, dark} {
			p.size(width, high)
			p.prefers(look)
			file := fmt.Sprintf("%s.%s.%d.%s.png", name, k.s.say.locale, width, look)
			picture := run(p, "take a picture", chromedp.FullScreenshot(100))
			if err := os.WriteFile(filepath.Join(k.dir, file), picture, 0o644); err != nil {
				k.s.t.Fatal(err)
			}
		}
	}
	p.size(wide, high)
	p.prefers(light)
}
