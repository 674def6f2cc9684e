package risk

import (
	"fmt"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
)

// Limits on one expression. A rule a person would write comes near none of them.
const (
	maxExpression = 2 << 10
	maxNodes      = 300
	maxCost       = 2_000
)

// condition is an expression that was checked and can only begin to hold as
// signals turn worse.
type condition struct {
	text    string
	line    int
	program cel.Program
	form    form
}

// holds evaluates the condition. One that cannot be evaluated holds: what is not
// known counts as worst.
func (c *condition) holds(vars map[string]any) bool {
	out, _, err := c.program.Eval(vars)
	if err != nil {
		return true
	}
	b, ok := out.Value().(bool)
	return !ok || b
}

// vocabulary is what the expressions of one file can speak of.
type vocabulary struct {
	env        *cel.Env
	signals    map[string]signal
	thresholds map[string]int64
}

func newVocabulary(of []signal, thresholds map[string]int64) (*vocabulary, error) {
	v := &vocabulary{signals: map[string]signal{}, thresholds: thresholds}
	options := []cel.EnvOption{cel.ClearMacros(), cel.ExpressionNodeLimit(maxNodes), cel.ParserRecursionLimit(40)}
	for _, s := range of {
		v.signals[s.name] = s
		options = append(options, cel.Variable(s.name, s.typ))
	}
	for name := range thresholds {
		options = append(options, cel.Variable(name, cel.IntType))
	}
	var err error
	if v.env, err = cel.NewEnv(options...); err != nil {
		return nil, fmt.Errorf("expressions of a policy: %w", err)
	}
	return v, nil
}

func (v *vocabulary) names() []string {
	var names []string
	for n := range v.signals {
		names = append(names, n)
	}
	for n := range v.thresholds {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// complaint is what is wrong with an expression, and where in it.
type complaint struct {
	line, column int // from 1, in the expression
	what         string
}

// compile checks an expression: its words, its types, and that it can only begin
// to hold as signals turn worse.
func (v *vocabulary) compile(text string) (*condition, []complaint) {
	if len(text) > maxExpression {
		return nil, []complaint{{1, 1, "is longer than 2 KiB: make two rules of it"}}
	}
	parsed, issues := v.env.Parse(text)
	if issues.Err() != nil {
		return nil, grammar(issues)
	}
	if found := v.strangers(parsed.NativeRep()); len(found) > 0 {
		return nil, found
	}
	checked, issues := v.env.Check(parsed)
	if issues.Err() != nil {
		return nil, v.types(issues)
	}
	if !checked.OutputType().IsExactType(cel.BoolType) {
		return nil, []complaint{{1, 1, fmt.Sprintf("yields %s and must yield true or false: compare it with a value", checked.OutputType())}}
	}
	r := reading{vocabulary: v, ast: checked.NativeRep()}
	f := r.read(checked.NativeRep().Expr(), true)
	if len(r.complaints) > 0 {
		return nil, r.complaints
	}
	program, err := v.env.Program(checked, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxCost))
	if err != nil {
		return nil, []complaint{{1, 1, "cannot be planned: " + firstLine(err.Error())}}
	}
	return &condition{text: text, program: program, form: f}, nil
}

// strangers names the words that are no signal.
func (v *vocabulary) strangers(tree *ast.AST) []complaint {
	var found []complaint
	ast.PostOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.IdentKind {
			return
		}
		name := e.AsIdent()
		_, is := v.signals[name]
		_, number := v.thresholds[name]
		if is || number || name == "int" || name == "bool" || name == "string" {
			return
		}
		at := tree.SourceInfo().GetStartLocation(e.ID())
		found = append(found, complaint{at.Line(), at.Column() + 1, fmt.Sprintf("%s is no signal%s", name, suggest(name, v.names()))})
	}))
	return found
}

func grammar(issues *cel.Issues) []complaint {
	e := issues.Errors()[0]
	return []complaint{{e.Location.Line(), e.Location.Column() + 1, fmt.Sprintf(
		"is no expression: %s; write signals, values, &&, ||, !, ==, !=, <, <=, >, >= and in [...]", firstLine(e.Message),
	)}}
}

func (v *vocabulary) types(issues *cel.Issues) []complaint {
	var found []complaint
	for _, e := range issues.Errors() {
		found = append(found, complaint{e.Location.Line(), e.Location.Column() + 1, fmt.Sprintf(
			"has the wrong types: %s; compare a whole number with a number, a text with a \"text\", and write a true-or-false signal by itself or with !",
			firstLine(e.Message),
		)})
	}
	return found
}
