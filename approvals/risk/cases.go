package risk

import (
	"fmt"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v3"

	"cel.dev/cel-go/cel"

	"countersign/approvals"
)

// Case is a request and what a policy must say of it.
type Case struct {
	Name   string
	Line   int
	Kind   approvals.Kind
	Method approvals.Method
	Inputs map[string]any
	Want   Want
}

// Want is what must come out; what is nil may be anything.
type Want struct {
	Class     *approvals.Class
	Outcome   *approvals.Outcome
	Hours     *int
	Permitted *bool
	Require   *[]approvals.Requirement // exactly these
	Rule      *string                  // one of the reasons
}

// Calm are the inputs of a request about which there is nothing to say: every
// signal is as good as it can be.
func Calm() map[string]any {
	in := map[string]any{}
	for _, s := range signals {
		switch {
		case s.name == sigKind || s.name == sigMethod:
		case s.typ == cel.StringType:
			in[s.name] = s.absent // no text is bad when absent, but for those left out
		case s.typ == cel.BoolType:
			in[s.name] = s.bad == less
		case s.bad == less:
			in[s.name] = int64(Never)
		default:
			in[s.name] = int64(0)
		}
	}
	return in
}

// ParseCases reads a file of cases for p: a list, each with kind, method, inputs and want.
// A signal that inputs does not name is as good as it can be. The error is a
// *FileError.
func (p *Policy) ParseCases(name string, source []byte) ([]Case, error) {
	f := &file{name: name, source: source}
	root := f.document()
	if root == nil {
		return nil, f.err()
	}
	top := f.fields(root, "a file of cases", "cases")
	var cases []Case
	if n := top["cases"]; n == nil {
		f.bad(root, "a file of cases needs \"cases\": write \"cases:\" and a list")
	} else {
		for _, e := range f.list(n, "cases") {
			cases = append(cases, f.oneCase(e, p.Kinds()))
		}
		if len(cases) == 0 {
			f.bad(n, "there are no cases, so nothing would be tried: write at least one")
		}
	}
	return cases, f.err()
}

func (f *file) oneCase(n *yaml.Node, kinds []approvals.Kind) Case {
	c := Case{Line: n.Line, Inputs: Calm(), Method: approvals.Passkey}
	m := f.fields(n, "a case", "name", "kind", "method", "inputs", "want")
	for _, k := range []string{"name", "kind", "want"} {
		if m[k] == nil && n.Kind == yaml.MappingNode {
			f.bad(n, "a case needs %q: write \"%s: ...\"", k, k)
		}
	}
	if k := m["name"]; k != nil {
		c.Name, _ = f.text(k, "name")
	}
	if k := m["kind"]; k != nil {
		c.Kind = choice(f, k, "kind", kinds)
	}
	if k := m["method"]; k != nil {
		c.Method = choice(f, k, "method", methods)
	}
	if k := m["inputs"]; k != nil {
		f.members(k, "inputs", func(key, value *yaml.Node) { f.input(c.Inputs, key, value) })
	}
	if k := m["want"]; k != nil {
		c.Want = f.want(k)
	}
	return c
}

// input reads one signal.
func (f *file) input(into map[string]any, key, value *yaml.Node) {
	s, ok := find(signals, key.Value)
	if !ok || s.name == sigKind || s.name == sigMethod {
		var names []string
		for _, s := range signals[2:] {
			names = append(names, s.name)
		}
		f.bad(key, "%s is no input%s"+seeSignals, key.Value, suggest(key.Value, names))
		return
	}
	v, err := s.written(value.Value)
	if err != nil || value.Kind != yaml.ScalarNode {
		f.bad(value, "%s must be %s%s", s.name, s.kindOfValue(), suggest(value.Value, s.values()))
		return
	}
	into[s.name] = v
}

func (f *file) want(n *yaml.Node) Want {
	var w Want
	m := f.fields(n, "want", "class", "outcome", "hours", "permitted", "require", "rule")
	if k := m["class"]; k != nil {
		v := choice(f, k, "class", classOrder)
		w.Class = &v
	}
	if k := m["outcome"]; k != nil {
		v := choice(f, k, "outcome", outcomeOrder)
		w.Outcome = &v
	}
	if k := m["hours"]; k != nil {
		v := f.number(k, "hours", maxHours*10)
		w.Hours = &v
	}
	if k := m["permitted"]; k != nil {
		v := k.Value == "true"
		if k.Tag != "!!bool" {
			f.bad(k, "permitted must be true or false")
		}
		w.Permitted = &v
	}
	if k := m["require"]; k != nil {
		v := choices(f, k, "require", []approvals.Requirement{approvals.SecondApprover, approvals.IndependentProof})
		w.Require = &v
	}
	if k := m["rule"]; k != nil {
		v, _ := f.text(k, "rule")
		w.Rule = &v
	}
	return w
}

// Check says in what a policy decides otherwise than the case wants; none is good.
func (c Case) Check(p *Policy) []string {
	d := p.Judge(c.Kind, c.Method, c.Inputs)
	wait, permitted := d.Wait[c.Method]
	var wrong []string
	differs := func(what string, got, want any) {
		wrong = append(wrong, fmt.Sprintf("%s is %v, want %v", what, got, want))
	}
	w := c.Want
	if w.Class != nil && d.Class != *w.Class {
		differs("class", d.Class, *w.Class)
	}
	if w.Outcome != nil && d.Outcome != *w.Outcome {
		differs("outcome", d.Outcome, *w.Outcome)
	}
	if w.Hours != nil && wait.Hours() != float64(*w.Hours) {
		differs("hours", wait.Hours(), *w.Hours)
	}
	if w.Permitted != nil && permitted != *w.Permitted {
		differs("permitted", permitted, *w.Permitted)
	}
	if w.Require != nil && !sameSet(d.Require, *w.Require) {
		differs("require", d.Require, *w.Require)
	}
	if w.Rule != nil && !slices.ContainsFunc(d.Rules, func(r approvals.Rule) bool { return r.ID == *w.Rule }) {
		var ids []string
		for _, r := range d.Rules {
			ids = append(ids, r.ID)
		}
		differs("rule", strings.Join(ids, ", "), *w.Rule)
	}
	return wrong
}

func sameSet[T comparable](a, b []T) bool {
	if len(a) != len(b) {
		return false
	}
	return !slices.ContainsFunc(a, func(v T) bool { return !slices.Contains(b, v) })
}

// seeSignals ends what is said of an input that is none.
const seeSignals = "; \"countersign policy show --signals\" lists them"

// ParseInput reads "name=value" as a command line has it.
func ParseInput(into map[string]any, text string) error {
	name, value, given := strings.Cut(text, "=")
	s, ok := find(signals, name)
	if !ok || !given {
		var names []string
		for _, s := range signals {
			names = append(names, s.name)
		}
		return fmt.Errorf("%q is no input: write signal=value%s"+seeSignals, text, suggest(name, names))
	}
	v, err := s.written(value)
	if err != nil {
		return fmt.Errorf("%s must be %s%s", name, s.kindOfValue(), suggest(value, s.values()))
	}
	into[name] = v
	return nil
}
