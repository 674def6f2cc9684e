package seller_test

import (
	"net/http"
	"net/url"
	"testing"

	"golang.org/x/net/html"

	"countersign/approvals"
)

// TestEM01_EM02_ARobotInTheMailbox does to every link what mail scanners do:
// fetch it over and over, ask for its head, post to it, and press the first
// button of every page it leads to. Nothing moves, and the person who comes
// after finds everything as it was.
func TestEM01_EM02_ARobotInTheMailbox(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	device := g.phone(a)
	g.robot("/h/"+g.token(approvals.HandoffLink, a), a)
	g.robot("/cancel/"+g.token(approvals.StopLink, a), a)
	b := g.browser()
	b.handoff(a)
	b.stepUpByPasskey(a, device).want(http.StatusOK)
	g.robot("/cancel/"+g.token(approvals.StopLink, a), a)

	a = g.drive(g.state(a, approvals.Notifying), approvals.AwaitingConfirmation)
	g.Clock.Advance(g.config.Dwell)
	g.robot("/confirm/"+g.token(approvals.ConfirmLink, a), a)
	g.robot("/cancel/"+g.token(approvals.StopLink, a), a)
	g.browser().confirmByPasskey(a, device).want(http.StatusOK)
	a = g.state(a, approvals.Approved)
	g.robot("/cancel/"+g.token(approvals.StopLink, a), a)
}

// robot plays with one link; the action must not change.
func (g *gateway) robot(link string, a approvals.Action) {
	g.t.Helper()
	before := g.snapshot()
	for range 50 {
		g.browser().get(link).want(http.StatusOK)
		g.browser().send(http.MethodHead, link, nil)
	}
	for _, body := range []url.Values{{}, values("answer", "yes"), values("answer", "not_me"), values("csrf", "")} {
		if got := g.browser().send(http.MethodPost, link, body); got.StatusCode != http.StatusMethodNotAllowed {
			g.t.Errorf("POST to the link itself: %d", got.StatusCode)
		}
	}
	b := g.browser()
	g.press(b, b.get(link), map[string]bool{})
	if after := g.snapshot(); after != before {
		g.t.Fatalf("a robot moved something through a link:\n%s\nwas\n%s", after, before)
	}
	if now := g.reload(a); now.State != a.State && a.State != approvals.AwaitingStepUp {
		g.t.Fatalf("state %s, was %s", now.State, a.State)
	}
}

// press sends the first form of a page as a robot finds it, hidden fields and
// all, and goes on from there; then it follows every link of ours.
func (g *gateway) press(b *browser, page *answer, seen map[string]bool) {
	if seen[page.path] || len(seen) > 40 {
		return
	}
	seen[page.path] = true
	if action, fields := page.firstForm(); action != "" && !seen["POST "+action] {
		seen["POST "+action] = true
		g.press(b, b.post(action, fields), seen)
	}
	hrefs, _ := page.links()
	for _, to := range hrefs {
		if len(to) > 1 && to[0] == '/' && to[1] != '/' {
			g.press(b, b.get(to), seen)
		}
	}
}

// firstForm is where the page's first form goes and what it sends untouched.
func (a *answer) firstForm() (action string, fields url.Values) {
	fields = url.Values{}
	a.each(func(n *html.Node) {
		if n.Data == "form" && action == "" && attr(n, "method") == "post" {
			action = attr(n, "action")
			for d := range n.Descendants() {
				if d.Data == "input" && (attr(d, "type") == "hidden" || attr(d, "checked") != "") {
					fields.Set(attr(d, "name"), attr(d, "value"))
				}
			}
		}
	})
	return action, fields
}
