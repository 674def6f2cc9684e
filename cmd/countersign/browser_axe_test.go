package main

import (
	"os"
	"testing"

	"countersign/approvals/approvalstest"
)

// axe is the accessibility checker. It comes in through the DevTools protocol,
// so that the pages' policy stays what it is.
type axe struct{ source string }

func newAxe(t testing.TB) axe {
	t.Helper()
	source, err := os.ReadFile(approvalstest.Axe(t))
	if err != nil {
		t.Fatal(err)
	}
	return axe{string(source)}
}

// violations of the rules of UX §8.1 on the tab's page.
func (a axe) violations(p *tab) []string {
	p.t.Helper()
	p.do(a.source)
	return eval[[]string](p, `axe.run(document, {
	runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
	resultTypes: ["violations"],
}).then((found) => found.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.target.join(" ") + ": " + n.failureSummary.replace(/\s+/g, " "))))`)
}
