package main

import (
	"fmt"
	"strings"
)

// sideways names what makes a page scroll sideways, if anything does.
const sideways = `(() => {
	const page = document.scrollingElement, width = page.clientWidth;
	if (page.scrollWidth <= width) return [];
	const wide = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > width + 0.5);
	return ["scrolls sideways (" + page.scrollWidth + " > " + width + "): " + wide.slice(-3).map((e) => e.outerHTML.slice(0, 80)).join(" | ")];
})()`

// cut names texts that do not fit into what they stand in. A text field may
// hold more than it shows, and so may a region that scrolls by keyboard too.
const cut = `[...document.body.querySelectorAll("*")].filter((e) => {
	const style = getComputedStyle(e);
	if (e.matches(".vh, .skip, .vh *") || style.display === "inline" || e.closest("svg, input, [hidden]") || e.matches("[role=region][tabindex='0']")) return false;
	const box = e.matches("button, .button, summary, label") || style.overflowX !== "visible" || style.overflowY !== "visible";
	return box && e.clientWidth > 0 && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1);
}).map((e) => "cut off: " + e.outerHTML.slice(0, 100))`

// small names what is too small to press: 24 pixels each way for everything
// but links in a line of text, 44 high for buttons (UX §8.1).
const small = `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button]")].filter((e) => {
	const shown = e.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true}) && !e.matches(".skip");
	return shown && !(e.matches("a") && getComputedStyle(e).display === "inline" && e.parentElement.innerText.trim() !== e.innerText.trim());
}).flatMap((e) => {
	const r = e.getBoundingClientRect(), least = e.matches(".button, button:not(.plain), input[type=text], summary") ? 44 : 24;
	return r.width < 24 || r.height < least ? ["too small: " + Math.round(r.width) + "x" + Math.round(r.height) + " " + e.outerHTML.slice(0, 100)] : [];
})`

// viewport is one size and text size a page must fit.
type viewport struct {
	width, height int64
	text          int // per cent
	ask           []string
}

// The window pages are read in unless a test says otherwise.
const wide, high = 1280, 900

// viewports are those of UX §8.1: a phone, a desktop window at 200 % zoom, and
// both ends with text alone at 200 %. The first is also the last thing set.
var viewports = []viewport{
	{640, 512, 100, []string{sideways, cut}},
	{320, 640, 100, []string{sideways, cut, small}},
	{320, 640, 200, []string{sideways, cut}},
	{wide, high, 200, []string{sideways, cut}},
	{wide, high, 100, []string{sideways, cut, small}},
}

// misfits tries every viewport with everything unfolded (WCAG 1.4.4, 1.4.10,
// 2.5.8).
func misfits(p *tab) []string {
	p.t.Helper()
	p.do(`document.querySelectorAll("details").forEach((d) => { d.open = true; })`)
	var found []string
	for _, v := range viewports {
		p.size(v.width, v.height)
		problems := eval[[]string](p, fmt.Sprintf(`(document.documentElement.style.fontSize = "%d%%", [%s].flat())`, v.text, strings.Join(v.ask, ",\n")))
		for _, problem := range problems {
			found = append(found, fmt.Sprintf("%dx%d, text %d %%: %s", v.width, v.height, v.text, problem))
		}
	}
	return found
}
