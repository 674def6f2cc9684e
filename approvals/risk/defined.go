package risk

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"countersign/approvals"
)

// definedKind is a kind that a policy file defines (DESIGN §6).
type definedKind struct {
	approvals.Definition
	schema *jsonschema.Schema
	// shape is what schema was compiled from, to compare two policies by.
	shape map[string]any
}

var _ approvals.Definer = (*Policy)(nil)

// Kinds are all kinds that the policy speaks of: the gateway's, and then those that
// the file defines, in its order.
func (p *Policy) Kinds() []approvals.Kind { return slices.Concat(kinds, p.own) }

// Definition implements approvals.Definer.
func (p *Policy) Definition(k approvals.Kind) (approvals.Definition, bool) {
	d := p.defined[k]
	if d == nil {
		return approvals.Definition{}, false
	}
	out := approvals.Definition{Name: maps.Clone(d.Name), Destination: d.Destination}
	for _, f := range d.Fields {
		out.Fields = append(out.Fields, approvals.DefinedField{Path: f.Path, Text: maps.Clone(f.Text)})
	}
	return out, true
}

// CheckKind refuses what is no kind of this policy, with those there are.
func (p *Policy) CheckKind(kind string) error {
	var names []string
	for _, k := range p.Kinds() {
		names = append(names, string(k))
	}
	if !slices.Contains(names, kind) {
		return fmt.Errorf("%q is no kind: write one of %s", kind, strings.Join(names, ", "))
	}
	return nil
}

// nowhere reports whether k is a kind that names no destination, so that nothing
// about one is bad.
func (p *Policy) nowhere(k approvals.Kind) bool {
	d := p.defined[k]
	return d != nil && d.Destination == ""
}

// looserKinds says how the kinds that next defines may be milder than those of old. A
// new one was refused before and bears on nothing that there is. One that is gone
// counts as milder: its open actions are judged no more, and put back it could be
// anything.
func looserKinds(old, next *Policy) []string {
	var why []string
	for _, k := range old.own {
		was, is := old.defined[k], next.defined[k]
		switch {
		case is == nil:
			why = append(why, fmt.Sprintf("%s is not defined any more: to stop it at once, keep it and write outcome: deny in every class.", k))
		case !reflect.DeepEqual(was.Definition, is.Definition) || !reflect.DeepEqual(was.shape, is.shape):
			why = append(why, fmt.Sprintf("%s has another name, other details or other words for them.", k))
		}
	}
	return why
}
