package risk

import (
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v3"

	"countersign/approvals"
	"countersign/approvals/destination"
)

// Limits on the kinds of one file: a seller has to be able to read all of an action.
const (
	maxDefined = 50
	maxTitle   = 60 // characters
)

// own finds the names of the kinds that the file defines, so that its expressions can
// speak of them.
func (p *parser) own(n *yaml.Node) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := approvals.Kind(n.Content[i].Value)
		if k.Defined() && !slices.Contains(p.policy.own, k) {
			p.policy.own = append(p.policy.own, k)
		}
	}
	if len(p.policy.own) > maxDefined {
		p.bad(n, "kinds defines %d kinds of its own and may define %d: leave some out", len(p.policy.own), maxDefined)
	}
}

// speaking is of, with the kinds of the file among those there are.
func (p *parser) speaking(of []signal) []signal {
	out := slices.Clone(of)
	for i := range out {
		if out[i].name == sigKind {
			names := kindNames()
			for _, k := range p.policy.own {
				names = append(names, string(k))
			}
			out[i].tiers = [][]string{names}
		}
	}
	return out
}

// define reads a kind that the file defines: its name, its details, and its rows as
// for any other.
func (p *parser) define(k approvals.Kind, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		p.bad(n, "%s is defined by an object: write name, details, and low to critical or rows", k)
		return
	}
	f, table := map[string]*yaml.Node{}, &yaml.Node{Kind: yaml.MappingNode, Tag: n.Tag, Line: n.Line, Column: n.Column}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i].Value
		if !slices.Contains([]string{"name", "details", "rows"}, key) {
			table.Content = append(table.Content, n.Content[i], n.Content[i+1])
			continue
		}
		if f[key] != nil {
			p.bad(n.Content[i], "%s says %q twice: leave one out", k, key)
		}
		f[key] = n.Content[i+1]
	}
	if f["name"] == nil && f["details"] == nil {
		p.bad(n, "%s is no kind of the gateway's%s; a kind of your own needs \"name\" and \"details\"", k, near(string(k)))
		return
	}
	p.needs(n, f, string(k), "name", "details")
	d := &definedKind{}
	if f["name"] != nil {
		d.Name = p.titled(f["name"], string(k)+".name")
	}
	if f["details"] != nil {
		p.details(k, d, f["details"])
	}
	p.policy.defined[k] = d
	switch {
	case f["rows"] == nil:
		p.rowsOf(k, table)
	case len(table.Content) > 0:
		p.bad(table.Content[0], "%s has rows already: write %q in one of them", k, table.Content[0].Value)
	default:
		p.rowsOf(k, f["rows"])
	}
}

// near names the kind of the gateway's that was probably meant.
func near(word string) string {
	if hint := suggest(word, kindNames()); strings.Contains(hint, "did you mean") {
		return hint
	}
	return ""
}

// titled reads what something is called, in every language.
func (p *parser) titled(n *yaml.Node, what string) map[string]string {
	if n.Kind == yaml.ScalarNode {
		p.bad(n, "%s must be there in every language: write {en: \"...\", it: \"...\"}", what)
		return nil
	}
	out := map[string]string{}
	f := p.fields(n, what, locales...)
	for _, l := range locales {
		if f[l] == nil {
			if n.Kind == yaml.MappingNode {
				p.bad(n, "%s has no %q: write what a seller reads, in every language", what, l)
			}
			continue
		}
		text, ok := p.text(f[l], what+"."+l)
		if problem := destination.TextProblem(text, maxTitle); ok && problem != "" {
			p.bad(f[l], "%s.%s %s: write a few plain words", what, l, problem)
		}
		out[l] = text
	}
	return out
}
