package main_test

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// clockPlaces counts the packages below cmd that may read the clock, and in how
// many places: client, because a marketplace has no clock to hand in.
var clockPlaces = map[string]int{"client": 1}

// TestClock holds rule 16: time.Now (and what reads the clock inside: Since,
// Until) appears below cmd alone, so that a test clock moves everything. Test
// files may read it.
func TestClock(t *testing.T) {
	t.Parallel()
	testModule(t, checkClock)
}

func checkClock(m *module) []string {
	var found []string
	used := map[string]int{}
	for _, f := range m.files {
		if f.isTest || isCmd(f.dir) || slices.Contains(testOnly, f.dir) {
			continue
		}
		for _, s := range f.selectors("time", "Now", "Since", "Until") {
			if used[f.dir]++; used[f.dir] > clockPlaces[f.dir] {
				found = append(found, fmt.Sprintf("%s reads the clock (time.%s): take now as a parameter", m.at(f, s), s.Sel.Name))
			}
		}
	}
	return found
}

// rawPlaces counts the conversions of data to a type that html/template trusts:
// in templates one URL, the otpauth: link, which our own code builds and escapes.
var rawPlaces = map[string]int{"templates": 1}

// TestNoRawHTML: no data becomes markup, script, style or a URL without the
// escaping of html/template. A literal may, because no data can be in it.
func TestNoRawHTML(t *testing.T) {
	t.Parallel()
	testModule(t, checkRawHTML)
}

func checkRawHTML(m *module) []string {
	var found []string
	used := map[string]int{}
	for _, f := range m.files {
		literal := map[ast.Expr]bool{} // the types in conversions of literals
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && len(call.Args) == 1 {
				_, constant := call.Args[0].(*ast.BasicLit)
				literal[call.Fun] = constant
			}
			return true
		})
		for _, s := range f.selectors("html/template", "HTML", "HTMLAttr", "JS", "JSStr", "CSS", "Srcset", "URL") {
			constant, converted := literal[s]
			switch {
			case constant:
			case s.Sel.Name != "URL":
				found = append(found, fmt.Sprintf("%s uses template.%s: data would become markup", m.at(f, s), s.Sel.Name))
			case converted:
				if used[f.dir]++; used[f.dir] > rawPlaces[f.dir] {
					found = append(found, fmt.Sprintf("%s makes a template.URL from data", m.at(f, s)))
				}
			}
		}
	}
	return found
}

// TestNoInit: nothing happens before main, and nothing registers itself.
func TestNoInit(t *testing.T) {
	t.Parallel()
	testModule(t, checkNoInit)
}

func checkNoInit(m *module) []string {
	var found []string
	for _, f := range m.files {
		for _, decl := range f.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				found = append(found, m.at(f, fn)+" has an init function: construct in cmd instead")
			}
		}
	}
	return found
}

// TestNoGoroutinesInTheDomain: moves are values; whatever runs at the same time
// is started above approvals.
func TestNoGoroutinesInTheDomain(t *testing.T) {
	t.Parallel()
	testModule(t, checkNoGoroutines)
}

func checkNoGoroutines(m *module) []string {
	var found []string
	for _, f := range m.files {
		if f.isTest || !slices.Contains(domain, f.dir) {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if g, ok := n.(*ast.GoStmt); ok {
				found = append(found, m.at(f, g)+" starts a goroutine in the domain")
			}
			return true
		})
	}
	return found
}

// TestNI11_RandomIsUnguessable (NI-11): what the program draws it draws from
// crypto/rand; the generators of math/rand are for tests.
func TestNI11_RandomIsUnguessable(t *testing.T) {
	t.Parallel()
	testModule(t, checkRandom)
}

func checkRandom(m *module) []string {
	var found []string
	for _, f := range m.files {
		for _, p := range f.imports() {
			if strings.HasPrefix(p, "math/rand") && !f.isTest && !slices.Contains(testOnly, f.dir) {
				found = append(found, fmt.Sprintf("%s imports %s: draw from crypto/rand", f.path, p))
			}
		}
	}
	return found
}

func TestStyleCanFail(t *testing.T) {
	t.Parallel()
	now := func(n int) string {
		return `import "time"` + strings.Repeat("\nvar _ = time.Now()", n)
	}
	t.Run("clock", func(t *testing.T) {
		t.Parallel()
		testFixtures(t, checkClock, []fixture{
			{"in a command", map[string]string{"cmd/x/a.go": now(3)}, nil},
			{"in a test", map[string]string{"auth/a_test.go": now(1)}, nil},
			{"in the domain", map[string]string{"approvals/a.go": now(1)}, []string{"approvals/a.go:3 reads the clock (time.Now)"}},
			{"as a value, renamed", map[string]string{"web/a.go": "import std \"time\"\nvar now = std.Now"}, []string{"web/a.go:3 reads the clock"}},
			{"Since", map[string]string{"web/a.go": "import \"time\"\nvar _ = time.Since"}, []string{"web/a.go:3 reads the clock (time.Since)"}},
			{"once in client", map[string]string{"client/a.go": now(1)}, nil},
			{"twice in client", map[string]string{"client/a.go": now(2)}, []string{"client/a.go:4 reads the clock"}},
			{"another Now", map[string]string{"web/a.go": "import \"time\"\nvar _ time.Time\nvar s struct{ Now func() }\nvar _ = s.Now"}, nil},
		})
	})
	t.Run("random", func(t *testing.T) {
		t.Parallel()
		testFixtures(t, checkRandom, []fixture{
			{"unguessable", map[string]string{"auth/a.go": `import _ "crypto/rand"`}, nil},
			{"in a test", map[string]string{"auth/a_test.go": `import _ "math/rand/v2"`}, nil},
			{"guessable", map[string]string{"auth/a.go": `import _ "math/rand/v2"`}, []string{"auth/a.go imports math/rand/v2: draw"}},
		})
	})
	t.Run("raw HTML", func(t *testing.T) {
		t.Parallel()
		raw := func(expr string) string { return "import \"html/template\"\nvar s string\nvar _ = " + expr }
		testFixtures(t, checkRawHTML, []fixture{
			{"from data", map[string]string{"web/a.go": raw("template.HTML(s)")}, []string{"web/a.go:4 uses template.HTML"}},
			{"as a field", map[string]string{"web/a.go": "import \"html/template\"\ntype page struct{ Body template.HTML }"}, []string{"web/a.go:3 uses template.HTML"}},
			{"from a literal", map[string]string{"web/a.go": raw("template.CSS(`a{}`)")}, nil},
			{"joined to a literal", map[string]string{"web/a.go": raw("template.JS(`a` + s)")}, []string{"web/a.go:4 uses template.JS"}},
			{"URL elsewhere", map[string]string{"web/a.go": raw("template.URL(s)")}, []string{"web/a.go:4 makes a template.URL"}},
			{"the one URL", map[string]string{"templates/a.go": raw("template.URL(s)")}, nil},
			{"text/template has none", map[string]string{"web/a.go": "import \"text/template\"\nvar _ template.FuncMap"}, nil},
		})
	})
	t.Run("init", func(t *testing.T) {
		t.Parallel()
		testFixtures(t, checkNoInit, []fixture{
			{"a function", map[string]string{"cmd/x/a.go": "func init() {}"}, []string{"cmd/x/a.go:2 has an init function"}},
			{"a method", map[string]string{"web/a.go": "type t int\nfunc (t) init() {}"}, nil},
		})
	})
	t.Run("goroutines", func(t *testing.T) {
		t.Parallel()
		testFixtures(t, checkNoGoroutines, []fixture{
			{"in the domain", map[string]string{"approvals/a.go": "func f() { go f() }"}, []string{"approvals/a.go:2 starts a goroutine"}},
			{"above", map[string]string{"approvals/jobs/a.go": "func f() { go f() }"}, nil},
		})
	})
}
