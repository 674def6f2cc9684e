package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// module is the source of a Go module, parsed. It is read in this process, and
// never through "go list": the test cache sees the files a test opens, not what
// a command it runs looks at, and would go on saying ok after a rule is broken.
type module struct {
	path  string // as in go.mod
	fset  *token.FileSet
	files []*sourceFile
}

// sourceFile is one Go file.
type sourceFile struct {
	path    string // from the module's root: "web/api/action.go"
	dir     string // the package's path in the module: "web/api"; "." for the root
	lines   int
	isTest  bool
	written bool // by a person, not by a generator
	syntax  *ast.File
}

// at gives a position as "web/api/action.go:12".
func (m *module) at(f *sourceFile, n ast.Node) string {
	return f.path + ":" + strconv.Itoa(m.fset.Position(n.Pos()).Line)
}

// readModule parses every Go file below root. It leaves out what the go command
// leaves out: testdata, vendor, and names that begin with a dot or underscore.
func readModule(root fs.FS) (*module, error) {
	goMod, err := fs.ReadFile(root, "go.mod")
	if err != nil {
		return nil, err
	}
	m := &module{fset: token.NewFileSet()}
	for line := range strings.Lines(string(goMod)) {
		if name, ok := strings.CutPrefix(line, "module "); ok {
			m.path = strings.TrimSpace(name)
		}
	}
	err = fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		name := d.Name()
		switch {
		case err != nil:
			return err
		case d.IsDir() && p != "." && (name == "testdata" || name == "vendor" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		return m.read(root, p)
	})
	return m, err
}

func (m *module) read(root fs.FS, p string) error {
	data, err := fs.ReadFile(root, p)
	if err != nil {
		return err
	}
	syntax, err := parser.ParseFile(m.fset, p, data, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	m.files = append(m.files, &sourceFile{
		path:    p,
		dir:     path.Dir(p),
		lines:   strings.Count(string(data), "\n"),
		isTest:  strings.HasSuffix(p, "_test.go"),
		written: !ast.IsGenerated(syntax),
		syntax:  syntax,
	})
	return nil
}

// importName returns the name under which f imports the package, or "".
func (f *sourceFile) importName(importPath string) string {
	for _, spec := range f.syntax.Imports {
		if p, _ := strconv.Unquote(spec.Path.Value); p == importPath {
			if spec.Name != nil {
				return spec.Name.Name
			}
			return path.Base(importPath)
		}
	}
	return ""
}

// selectors returns every place where f mentions one of the names of the
// package, called or not: a function passed on as a value counts.
func (f *sourceFile) selectors(importPath string, names ...string) []*ast.SelectorExpr {
	pkg := f.importName(importPath)
	if pkg == "" {
		return nil
	}
	var found []*ast.SelectorExpr
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && slices.Contains(names, s.Sel.Name) {
			if id, ok := s.X.(*ast.Ident); ok && id.Name == pkg {
				found = append(found, s)
			}
		}
		return true
	})
	return found
}

// check is one rule: what it finds in a module, one sentence each.
type check func(m *module) []string

// testModule runs a rule over this module.
func testModule(t *testing.T, rule check) {
	t.Helper()
	m, err := readModule(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if m.path != "countersign" || len(m.files) < 10 {
		t.Fatalf("read module %q with %d files: not this one", m.path, len(m.files))
	}
	for _, found := range rule(m) {
		t.Error(found)
	}
}

// fixture is a module that is made up, and what a rule says about it.
type fixture struct {
	name  string
	files map[string]string // by path; a file without a package clause gets one
	want  []string          // how each finding begins, in order; none = allowed
}

// testFixtures proves that a rule can fail, and that it lets pass what it should.
func testFixtures(t *testing.T, rule check, fixtures []fixture) {
	t.Helper()
	for _, fx := range fixtures {
		t.Run(fx.name, func(t *testing.T) {
			t.Parallel()
			root := fstest.MapFS{"go.mod": {Data: []byte("module countersign\n\ngo 1.26\n")}}
			for p, body := range fx.files {
				if !strings.Contains(body, "package ") {
					body = "package p\n" + body
				}
				root[p] = &fstest.MapFile{Data: []byte(body + "\n")}
			}
			m, err := readModule(root)
			if err != nil {
				t.Fatal(err)
			}
			got := rule(m)
			if !slices.EqualFunc(got, fx.want, strings.HasPrefix) {
				t.Errorf("found %s\nwant  %s", quoted(got), quoted(fx.want))
			}
		})
	}
}

func quoted(lines []string) string {
	return fmt.Sprintf("%d: %q", len(lines), lines)
}
