package proxy

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// pathReads is what an expression reads of the names in a path: each by its
// own, or the path as a whole.
type pathReads struct {
	names map[string]bool
	whole bool
}

const pathVariable = "path"

// readsOf looks an expression through. That a name is there, as has(path.id)
// asks, is not its value.
func readsOf(e ast.Expr) pathReads {
	out := pathReads{names: map[string]bool{}}
	mentioned, single := 0, 0
	of := func(e ast.Expr) bool { return e.Kind() == ast.IdentKind && e.AsIdent() == pathVariable }
	ast.PostOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		switch {
		case of(e):
			mentioned++
		case e.Kind() == ast.SelectKind && of(e.AsSelect().Operand()):
			single++
			out.names[e.AsSelect().FieldName()] = out.names[e.AsSelect().FieldName()] || !e.AsSelect().IsTestOnly()
		case e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.Index && of(e.AsCall().Args()[0]):
			if name, ok := text(e.AsCall().Args()[1]); ok {
				single++
				out.names[name] = true
			}
		}
	}))
	out.whole = mentioned > single
	return out
}

func text(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := e.AsLiteral().Value().(string)
	return s, ok
}

// unread returns the first name in braces that neither seller nor details
// reads: whose account it names would be neither checked nor shown.
func (r *route) unread() (name string, found bool) {
	if r.seller == nil || r.details == nil {
		return "", false // told of already
	}
	for _, name := range r.pattern.params {
		seller, details := r.seller.path, r.details.path
		if name != "" && !seller.whole && !details.whole && !seller.names[name] && !details.names[name] {
			return name, true
		}
	}
	return "", false
}
