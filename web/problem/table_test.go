package problem

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/templates"
)

// declaredCodes reads the constants of type Code, so that a new one cannot be
// forgotten here.
func declaredCodes(t *testing.T, file string, typed func(ast.Expr) bool) []approvals.Code {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []approvals.Code
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !typed(spec.Type) {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, approvals.Code(text))
		return true
	})
	return codes
}

func allCodes(t *testing.T) []approvals.Code {
	t.Helper()
	codes := declaredCodes(t, "../../approvals/errors.go", func(e ast.Expr) bool {
		id, ok := e.(*ast.Ident)
		return ok && id.Name == "Code"
	})
	ours := declaredCodes(t, "codes.go", func(e ast.Expr) bool {
		s, ok := e.(*ast.SelectorExpr)
		return ok && s.Sel.Name == "Code"
	})
	if len(codes) < 30 || len(ours) != 12 {
		t.Fatalf("found %d and %d codes; the files have moved", len(codes), len(ours))
	}
	return append(codes, ours...)
}

// TestEntries_everyCode holds STYLE §1: a closed list, one place, no code
// without a status.
func TestEntries_everyCode(t *testing.T) {
	t.Parallel()
	codes := allCodes(t)
	for _, c := range codes {
		if _, ok := entries[c]; !ok {
			t.Errorf("%s has no entry", c)
		}
	}
	for c := range entries {
		if !slices.Contains(codes, c) {
			t.Errorf("%s has an entry and is no code", c)
		}
	}
}

// PD-01, PD-02: a real status, a title of its own, one sentence that says what
// to do, and a page that goes with the status.
func TestEntries_wellFormed(t *testing.T) {
	t.Parallel()
	titles := map[string]approvals.Code{}
	for c, e := range entries {
		if http.StatusText(e.status) == "" || e.status < 400 {
			t.Errorf("%s: %d is no error status", c, e.status)
		}
		if other, taken := titles[e.title]; taken || e.title == "" {
			t.Errorf("%s: title %q is that of %s", c, e.title, other)
		}
		titles[e.title] = c
		if !strings.HasSuffix(e.detail, ".") || strings.Contains(e.detail, ". ") || strings.Contains(e.detail, "\n") {
			t.Errorf("%s: the detail is not one sentence: %s", c, e.detail)
		}
		if !slices.Contains(templates.ProblemKinds, e.page) {
			t.Errorf("%s: no page %q", c, e.page)
		}
	}
}

// UX S13 names the statuses of the pages.
func TestEntries_pageOfStatus(t *testing.T) {
	t.Parallel()
	want := map[int][]templates.ProblemKind{
		http.StatusNotFound:            {templates.ProblemNotFound, templates.ProblemLink},
		http.StatusGone:                {templates.ProblemGone},
		http.StatusConflict:            {templates.ProblemConflict, templates.ProblemTravel},
		http.StatusUnprocessableEntity: {templates.ProblemInput},
		http.StatusTooManyRequests:     {templates.ProblemTooMany},
		http.StatusInternalServerError: {templates.ProblemInternal},
		http.StatusServiceUnavailable:  {templates.ProblemUnavailable},
		http.StatusMethodNotAllowed:    {templates.ProblemMethod},
	}
	for c, e := range entries {
		if kinds, ok := want[e.status]; ok && !slices.Contains(kinds, e.page) {
			t.Errorf("%s: %d shows the page %q", c, e.status, e.page)
		}
	}
}
