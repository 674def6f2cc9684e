package risk

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// reading goes through an expression once. It proves that the expression can only
// begin to hold as signals turn worse, says where it cannot, and returns what the
// expression means as a [form].
type reading struct {
	*vocabulary
	ast        *ast.AST
	complaints []complaint
}

// read reads e, or what e denies where it stands under an odd number of "!".
func (r *reading) read(e ast.Expr, positive bool) form {
	switch e.Kind() {
	case ast.LiteralKind:
		if b, ok := e.AsLiteral().Value().(bool); ok {
			return form{constant: b == positive, op: isConstant}
		}
	case ast.IdentKind:
		if s, ok := r.signals[e.AsIdent()]; ok && s.typ == cel.BoolType {
			return r.judged(e, s, atom{signal: s, values: []any{positive}})
		}
	case ast.CallKind:
		return r.call(e, positive)
	}
	return r.refuse(e, "only signals, written values, &&, ||, !, comparisons and in [...] can be used: a comparison has the signal on one side")
}

func (r *reading) call(e ast.Expr, positive bool) form {
	call := e.AsCall()
	args := call.Args()
	switch name := call.FunctionName(); name {
	case operators.LogicalNot:
		return r.read(args[0], !positive)
	case operators.LogicalAnd, operators.LogicalOr:
		op := isAnd
		if (name == operators.LogicalOr) == positive {
			op = isOr
		}
		return form{op: op, kids: []form{r.read(args[0], positive), r.read(args[1], positive)}}
	case operators.In:
		return r.among(e, args[0], args[1], positive)
	case operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		return r.comparison(e, name, args, positive)
	}
	return r.refuse(e, "only &&, ||, !, comparisons with a written value and in [...] can be used over signals")
}

// comparison is a signal against a written value, on whichever side.
func (r *reading) comparison(e ast.Expr, op string, args []ast.Expr, positive bool) form {
	s, left := r.signalOf(args[0])
	value, written := r.valueOf(args[1])
	if !left {
		if s, left = r.signalOf(args[1]); left {
			value, written = r.valueOf(args[0])
			op = mirrored[op]
		}
	}
	if !left || !written {
		return r.refuse(e, "a comparison has a signal on one side and a written value on the other")
	}
	if n, ok := value.(int64); ok {
		return r.ofNumber(e, s, op, n, positive)
	}
	if op != operators.Equals && op != operators.NotEquals {
		return r.refuse(e, fmt.Sprintf("%s has no order to compare by: use ==, != or in [...]", s.name))
	}
	return r.ofValues(e, s, []any{value}, positive == (op == operators.Equals))
}

// among is a signal in a written list.
func (r *reading) among(e, of, list ast.Expr, positive bool) form {
	s, ok := r.signalOf(of)
	if !ok || list.Kind() != ast.ListKind {
		return r.refuse(e, "in has a signal before it and a written list, [\"a\", \"b\"], after it")
	}
	var values []any
	for _, x := range list.AsList().Elements() {
		v, written := r.valueOf(x)
		if !written {
			return r.refuse(x, "a list holds written values only")
		}
		values = append(values, v)
	}
	if s.typ == cel.IntType {
		return r.refuse(e, fmt.Sprintf("%s is a number: compare it with <, <=, > or >=", s.name))
	}
	return r.ofValues(e, s, values, positive)
}

var mirrored = map[string]string{
	operators.Equals: operators.Equals, operators.NotEquals: operators.NotEquals,
	operators.Less: operators.Greater, operators.Greater: operators.Less,
	operators.LessEquals: operators.GreaterEquals, operators.GreaterEquals: operators.LessEquals,
}

func (r *reading) signalOf(e ast.Expr) (signal, bool) {
	if e.Kind() != ast.IdentKind {
		return signal{}, false
	}
	s, ok := r.signals[e.AsIdent()]
	return s, ok
}

func (r *reading) valueOf(e ast.Expr) (any, bool) {
	switch e.Kind() {
	case ast.LiteralKind:
		switch v := e.AsLiteral().Value().(type) {
		case int64, bool, string:
			return v, true
		}
	case ast.IdentKind:
		n, ok := r.thresholds[e.AsIdent()]
		return n, ok
	}
	return nil, false
}

// ofNumber is a number against a bound. Every bound is kept as "at least" or
// "less than", so that two of them can be compared.
func (r *reading) ofNumber(e ast.Expr, s signal, op string, n int64, positive bool) form {
	a := atom{signal: s, number: true}
	switch op {
	case operators.GreaterEquals:
		a.from, a.atLeast = n, true
	case operators.Greater:
		a.from, a.atLeast = n+1, true
	case operators.Less:
		a.from = n
	case operators.LessEquals:
		a.from = n + 1
	default:
		return r.refuse(e, fmt.Sprintf("%s is compared with == or !=, which it may leave on either side: write %s", s.name, a.instead(s, n)))
	}
	a.atLeast = a.atLeast == positive
	return r.judged(e, s, a)
}

// ofValues is a text or a true-or-false against a list.
func (r *reading) ofValues(e ast.Expr, s signal, values []any, inside bool) form {
	all := []any{false, true}
	if s.typ == cel.StringType {
		all = nil
		for _, v := range s.values() {
			all = append(all, v)
		}
	}
	for _, v := range values {
		if !slices.Contains(all, v) {
			return r.refuse(e, fmt.Sprintf("%s is never %q%s", s.name, v, suggest(fmt.Sprint(v), s.values())))
		}
	}
	a := atom{signal: s}
	for _, v := range all {
		if slices.Contains(values, v) == inside {
			a.values = append(a.values, v)
		}
	}
	return r.judged(e, s, a)
}

// judged takes an atom if it can only begin to hold as its signal turns worse.
func (r *reading) judged(e ast.Expr, s signal, a atom) form {
	if !a.rises() {
		return r.refuse(e, fmt.Sprintf("would no longer hold when %s turns worse (%s), so a bad signal would ask for less: write %s",
			s.name, s.worse(), a.instead(s, a.from)))
	}
	return form{op: isAtom, atom: a}
}

func (r *reading) refuse(e ast.Expr, what string) form {
	at := r.ast.SourceInfo().GetStartLocation(e.ID())
	if e.Kind() == ast.CallKind { // an operator is located by its sign
		at = r.first(e)
	}
	r.complaints = append(r.complaints, complaint{max(at.Line(), 1), at.Column() + 1, what})
	return form{op: isConstant, constant: true}
}

// worse says which side of the signal is bad.
func (s signal) worse() string {
	switch {
	case s.bad == later:
		var tiers []string
		for _, t := range s.tiers {
			tiers = append(tiers, strings.Join(t, " or "))
		}
		return "from good to bad: " + strings.Join(tiers, ", then ")
	case s.typ == cel.BoolType && s.bad == less:
		return "false is worse"
	case s.typ == cel.BoolType:
		return "true is worse"
	case s.bad == less:
		return "smaller is worse"
	}
	return "larger is worse"
}
