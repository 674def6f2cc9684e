package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"

	"countersign/templates"
)

// modes are ways of reading a page that drop colours or parts of it.
var modes = []struct{ name, media, feature, value string }{
	{"forced colours", "", "forced-colors", "active"},
	{"print", "print", "", ""},
}

// kept are the parts that must stay: the reference, and every moment with its
// zone.
const kept = `[...document.querySelectorAll("main time, main dl > div")].filter((e) => e.checkVisibility())
	.map((e) => e.innerText.trim()).filter((s) => /UTC|[A-Z]{2}-[0-9A-Z]{4}-[0-9A-Z]{4}/.test(s))`

// edgeless are the things whose edge is only a colour, which forced colours
// take away.
const edgeless = `[...document.querySelectorAll(".button, button:not(.plain), .card, .note, .tag, input:not([type=hidden])")].filter((e) => {
	const s = getComputedStyle(e);
	return e.checkVisibility() && !["radio", "checkbox"].includes(e.type) && ["Top", "Right", "Bottom", "Left"].some((side) => parseFloat(s["border" + side + "Width"]) < 1);
}).map((e) => "no edge around " + e.outerHTML.slice(0, 80))`

// modeProblems: forced colours and paper lose nothing that matters. The
// reference, times and zones are there, and everything has an edge.
func modeProblems(p *tab) []string {
	p.t.Helper()
	asked := p.asked
	before := eval[[]string](p, kept)
	var found []string
	for _, m := range modes {
		p.media(m.media, m.feature, m.value)
		after := eval[[]string](p, kept)
		for _, text := range before {
			if !slices.ContainsFunc(after, func(s string) bool { return strings.HasPrefix(s, text) }) {
				found = append(found, fmt.Sprintf("%s: %q is gone", m.name, text))
			}
		}
		if m.feature == "forced-colors" {
			found = append(found, eval[[]string](p, edgeless)...)
		}
	}
	p.prefers(asked)
	return found
}

// testPaper: S1 and S5 print, on at most two sheets.
func testPaper(t *testing.T, c *chromium) {
	g := newGallery(t)
	p := c.tab(t)
	for _, name := range []string{"review-open", "status-cooling-off"} {
		p.open(g.address(name, templates.EN))
		pdf := call(p, page.PrintToPDF, page.PrintToPDFParams{}).Data
		if sheets := strings.Count(string(pdf), "/Type /Page\n"); sheets < 1 || sheets > 2 {
			t.Errorf("%s prints on %d sheets", name, sheets)
		}
	}
}

// dead are controls that do nothing without a script: a button that submits no
// form, a form without an address, a field nothing sends.
const dead = `[...document.querySelectorAll("button, input:not([type=hidden]), a")].filter((e) => {
	if (!e.checkVisibility({visibilityProperty: true})) return false;
	if (e.matches("a")) return !e.getAttribute("href");
	if (e.matches("button") && e.type !== "submit") return true;
	return !e.form || !e.form.getAttribute("action");
}).map((e) => e.outerHTML.slice(0, 100))`

// testNoScripts: without JavaScript no control is dead, and a page whose point
// is the passkey says what to do instead.
func testNoScripts(t *testing.T, c *chromium) {
	g := newGallery(t)
	p := c.tab(t)
	p.scripts(false)
	for _, sample := range g.samples {
		if status := p.open(g.address(sample.Name, templates.EN)); status != http.StatusOK {
			t.Fatalf("%s: status %d", sample.Name, status)
		}
		for _, e := range eval[[]string](p, dead) {
			t.Errorf("%s: does nothing without JavaScript: %s", sample.Name, e)
		}
		if p.count("#passkey") == 0 {
			continue
		}
		if eval[bool](p, `document.querySelector("#prove").checkVisibility()`) {
			t.Errorf("%s: the passkey button stands there without JavaScript", sample.Name)
		}
		if !strings.Contains(p.text("main"), "needs JavaScript") {
			t.Errorf("%s: nothing says that a passkey needs JavaScript", sample.Name)
		}
	}
}
