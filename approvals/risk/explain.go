package risk

import (
	"slices"

	"countersign/approvals"
)

// Finding is one rule and what became of it for one request.
type Finding struct {
	Rule
	Holds bool
	// Decides says that it named the class.
	Decides bool
	// Inputs are the signals that its expression names, and the numbers of the file.
	Inputs []Input
}

// Input is one signal as it was.
type Input struct {
	Name  string
	Value any
}

// Explanation is a decision, and how each rule came to its word.
type Explanation struct {
	Decision approvals.Decision
	Findings []Finding
	// Row is the row of the table that applied, empty Cells if the table does not
	// have the kind.
	Row Row
}

// Explain is Judge with its reasons.
func (p *Policy) Explain(kind approvals.Kind, method approvals.Method, inputs map[string]any) Explanation {
	out := Explanation{Decision: p.Judge(kind, method, inputs)}
	v := p.weigh(kind, method, out.Decision.Inputs)
	decided := false
	for _, r := range p.rules {
		f := Finding{Rule: r.Rule, Holds: v.matched[r]}
		if f.Holds && r.Class != "" && !decided {
			f.Decides, decided = true, true
		}
		for _, name := range r.when.form.names(nil) {
			f.Inputs = append(f.Inputs, Input{name, v.vars[name]})
		}
		out.Findings = append(out.Findings, f)
	}
	for _, r := range p.Table() {
		if v.row != nil && r.Kind == kind && r.Line == v.row.line {
			out.Row = r
		}
	}
	return out
}

// names are the signals of a form, each once.
func (f form) names(seen []string) []string {
	if f.op == isAtom && !slices.Contains(seen, f.atom.signal.name) {
		seen = append(seen, f.atom.signal.name)
	}
	for _, k := range f.kids {
		seen = k.names(seen)
	}
	return seen
}
