package risk

import (
	"maps"
	"slices"

	"countersign/approvals"
)

// Rule is one rule of a policy, for pages.
type Rule struct {
	ID    string
	When  string
	Line  int
	Class approvals.Class // empty: it only adds what follows
	// Outcome, Require and Hours are what it asks for beside its class.
	Outcome approvals.Outcome
	Require []string
	Hours   int
	Text    map[string]string // what a seller reads, by locale
}

// Rules are the rules in their order.
func (p *Policy) Rules() []Rule {
	var out []Rule
	for _, r := range p.rules {
		shown := r.Rule
		shown.Text, shown.Require = maps.Clone(r.Text), slices.Clone(r.Require)
		out = append(out, shown)
	}
	return out
}

// Cell is what a class means for a kind.
type Cell struct {
	Hours   int
	Outcome approvals.Outcome
	Require []string
	Methods []approvals.Method
	Advice  []approvals.Advice
}

// Row is one row of the table: what each class means for a kind, where When holds.
type Row struct {
	Kind  approvals.Kind
	When  string // empty: always, where no row before it applies
	Line  int
	Cells map[approvals.Class]Cell
}

// Table is the whole table; of a kind, the first row that applies counts.
func (p *Policy) Table() []Row {
	var out []Row
	for _, k := range p.Kinds() {
		for _, r := range p.rows[k] {
			shown := Row{Kind: k, Line: r.line, Cells: map[approvals.Class]Cell{}}
			if r.when != nil {
				shown.When = r.when.text
			}
			for c, cell := range r.cells {
				shown.Cells[c] = Cell{cell.hours, cell.outcome, words(cell.require), slices.Clone(cell.methods), slices.Clone(cell.advice)}
			}
			out = append(out, shown)
		}
	}
	return out
}

// Classes are the classes, the mildest first.
func Classes() []approvals.Class { return slices.Clone(classOrder) }

// Counts are the expressions that strong_signals and weak_signals count.
func (p *Policy) Counts() map[string][]string {
	out := map[string][]string{}
	for name, of := range p.counts {
		for _, c := range of {
			out[name] = append(out[name], c.text)
		}
	}
	return out
}
