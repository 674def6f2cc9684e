package risk

import (
	"fmt"
	"slices"

	yaml "go.yaml.in/yaml/v3"

	"countersign/approvals"
)

// kinds reads the table: every kind, in every class, and the kinds that the file
// defines.
func (p *parser) kinds(n *yaml.Node) {
	names := kindNames()
	f := map[string]*yaml.Node{}
	p.members(n, "kinds", func(key, value *yaml.Node) {
		switch k := approvals.Kind(key.Value); {
		case slices.Contains(names, key.Value):
			f[key.Value] = value
		case k.Defined():
			p.define(k, value)
		default:
			p.bad(key, "kinds has no %q%s"+ownKinds, key.Value, near(key.Value))
		}
	})
	for _, k := range kinds {
		at := f[string(k)]
		if at == nil {
			if n.Kind == yaml.MappingNode {
				p.bad(n, "kinds has no %s: write what each class means for it", k)
			}
			continue
		}
		p.rowsOf(k, at)
	}
}

// ownKinds says how a kind has to be called that a file defines.
const ownKinds = "; a kind of your own is called like shop.payout_now: small letters, digits, _ and a dot at least, 60 characters at most, and no first word of the gateway's kinds"

// rowsOf reads the rows of a kind: one, or a list of which the first whose when
// holds applies.
func (p *parser) rowsOf(k approvals.Kind, n *yaml.Node) {
	list := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		list = n.Content
	}
	var rows []*row
	for i, e := range list {
		r := p.tableRow(k, e)
		switch last := i == len(list)-1; {
		case last && r.when != nil:
			p.bad(e, "the last row of %s must hold for everything: leave its when out, or add a row without one", k)
		case !last && r.when == nil && e.Kind == yaml.MappingNode:
			p.bad(e, "only the last row of %s may have no when: the rows behind this one would never apply", k)
		}
		rows = append(rows, r)
	}
	if len(list) == 0 {
		p.bad(n, "%s has no row: write what each class means for it", k)
	}
	for i, r := range rows {
		p.rising(k, r)
		// A row that begins to apply as signals turn worse takes the place of any behind
		// it. One that speaks of neutral signals alone never does.
		if r.when == nil || r.when.form.neutral() {
			continue
		}
		for _, behind := range rows[i+1:] {
			p.stricterRow(k, r, behind)
		}
	}
	p.policy.rows[k] = rows
}

func (p *parser) tableRow(k approvals.Kind, n *yaml.Node) *row {
	r := &row{line: n.Line, cells: map[approvals.Class]*cell{}}
	what := "a row of " + string(k)
	f := p.fields(n, what, "when", "low", "medium", "high", "critical")
	if w := f["when"]; w != nil {
		r.when = p.condition(p.words, w, "when")
	}
	for _, c := range classOrder {
		if f[string(c)] == nil {
			if n.Kind == yaml.MappingNode {
				p.bad(n, "%s has no class %s: write %s: {hours: ...}", what, c, c)
			}
			continue
		}
		r.cells[c] = p.cell(f[string(c)], fmt.Sprintf("%s, %s,", k, c), k)
	}
	return r
}

func (p *parser) cell(n *yaml.Node, what string, k approvals.Kind) *cell {
	c := &cell{line: n.Line, column: n.Column, outcome: approvals.Allow, methods: permitted(k)}
	f := p.fields(n, what, "hours", "outcome", "require", "methods", "advice")
	p.needs(n, f, what, "hours")
	if at := f["hours"]; at != nil {
		c.hours = p.number(at, "hours", maxHours)
	}
	if at := f["outcome"]; at != nil {
		c.outcome = choice(&p.file, at, "outcome", outcomeOrder)
	}
	if at := f["require"]; at != nil {
		c.require = choices(&p.file, at, "require", []need{needSecond, needIndependent, needPasskeyOrSecond})
	}
	if at := f["methods"]; at != nil {
		c.methods = choices(&p.file, at, "methods", permitted(k))
	}
	if at := f["advice"]; at != nil {
		c.advice = choices(&p.file, at, "advice", []approvals.Advice{approvals.PausePayouts})
	}
	return c
}

// permitted are the methods there are for a kind: printed codes begin a recovery
// and prove nothing else.
func permitted(k approvals.Kind) []approvals.Method {
	if k == approvals.AuthenticatorAdd {
		return methods
	}
	return methods[:2]
}

// rising holds that a row asks for no less as the class rises.
func (p *parser) rising(k approvals.Kind, r *row) {
	for i, c := range classOrder[1:] {
		milder := classOrder[i]
		a, b := r.cells[milder], r.cells[c]
		if a == nil || b == nil {
			continue
		}
		if why := b.weaker(a); why != "" {
			p.problems = append(p.problems, Problem{b.line, b.column, fmt.Sprintf(
				"%s asks for less in class %s than in %s: %s", k, c, milder, why,
			)})
		}
	}
}

// stricterRow holds that a row that applies when things are worse asks for no less
// than one behind it.
func (p *parser) stricterRow(k approvals.Kind, r, behind *row) {
	for _, c := range classOrder {
		a, b := behind.cells[c], r.cells[c]
		if a == nil || b == nil {
			continue
		}
		if why := b.weaker(a); why != "" {
			p.problems = append(p.problems, Problem{b.line, b.column, fmt.Sprintf(
				"%s asks for less in class %s where things are worse than the row on line %d does: %s", k, c, behind.line, why,
			)})
		}
	}
}

// weaker says in which way c asks for less than than, and what to write; empty if
// in none.
func (c *cell) weaker(than *cell) string {
	switch {
	case c.hours < than.hours:
		return fmt.Sprintf("write hours: %d or more", than.hours)
	case slices.Index(outcomeOrder, c.outcome) < slices.Index(outcomeOrder, than.outcome):
		return fmt.Sprintf("write outcome: %s or a stricter one", than.outcome)
	}
	for _, n := range than.require {
		if !c.asksFor(n) {
			return fmt.Sprintf("write require: [%s]", n)
		}
	}
	for _, m := range c.methods {
		if !slices.Contains(than.methods, m) {
			return fmt.Sprintf("leave %s out of methods", m)
		}
	}
	for _, a := range than.advice {
		if !slices.Contains(c.advice, a) {
			return fmt.Sprintf("write advice: [%s]", a)
		}
	}
	return ""
}

// asksFor reports whether a cell asks for n or for more.
func (c *cell) asksFor(n need) bool {
	onlyPasskey := slices.Equal(c.methods, []approvals.Method{approvals.Passkey})
	return slices.Contains(c.require, n) || n == needPasskeyOrSecond && (onlyPasskey || slices.Contains(c.require, needSecond))
}
