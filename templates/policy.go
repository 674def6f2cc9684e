package templates

import (
	"fmt"
	"strings"

	"countersign/approvals"
	"countersign/approvals/risk"
)

// PolicyView is a policy in sentences, each with the lines of the file it is from.
type PolicyView struct {
	Rules   []PolicyRule
	Counts  []DevFact
	Classes []approvals.Class
	Table   []PolicyRow
}

// PolicyRule is one rule.
type PolicyRule struct {
	ID, When, Asks, EN, IT string
	Line                   int
}

// PolicyRow is what each class means for a kind.
type PolicyRow struct {
	Kind, When string
	Line       int
	Cells      []string // in the order of the classes
}

// PolicyOf is how a policy is shown.
func PolicyOf(p *risk.Policy) PolicyView {
	v := PolicyView{Classes: risk.Classes()}
	for _, r := range p.Rules() {
		v.Rules = append(v.Rules, PolicyRule{
			ID: r.ID, When: r.When, Line: r.Line, EN: r.Text["en"], IT: r.Text["it"], Asks: asks(r.Class, r.Hours, r.Outcome, r.Require),
		})
	}
	counts := p.Counts()
	for _, name := range []string{"strong_signals", "weak_signals"} {
		if len(counts[name]) > 0 {
			v.Counts = append(v.Counts, DevFact{name, strings.Join(counts[name], "\n")})
		}
	}
	for _, row := range p.Table() {
		shown := PolicyRow{Kind: string(row.Kind), When: row.When, Line: row.Line}
		for _, class := range v.Classes {
			c := row.Cells[class]
			shown.Cells = append(shown.Cells, asks("", c.Hours, c.Outcome, c.Require))
		}
		v.Table = append(v.Table, shown)
	}
	return v
}

// asks is what a rule or a cell asks for, in words.
func asks(class approvals.Class, hours int, outcome approvals.Outcome, require []string) string {
	var parts []string
	if class != "" {
		parts = append(parts, "class "+string(class))
	}
	if hours > 0 || class == "" && outcome == "" && len(require) == 0 {
		parts = append(parts, fmt.Sprintf("%d h", hours))
	}
	for _, r := range require {
		parts = append(parts, strings.ReplaceAll(r, "_", " "))
	}
	if outcome != "" && outcome != approvals.Allow {
		parts = append(parts, string(outcome))
	}
	return strings.Join(parts, ", ")
}
