package main

import (
	"net/http"
	"strings"
	"testing"
)

// testReference: the reference of the API passes the checks that sellers' pages
// do, in light and in dark.
func testReference(t *testing.T, c *chromium) {
	d := demoForTest(t)
	for name, look := range map[string]scheme{"light": light, "dark": dark} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := c.tab(t)
			p.prefers(look)
			if status := p.open(d.BaseURL + "/dev/api"); status != http.StatusOK {
				t.Fatalf("status %d", status)
			}
			for _, one := range checks(t) {
				if one.name == "elements" || one.name == "keyboard" { // a long page of text and links, on purpose
					continue
				}
				for _, problem := range one.problems(p) {
					if !strings.Contains(problem, `cut off: <pre tabindex="0" role="region" aria-label=`) { // scrolls, by keyboard too
						t.Errorf("%s: %s", one.name, problem)
					}
				}
			}
		})
	}
}
