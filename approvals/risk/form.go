package risk

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
)

type operator int

const (
	isAtom operator = iota
	isConstant
	isAnd
	isOr
)

// form is what an expression means, with every "!" worked into its atoms. Two
// policies are compared by it.
type form struct {
	op       operator
	kids     []form
	atom     atom
	constant bool
}

// atom is one signal and the values for which it holds.
type atom struct {
	signal  signal
	values  []any // of a text, or true and false
	number  bool
	from    int64
	atLeast bool // numbers from "from" on; otherwise those before it
}

// rises reports whether the atom can only begin to hold as its signal turns
// worse.
func (a atom) rises() bool {
	switch {
	case a.signal.bad == neither:
		return true
	case a.number:
		return a.atLeast == (a.signal.bad == more)
	case a.signal.typ == cel.BoolType:
		worst := a.signal.bad == more
		return slices.Contains(a.values, any(worst)) || len(a.values) == 0
	}
	return a.upward()
}

// upward reports whether the texts of the atom are whole tiers up to the worst.
func (a atom) upward() bool {
	holds := false
	for _, tier := range a.signal.tiers {
		count := 0
		for _, v := range tier {
			if slices.Contains(a.values, any(v)) {
				count++
			}
		}
		whole, none := count == len(tier), count == 0
		// The last tier may be told apart: none of its values is better than another,
		// and nothing is worse.
		last := a.signal.tier(tier[0]) == len(a.signal.tiers)-1
		switch {
		case holds && !whole, !whole && !none && !last:
			return false
		}
		holds = holds || whole
	}
	return true
}

// instead proposes what to write.
func (a atom) instead(s signal, n int64) string {
	switch {
	case s.typ == cel.IntType && s.bad == less:
		return fmt.Sprintf("%s < %d", s.name, n)
	case s.typ == cel.IntType:
		return fmt.Sprintf("%s >= %d", s.name, n)
	case s.typ == cel.BoolType && s.bad == less:
		return "!" + s.name
	case s.typ == cel.BoolType:
		return s.name
	}
	var worse []string
	for _, t := range s.tiers[1:] {
		for _, v := range t {
			worse = append(worse, fmt.Sprintf("%q", v))
		}
	}
	return fmt.Sprintf("%s in [%s]", s.name, strings.Join(worse, ", "))
}

// neutral reports whether no signal that can turn worse is in the form.
func (f form) neutral() bool {
	if f.op == isAtom {
		return f.atom.signal.bad == neither
	}
	return !slices.ContainsFunc(f.kids, func(k form) bool { return !k.neutral() })
}

// always reports whether the form holds whatever the signals.
func (f form) always() bool { return f.op == isConstant && f.constant }

// implies reports whether g holds whenever f does, as far as their shapes show.
// It never says so wrongly.
func (f form) implies(g form) bool {
	all := func(of []form, do func(form) bool) bool {
		return !slices.ContainsFunc(of, func(k form) bool { return !do(k) })
	}
	switch {
	case g.always(), f.op == isConstant && !f.constant:
		return true
	case f.op == isOr:
		return all(f.kids, func(k form) bool { return k.implies(g) })
	case g.op == isAnd:
		return all(g.kids, func(k form) bool { return f.implies(k) })
	case f.op == isAnd && slices.ContainsFunc(f.kids, func(k form) bool { return k.implies(g) }):
		return true
	case g.op == isOr:
		return slices.ContainsFunc(g.kids, func(k form) bool { return f.implies(k) })
	}
	return f.op == isAtom && g.op == isAtom && f.atom.implies(g.atom)
}

func (a atom) implies(b atom) bool {
	if a.signal.name != b.signal.name {
		return false
	}
	if a.number {
		return a.atLeast == b.atLeast && (a.from == b.from || (a.from > b.from) == a.atLeast)
	}
	return !slices.ContainsFunc(a.values, func(v any) bool { return !slices.Contains(b.values, v) })
}

// first is where the leftmost word of e stands.
func (r *reading) first(e ast.Expr) common.Location {
	at := r.ast.SourceInfo().GetStartLocation(e.ID())
	ast.PostOrderVisit(e, ast.NewExprVisitor(func(k ast.Expr) {
		l := r.ast.SourceInfo().GetStartLocation(k.ID())
		if l.Line() > 0 && (l.Line() < at.Line() || l.Line() == at.Line() && l.Column() < at.Column()) {
			at = l
		}
	}))
	return at
}
