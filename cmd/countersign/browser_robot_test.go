package main

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"testing"
	"time"

	"countersign/client"
)

// testRobots: programs that open every link of every mail, as often as they
// like, by GET and HEAD, and browsers that press the first button of every page
// they get to, move nothing; the seller's own way still works (UX §8.1, STANDARDS
// EM-01, EM-02, AS-06, DESIGN rule 2).
func testRobots(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.mail(s.say.requested)
	s.mustSurviveRobots(c)
	s.setUpPasskey()
	s.approve()
	s.mail(s.say.notice)
	s.mustSurviveRobots(c)
	s.skip()
	s.mail(s.say.confirm)
	s.mustSurviveRobots(c)
	s.confirm()
	s.await(client.ExecutedState)
	s.mail(s.say.executed)
	s.mustSurviveRobots(c)
	if s.locked() {
		t.Error("a robot locked the seller")
	}
}

// testGreedyRobot: a robot that also fills every form in, first answer first,
// cannot confirm: at worst it cancels (EM-02, EM-10).
func testGreedyRobot(t *testing.T, c *chromium) {
	s := tell(t, c, english())
	s.ask()
	s.setUpPasskey()
	s.approve()
	s.skip()
	r := newRobot(t, c)
	r.press(s.link(s.mail(s.say.confirm), "confirm"), `(() => { document.querySelector("input[type=radio]")?.click(); })()`)
	if a := s.action(); a.State != client.AwaitingConfirmation && a.State != client.Cancelled || len(a.Proofs) != 1 {
		t.Errorf("a robot brought the action to %s, with %d proofs", a.State, len(a.Proofs))
	}
	if s.locked() {
		t.Error("a robot locked the seller")
	}
	s.mustNotClaim()
}

// mustSurviveRobots lets both kinds of robot at every mailed link and compares
// the action before and after.
func (s *story) mustSurviveRobots(c *chromium) {
	s.t.Helper()
	var links []string
	for _, m := range s.mails() {
		for _, l := range m.Links {
			if !slices.Contains(links, l) {
				links = append(links, l)
			}
		}
	}
	before := s.action()
	for _, l := range links {
		fetchOften(s.t, l)
	}
	r := newRobot(s.t, c)
	for _, l := range links {
		r.press(l, "")
	}
	after := s.action()
	if after.State != before.State || after.Version != before.Version || len(after.Timeline) != len(before.Timeline) {
		s.t.Errorf("robots moved the action from %s, version %d, %d events to %s, version %d, %d events: %+v",
			before.State, before.Version, len(before.Timeline), after.State, after.Version, len(after.Timeline), after.Timeline)
	}
}

// fetchOften opens a link as mail scanners do.
func fetchOften(t testing.TB, link string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	scanners := []*http.Client{
		{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		{Timeout: patience, Jar: jar},
	}
	for _, scanner := range scanners {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			for range 20 {
				request, err := http.NewRequestWithContext(t.Context(), method, link, nil)
				if err != nil {
					t.Fatal(err)
				}
				response, err := scanner.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				_ = response.Body.Close()
				if response.StatusCode >= http.StatusInternalServerError || response.StatusCode == http.StatusTooManyRequests {
					t.Fatalf("%s of a mailed link: %s", method, response.Status)
				}
			}
		}
	}
}

// robot is a mail scanner with a browser: it runs scripts and presses things.
type robot struct {
	t testing.TB
	c *chromium
}

func newRobot(t testing.TB, c *chromium) robot { return robot{t, c} }

// press opens a link in a fresh profile and presses the first button of every
// page it comes to, after running a script there, until the pages repeat
// themselves or it has seen enough.
func (r robot) press(link, script string) {
	r.t.Helper()
	p := r.c.tab(r.t)
	p.open(link)
	seen := map[string]int{}
	for range 6 {
		at := p.address() + " " + p.text("h1")
		if seen[at]++; seen[at] > 2 {
			return
		}
		if script != "" {
			p.do(script)
		}
		if !p.pressFirst() {
			return
		}
	}
}

// pressFirst presses the first button of the page's main part, or a link that
// looks like one, and reports whether a page followed. Some lead nowhere, as a
// passkey's without a passkey.
func (p *tab) pressFirst() bool {
	p.t.Helper()
	if p.count("main button, main .button") == 0 {
		return false
	}
	p.do(`window.before = true`)
	p.press("main button, main .button")
	ctx, cancel := context.WithTimeout(p.ctx, 2*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		fresh, err := evalWithin[bool](ctx, `!window.before && document.readyState === "complete"`)
		if err == nil && fresh {
			return true
		}
	}
	return false
}
