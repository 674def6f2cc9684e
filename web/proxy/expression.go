package proxy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"cel.dev/cel-go/cel"
	"google.golang.org/protobuf/types/known/structpb"
)

// Limits on one evaluation. An expression reads one request of 1 MiB at most;
// none that a person would write comes near.
const (
	maxCost        = 100_000
	interruptEvery = 100
	maxExpression  = 4 << 10
)

// vocabulary is what the expressions of a route can speak of.
type vocabulary struct {
	request *cel.Env // what a client sent
	answer  *cel.Env // what the upstream answered
}

// resultType is what an expression must yield.
type resultType struct {
	name string
	typ  *cel.Type
}

var (
	aString = resultType{"a string", cel.StringType}
	aMap    = resultType{"an object", cel.MapType(cel.StringType, cel.DynType)}
	aBool   = resultType{"true or false", cel.BoolType}
)

// requestVariables are the names in vocabulary.request.
var requestVariables = []string{"identity", "path", "query", "body"}

func newVocabulary() (*vocabulary, error) {
	text := cel.MapType(cel.StringType, cel.StringType)
	request, err := cel.NewEnv(
		cel.Variable("identity", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("path", text),
		cel.Variable("query", text),
		cel.Variable("body", cel.DynType),
	)
	if err != nil {
		return nil, fmt.Errorf("expressions: %w", err)
	}
	answer, err := cel.NewEnv(cel.Variable("status", cel.IntType), cel.Variable("headers", text))
	if err != nil {
		return nil, fmt.Errorf("expressions: %w", err)
	}
	return &vocabulary{request, answer}, nil
}

// variables names what there is, for messages.
func (v *vocabulary) variables(want resultType) (*cel.Env, string) {
	if want.name == aBool.name {
		return v.answer, "status and headers"
	}
	return v.request, "identity, path, query and body"
}

// expression is one that was checked.
type expression struct {
	program cel.Program
	want    resultType
	path    pathReads
}

// compile checks an expression and says what is wrong with it: where, and what
// there is instead.
func (v *vocabulary) compile(text string, want resultType) (*expression, string) {
	env, names := v.variables(want)
	if len(text) > maxExpression {
		return nil, "must be 4 KiB at most"
	}
	ast, issues := env.Compile(text)
	if issues.Err() != nil {
		e := issues.Errors()[0]
		return nil, fmt.Sprintf("is no CEL expression: line %d, column %d: %s; it can use %s",
			e.Location.Line(), e.Location.Column()+1, firstLine(e.Message), names)
	}
	if out := ast.OutputType(); !want.typ.IsAssignableType(out) && out.Kind() != cel.DynKind && !(want.name == aMap.name && out.Kind() == cel.MapKind) {
		return nil, fmt.Sprintf("must yield %s, and yields %s; it can use %s", want.name, out, names)
	}
	program, err := env.Program(ast, cel.CostLimit(maxCost), cel.InterruptCheckFrequency(interruptEvery))
	if err != nil {
		return nil, "cannot be planned: " + firstLine(err.Error())
	}
	return &expression{program, want, readsOf(ast.NativeRep().Expr())}, ""
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// errYields says that an expression that was checked with a part of the type
// unknown yielded something else.
var errYields = errors.New("the expression yields something else than it must")

func (e *expression) text(ctx context.Context, vars map[string]any) (string, error) {
	out, _, err := e.program.ContextEval(ctx, vars)
	if err != nil {
		return "", fmt.Errorf("evaluate: %w", err)
	}
	s, ok := out.Value().(string)
	if !ok {
		return "", errYields
	}
	return s, nil
}

func (e *expression) holds(ctx context.Context, vars map[string]any) (bool, error) {
	out, _, err := e.program.ContextEval(ctx, vars)
	if err != nil {
		return false, fmt.Errorf("evaluate: %w", err)
	}
	b, ok := out.Value().(bool)
	if !ok {
		return false, errYields
	}
	return b, nil
}

// object yields a JSON object's members.
func (e *expression) object(ctx context.Context, vars map[string]any) (map[string]json.RawMessage, error) {
	out, _, err := e.program.ContextEval(ctx, vars)
	if err != nil {
		return nil, fmt.Errorf("evaluate: %w", err)
	}
	native, err := out.ConvertToNative(reflect.TypeFor[*structpb.Value]())
	if err != nil {
		return nil, errYields
	}
	value, ok := native.(*structpb.Value)
	if !ok || value.GetStructValue() == nil {
		return nil, errYields
	}
	raw, err := json.Marshal(value.AsInterface())
	if err != nil {
		return nil, errYields
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, fmt.Errorf("read details: %w", err)
	}
	return members, nil
}
