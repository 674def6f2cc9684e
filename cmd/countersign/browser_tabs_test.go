package main

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"

	"countersign/client"
)

// testBackButton: Back shows the present state with a sentence, never "page has
// expired" (UX §3).
func testBackButton(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpApp()
	s.p.click("#prove")
	s.mustRefuse("wrong", s.wrongCode(), "That code is not right.")
	s.p.enter("#totp", s.nextCode())
	s.p.click(`button.primary`)
	s.p.mustSay(s.say.approve)
	s.await(client.CoolingOff)
	version := s.action().Version
	for range 3 {
		run(s.p, "go back", chromedp.NavigateBack())
		if s.p.count("#totp, #prove") != 0 {
			t.Errorf("going back leads to a question that is answered%s", s.p.where())
		}
		s.p.mustSay("You can confirm from")
	}
	if got := s.action().Version; got != version {
		t.Errorf("going back moved the action from version %d to %d", version, got)
	}
}

// testTwoTabs: what one tab did the other is told; pressing there again does
// no harm.
func testTwoTabs(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpApp()
	s.p.click("#prove")
	other := s.p.beside()
	other.open(s.p.address())
	s.p.enter("#totp", s.nextCode())
	s.p.click(`button.primary`)
	s.p.mustSay(s.say.approve)
	s.await(client.CoolingOff)

	other.enter("#totp", s.nextCode())
	if status := other.click(`button.primary`); status != http.StatusOK {
		t.Errorf("the other tab is answered with status %d%s", status, other.where())
	}
	other.mustSay("You can confirm from")
	if n := len(s.action().Proofs); n != 1 {
		t.Errorf("%d proofs", n)
	}
}

// testSuperseded: a review that was open while a newer change took its place
// says so and leads there.
func testSuperseded(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpPasskey()
	old, first := s.p, s.id
	s.p = old.beside()
	s.p.open(s.demo.MarketplaceURL + "/bank")
	s.p.press("#supersede")
	s.p.click(`form[action="/bank"] button.primary`)
	s.p.mustSay(s.say.review)

	old.click("#prove")
	old.mustSay("Replaced by a newer one")
	a, err := s.api.Action(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	if a.State != client.Cancelled || a.CancelReason != "superseded" || len(a.Proofs) != 0 {
		t.Errorf("the older change is %s (%s) with %d proofs", a.State, a.CancelReason, len(a.Proofs))
	}
	old.click(`.answers a.primary`)
	old.mustSay(s.say.review)
}

// testStaleStop: a question that was open while another tab went on still
// stops the change, on the second press at the latest: stopping is never
// blocked (DESIGN rule 5).
func testStaleStop(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpPasskey()
	other := s.p.beside()
	other.open(s.p.address() + "/cancel")
	s.approve()

	s.p = other
	if s.answer("answer-mind"); s.p.count("input[type=radio]") != 0 {
		s.answer("answer-mind")
	}
	s.mustBe(client.Cancelled)
}
