package templates

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPagesLiveUnderThePolicy: no inline script or style, no handler, nothing
// from elsewhere (RELIABILITY §11, STANDARDS PS-11, WA-14).
func TestPagesLiveUnderThePolicy(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, _ Sample, _ Locale, page string, root *element) {
		for _, e := range root.all(func(*element) bool { return true }) {
			for name := range e.attr {
				if name == "style" || strings.HasPrefix(name, "on") {
					t.Errorf("<%s> has the attribute %s", e.name, name)
				}
			}
			if e.name == "style" || e.name == "iframe" || e.name == "img" || e.name == "base" || e.name == "object" {
				t.Errorf("the page has a <%s>", e.name)
			}
			if e.name == "script" && e.attr["type"] != "application/json" && (e.text != "" || !strings.HasPrefix(e.attr["src"], StaticPrefix)) {
				t.Errorf("a script that is neither ours nor data: %v", e.attr)
			}
			if e.name == "link" && e.attr["rel"] == "stylesheet" && !strings.HasPrefix(e.attr["href"], StaticPrefix) {
				t.Errorf("a style sheet from elsewhere: %s", e.attr["href"])
			}
			if strings.EqualFold(e.attr["http-equiv"], "refresh") {
				t.Error("the page reloads by itself (WCAG F41)")
			}
		}
		if strings.Contains(page, "ZgotmplZ") {
			t.Error("html/template refused an address")
		}
		if strings.Contains(page, "<no value>") || strings.Contains(page, "0001") {
			t.Error("the page prints a value that was not filled")
		}
	})
}

// TestFormsAreSafe: every form that posts carries the page token, nothing is
// chosen beforehand (threat B8, STANDARDS EM-10), and no form gets by GET but
// the search for a reference.
func TestFormsAreSafe(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, s Sample, _ Locale, _ string, root *element) {
		for _, form := range root.all(named("form")) {
			if form.attr["method"] != "post" {
				byGET := s.Name == "problem-link" || strings.HasPrefix(s.Name, "history-") || strings.HasPrefix(s.Name, "check")
				if !byGET {
					t.Errorf("a form with method %q", form.attr["method"])
				}
				continue
			}
			if form.attr["action"] == "" {
				t.Error("a form without an address")
			}
			tokens := form.all(func(e *element) bool { return e.attr["name"] == "csrf" })
			if len(tokens) != 1 || tokens[0].attr["value"] != sampleFrame().CSRF || tokens[0].attr["type"] != "hidden" {
				t.Errorf("the form to %s has no page token", form.attr["action"])
			}
		}
		for _, input := range root.all(named("input", "option")) {
			if _, checked := input.attr["checked"]; checked {
				t.Errorf("%s is chosen beforehand", input.attr["value"])
			}
			if _, long := input.attr["maxlength"]; long && input.attr["name"] == "totp" {
				t.Error("maxlength cuts a pasted code")
			}
		}
	})
}

// TestRefusingComesFirst: wherever a page asks for an approval, the way out
// comes before it in tab order and looks like a button too.
func TestRefusingComesFirst(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, s Sample, l Locale, _ string, root *element) {
		if !strings.HasPrefix(s.Name, "review-") && !strings.HasPrefix(s.Name, "code-") {
			return
		}
		answers := root.all(func(e *element) bool { return e.class("answers") })
		if len(answers) != 1 {
			t.Fatalf("%d groups of answers", len(answers))
		}
		first := answers[0].children[0]
		want := map[Locale]string{EN: "I did not ask for this", IT: "Non l'ho chiesto io"}[l]
		if first.words() != want || !first.class("button") {
			t.Errorf("the first answer is %q", first.words())
		}
	})
}

// TestTabOrder is the golden list of UX §8 for S1.
func TestTabOrder(t *testing.T) {
	t.Parallel()
	root := parseHTML(t, renderPage(t, sharedRenderer(t), EN, SampleReviews()[0].Page))
	var stops []string
	for _, e := range root.all(named("a", "button", "input", "summary")) {
		_, hidden := e.attr["hidden"]
		if e.attr["type"] != "hidden" && !hidden && !(e.inside("details") && e.name != "summary") {
			stops = append(stops, e.words())
		}
	}
	want := []string{
		"Skip to the content", "Italiano", "Help", "I did not ask for this", "Approve with passkey",
		"Another way", "Show everything that will be signed", "Show the full number of the new account",
	}
	if !slices.Equal(stops, want) {
		t.Errorf("tab order\n got %q\nwant %q", stops, want)
	}
}

// TestPagesAreNavigable: one h1, landmarks, a title that begins with the error
// if there is one, labels, and ids that are unique and exist where named.
func TestPagesAreNavigable(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, s Sample, l Locale, _ string, root *element) {
		if n := len(root.all(named("h1"))); n != 1 {
			t.Errorf("%d h1", n)
		}
		for _, landmark := range []string{"header", "main", "footer", "nav"} {
			if n := len(root.all(named(landmark))); n != 1 {
				t.Errorf("%d <%s>", n, landmark)
			}
		}
		if html := root.all(named("html"))[0]; html.attr["lang"] != string(l) {
			t.Errorf("lang is %q", html.attr["lang"])
		}
		checkTitle(t, root, l, len(s.Page.faults()) > 0)
		checkIDs(t, root)
	})
}

func checkTitle(t *testing.T, root *element, l Locale, faulty bool) {
	t.Helper()
	title := root.all(named("title"))[0].words()
	if !strings.HasSuffix(title, " - Bottega Demo") {
		t.Errorf("title %q does not end in the marketplace", title)
	}
	prefix := map[Locale]string{EN: "Error: ", IT: "Errore: "}[l]
	if strings.HasPrefix(title, prefix) != faulty {
		t.Errorf("title %q, errors: %v", title, faulty)
	}
	summaries := root.all(func(e *element) bool { return e.attr["id"] == "summary" })
	if (len(summaries) == 1) != faulty {
		t.Fatalf("%d error summaries, errors: %v", len(summaries), faulty)
	}
	for _, summary := range summaries {
		for _, link := range summary.all(named("a")) {
			said := root.all(func(e *element) bool { return e.class("error") && e.words() == link.words() })
			if len(said) == 0 {
				t.Errorf("%q is in the summary but not at its field", link.words())
			}
		}
	}
}

func checkIDs(t *testing.T, root *element) {
	t.Helper()
	ids := map[string]*element{}
	for _, e := range root.all(func(e *element) bool { return e.attr["id"] != "" }) {
		if ids[e.attr["id"]] != nil {
			t.Errorf("id %s is there twice", e.attr["id"])
		}
		ids[e.attr["id"]] = e
	}
	labelled := map[string]bool{}
	for _, e := range root.all(func(*element) bool { return true }) {
		refs := strings.Fields(e.attr["aria-describedby"] + " " + e.attr["aria-labelledby"] + " " + e.attr["for"] + " " + e.attr["data-copy"])
		if href := e.attr["href"]; strings.HasPrefix(href, "#") {
			refs = append(refs, href[1:])
		}
		for _, id := range refs {
			if ids[id] == nil {
				t.Errorf("<%s> names the id %s, which is not there", e.name, id)
			}
		}
		if e.name == "label" {
			labelled[e.attr["for"]] = true
		}
	}
	for _, e := range root.all(named("input", "progress", "select", "textarea")) {
		if e.attr["type"] != "hidden" && !labelled[e.attr["id"]] {
			t.Errorf("the field %s has no label", e.attr["name"])
		}
	}
}

var fullDate = regexp.MustCompile(`\d{2}:\d{2}`)

// TestTimesAreMachineReadable: <time> holds the instant in UTC.
func TestTimesAreMachineReadable(t *testing.T) {
	t.Parallel()
	utc := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`)
	eachPage(t, func(t *testing.T, _ Sample, _ Locale, _ string, root *element) {
		for _, e := range root.all(named("time")) {
			if !utc.MatchString(e.attr["datetime"]) {
				t.Errorf("datetime %q", e.attr["datetime"])
			}
			if _, relative := e.attr["data-relative"]; !relative && !fullDate.MatchString(e.text) {
				t.Errorf("no time of day in %q", e.text)
			}
		}
	})
}

// TestAccountsStayMasked: no page shows the number an account was made from,
// but the answer to "Show full number" (threat: an intruder in the session).
func TestAccountsStayMasked(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, s Sample, _ Locale, page string, _ *element) {
		squeezed := strings.ReplaceAll(page, " ", "")
		for _, secret := range []string{"0542811101000000123456", "ABNA0417164300", "12345674"} {
			if strings.Contains(squeezed, secret) && s.Name != "review-full-number" {
				t.Errorf("the page shows %s", secret)
			}
		}
	})
}
