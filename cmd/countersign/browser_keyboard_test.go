package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/chromedp/chromedp"
)

// stop is one element the Tab key reaches.
type stop struct {
	Name string // its words, or the name of its field
	Path string // where it is in the page
	Ring float64
	Seen bool // in the window, with nothing over it
	// Parts says that the Tab key stops at parts of it: day, month, year.
	Parts bool
}

// pathOf names an element by its place in the page.
const pathOf = `const path = (x) => x.parentElement ? path(x.parentElement) + "/" + [...x.parentElement.children].indexOf(x) : "";`

// focused describes the element that has the focus.
const focused = `(() => {
	` + pathOf + `
	const e = document.activeElement, style = getComputedStyle(e), r = e.getClientRects()[0];
	if (!r || e === document.body) return {Name: "", Path: ""};
	const hit = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
	return {
		Name: (e.innerText || e.labels?.[0]?.innerText || "").trim().split("\n")[0],
		Path: path(e),
		Ring: style.outlineStyle === "none" || style.outlineColor.endsWith(", 0)") ? 0 : parseFloat(style.outlineWidth),
		Parts: e.type === "date",
		Seen: !!hit && (e === hit || e.contains(hit) || hit.contains(e)),
	};
})()`

// reachable are the elements that ask to be reached, in the order of the page,
// and the regions that scroll: of radio buttons with one name the first.
const reachable = `(() => {
	` + pathOf + `
	const names = new Set();
	return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")].filter((e) => {
		if (!e.checkVisibility({visibilityProperty: true})) return false;
		if (e.type !== "radio") return true;
		return !names.has(e.name) && names.add(e.name);
	}).map(path);
})()`

// fromTheTop lets the next Tab begin before the first element.
const fromTheTop = `(() => {
	const first = document.createElement("span");
	first.tabIndex = -1;
	document.body.prepend(first);
	first.focus();
	first.remove();
})()`

// walk presses Tab from the top of the page until the focus leaves it.
func (p *tab) walk() []stop {
	p.t.Helper()
	p.do(fromTheTop)
	var stops []stop
	for range 60 {
		p.key("Tab", "Tab", 9, "")
		at := eval[stop](p, focused)
		if at.Parts && len(stops) > 0 && stops[len(stops)-1].Path == at.Path {
			continue
		}
		if at.Path == "" || slices.ContainsFunc(stops, func(s stop) bool { return s.Path == at.Path }) {
			return stops
		}
		stops = append(stops, at)
	}
	p.t.Fatalf("the Tab key finds no end%s", p.where())
	return nil
}

// keyboardProblems: the Tab key reaches everything there is to press, in the
// order of the page, with a ring of 3 pixels around it and nothing before it
// (WCAG 2.1.1, 2.1.2, 2.4.3, 2.4.7, 2.4.11).
func keyboardProblems(p *tab) []string {
	p.t.Helper()
	want := eval[[]string](p, reachable)
	var got, found []string
	for _, s := range p.walk() {
		got = append(got, s.Path)
		if s.Ring < 3 {
			found = append(found, fmt.Sprintf("%q has a focus ring of %v px", s.Name, s.Ring))
		}
		if !s.Seen {
			found = append(found, fmt.Sprintf("%q is not seen when it has the focus", s.Name))
		}
	}
	if !slices.Equal(got, want) {
		found = append(found, fmt.Sprintf("Tab stops at %v, the page has %v", got, want))
	}
	return found
}

// tabTo presses Tab until an element has the focus.
func (p *tab) tabTo(selector string) {
	p.t.Helper()
	p.do(fromTheTop)
	for range 60 {
		p.key("Tab", "Tab", 9, "")
		if eval[bool](p, `document.activeElement.matches(`+quote(selector)+`)`) {
			return
		}
	}
	p.t.Fatalf("Tab does not reach %s%s", selector, p.where())
}

// keyLeads presses one key and waits for the page that follows.
func (p *tab) keyLeads(name, code string, number int64, text string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	_, err := chromedp.RunResponse(ctx, chromedp.Func(func(context.Context, *chromedp.Target) error {
		p.key(name, code, number, text)
		return nil
	}))
	if err != nil {
		p.t.Fatalf("press %s and wait for a page: %v%s", code, err, p.where())
	}
}

// enterOn goes to an element by Tab, presses Enter and waits for the page that
// follows.
func (p *tab) enterOn(selector string) {
	p.t.Helper()
	p.tabTo(selector)
	p.keyLeads("Enter", "Enter", 13, "\r")
}
