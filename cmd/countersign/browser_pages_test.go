package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"countersign/templates"
)

// check is one question asked of every page in every state.
type check struct {
	name string
	// problems looks at the page in the tab and leaves the tab as it was.
	problems func(p *tab) []string
	// mistake is the body of a page that the check must object to.
	mistake string
}

// checks are the gates of UX §8.1 that one look at a page can answer. They run
// in this order, on one visit.
func checks(t testing.TB) []check {
	return []check{
		{"lines", lineProblems, `<h1>a</h1><h1>b</h1>`},
		{"words", wordProblems, `<p data-during="Follow%2520your%2520device">a</p>`},
		{"errors", errorProblems, `<h1>a</h1><div id="summary"><a href="#nowhere">a</a></div>`},
		{"elements", tooManyElements, strings.Repeat("<i>", maxElements)},
		{"axe-core", newAxe(t).violations, `<p style="color:%23ccc;background:%23fff">pale<img src="data:,">`},
		{"keyboard", keyboardProblems, `<style>:focus{outline:none}</style><a href="x">b</a><a href="x" tabindex="1">a</a>`},
		{"forced colours and print", modeProblems,
			`<style>@media print{time{display:none}}</style><main><time>14:05 (UTC+1)</time><button style="border:0">a</button></main>`},
		{"fit", misfits, `<p style="width:1400px">a</p>`},
	}
}

// testPages: every page in every state, of sellers and of the desk, in light in
// English and in dark in Italian, passes every check. The desk speaks English alone.
func testPages(t *testing.T, c *chromium) {
	g := newGallery(t)
	for _, look := range []struct {
		name   string
		scheme scheme
		locale templates.Locale
	}{
		{"light, in English", light, templates.EN},
		{"dark, in Italian", dark, templates.IT},
	} {
		t.Run(look.name, func(t *testing.T) {
			t.Parallel()
			p := c.tab(t)
			p.prefers(look.scheme)
			found := map[string][]string{}
			all := checks(t)
			for _, name := range g.names() {
				if status := p.open(g.address(name, look.locale)); status != http.StatusOK {
					t.Fatalf("%s: status %d", name, status)
				}
				for _, one := range all {
					for _, problem := range one.problems(p) {
						found[one.name] = append(found[one.name], name+": "+problem)
					}
				}
			}
			for _, one := range all {
				t.Run(one.name, func(t *testing.T) {
					for _, problem := range found[one.name] {
						t.Error(problem)
					}
				})
			}
		})
	}
}

// testDevPages: the pages that developers read without signing in pass the same
// checks, but for the number of elements: they are long.
func testDevPages(t *testing.T, c *chromium) {
	g := newGallery(t)
	p := c.tab(t)
	for _, look := range []scheme{light, dark} {
		p.prefers(look)
		for _, path := range []string{"/dev/guide"} {
			if status := p.open(g.url + path); status != http.StatusOK {
				t.Fatalf("%s: status %d", path, status)
			}
			for _, one := range checks(t) {
				if one.name == "elements" {
					continue
				}
				for _, problem := range one.problems(p) {
					t.Errorf("%s, %s, %s: %s", path, look, one.name, problem)
				}
			}
		}
	}
}

// testChecksCanFail: each check finds the mistake it is there for.
func testChecksCanFail(t *testing.T, c *chromium) {
	p := c.tab(t)
	p.prefers(light)
	for _, one := range checks(t) {
		p.open("data:text/html,<!doctype html><title>Page - Market</title>" + one.mistake)
		if found := one.problems(p); len(found) == 0 {
			t.Errorf("%s has nothing against %s", one.name, one.mistake)
		}
	}
}

// lineProblems: one first heading, a language, and a title that says what the
// page is and whose it is (UX §3).
func lineProblems(p *tab) []string {
	return eval[[]string](p, `(() => {
	const bad = [];
	if (document.querySelectorAll("h1").length !== 1) bad.push("has " + document.querySelectorAll("h1").length + " first headings");
	if (!["en", "it"].includes(document.documentElement.lang)) bad.push("is in no language: " + document.documentElement.lang);
	if (!/^\S.* - \S/.test(document.title)) bad.push("is called " + document.title);
	return bad;
})()`)
}

// wordProblems: html/template takes an attribute for an address when its name
// sounds like one, and spoils the words in it; what it thinks unsafe it replaces.
func wordProblems(p *tab) []string {
	return eval[[]string](p, `[...document.querySelectorAll("*")].flatMap((e) => [...e.attributes])
	.filter((a) => a.value.includes("ZgotmplZ") || a.name.startsWith("data-") && /%[0-9a-f]{2}/i.test(a.value))
	.map((a) => a.name + " reads " + a.value)`)
}

// errorProblems: where an answer had a fault, the title says so, the summary
// has the focus, and its link leads to the field (UX §8.1, WCAG 3.3.1).
func errorProblems(p *tab) []string {
	return eval[[]string](p, `(() => {
	const summary = document.getElementById("summary"), bad = [];
	if (!!summary !== /^(Error|Errore):/.test(document.title)) bad.push("title and summary disagree: " + document.title);
	if (!summary) return bad;
	if (document.activeElement !== summary) bad.push("the summary does not have the focus");
	for (const link of summary.querySelectorAll("a")) {
		const field = document.getElementById(link.hash.slice(1));
		if (!field) { bad.push("the summary leads nowhere: " + link.hash); continue; }
		field.focus();
		if (document.activeElement !== field) bad.push("no focus can be moved to " + link.hash);
		if (field.matches("input[type=text]") && !document.getElementById(field.id + "-error")) bad.push("no words beside " + link.hash);
	}
	summary.focus();
	return bad;
})()`)
}

// maxElements is what one page of a seller may have, deskElements what one of the
// desk or of a developer may, who has every signal on one page (UX §8.1).
const (
	maxElements  = 300
	deskElements = 900
)

func tooManyElements(p *tab) []string {
	most := maxElements
	if eval[bool](p, `document.body.matches(".desk, .dev")`) {
		most = deskElements
	}
	if n := eval[int](p, `document.querySelectorAll("*").length`); n > most {
		return []string{fmt.Sprintf("%d elements, at most %d", n, most)}
	}
	return nil
}

// testReviewKeyboard: S1 by Tab alone, in the order of UX §8.1: the answer
// "I did not ask for this" comes before the one that goes on.
func testReviewKeyboard(t *testing.T, c *chromium) {
	g := newGallery(t)
	p := c.tab(t)
	p.open(g.address("review-open", templates.EN))
	var names []string
	for _, s := range p.walk() {
		names = append(names, s.Name)
	}
	want := []string{
		"Skip to the content", "Italiano", "Help",
		"I did not ask for this", "Approve with passkey", "Another way",
		"Show everything that will be signed", "Show the full number of the new account",
	}
	if !slices.Equal(names, want) {
		t.Errorf("Tab stops:\n%q\nwant\n%q", names, want)
	}
}
