package main_test

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The layers, lowest first. An arrow goes to a lower line.
var (
	values   = []string{"approvals/audit", "approvals/destination", "approvals/target"}
	domain   = slices.Concat([]string{"approvals", "approvals/risk", "approvals/desk"}, values)
	upToAuth = slices.Concat([]string{"auth", "templates"}, domain)
	webInner = []string{"web/problem", "web/session"}
	webOuter = []string{"web/api", "web/seller", "web/desk", "web/dev", "web/proxy", "web/forwardauth"}
	screens  = slices.Concat(webInner, upToAuth)
)

// mayImport says which packages of this module each package may import, from
// files that are not tests. A package that is not here may not exist; one that
// does not exist yet is simply a rule. Packages below cmd may import anything.
var mayImport = map[string][]string{
	"approvals/audit":        nil,
	"approvals/destination":  nil,
	"approvals/target":       nil,
	"approvals":              values,
	"approvals/risk":         slices.Concat([]string{"approvals"}, values),
	"approvals/desk":         slices.Concat([]string{"approvals", "approvals/risk"}, values),
	"approvals/keyring":      {"approvals"},
	"approvals/crashpoint":   nil,
	"approvals/egress":       nil,
	"approvals/approvaldb":   slices.Concat([]string{"approvals/crashpoint"}, domain),
	"approvals/jobs":         domain,
	"approvals/deliver":      {"approvals", "approvals/crashpoint", "approvals/desk", "approvals/egress", "templates"},
	"auth":                   {"approvals", "approvals/audit"},
	"auth/authdb":            {"auth", "approvals", "approvals/audit", "approvals/approvaldb"},
	"templates":              domain,
	"migrations":             nil,
	"web/problem":            {"approvals", "approvals/desk", "templates"},
	"web/session":            {"auth", "approvals"}, // ids and refusals
	"web/rate":               {"approvals", "web/peer", "web/problem"},
	"web/api":                slices.Concat([]string{"web/peer", "web/rate"}, screens),
	"web/page":               screens, // what the sites of pages have in common
	"web/seller":             slices.Concat([]string{"web/page", "web/rate"}, screens),
	"web/signon":             {"approvals", "auth"}, // codes, and whose account it is
	"web/desk":               slices.Concat([]string{"web/page", "web/signon"}, screens),
	"web/dev":                slices.Concat([]string{"client/examples", "web/page", "web/samples"}, screens),
	"web/peer":               nil,
	"web/samples":            nil,
	"web/samples/guarded":    {"client"},
	"web/proxy":              slices.Concat([]string{"approvals", "approvals/audit", "auth", "approvals/target", "web/peer"}, webInner),
	"web/forwardauth":        slices.Concat([]string{"approvals", "auth", "approvals/target", "web/peer"}, webInner),
	"web":                    slices.Concat([]string{"web/rate"}, webOuter, screens),
	"client":                 nil,
	"client/conformance":     {"client"},
	"client/examples":        nil,
	"client/examples/market": {"client"},
}

// testOnly are packages that only test files, and the commands that play
// sellers and thieves against a gateway, may import. They may import anything
// themselves.
var testOnly = []string{"approvals/approvalstest", "auth/authtest", "web/webtest"}

// players are those commands.
var players = []string{"cmd/bench", "cmd/replay"}

// TestImports holds STYLE §4: arrows point down only.
func TestImports(t *testing.T) {
	t.Parallel()
	testModule(t, checkArrows)
}

func checkArrows(m *module) []string {
	var found []string
	for _, f := range m.files {
		allowed, known := mayImport[f.dir]
		free := f.isTest || isCmd(f.dir) || slices.Contains(testOnly, f.dir)
		if !known && !isCmd(f.dir) && !slices.Contains(testOnly, f.dir) {
			found = append(found, fmt.Sprintf("%s: package %s is not in the table of who may import whom", f.path, f.dir))
			continue
		}
		for _, to := range f.ours(m) {
			switch {
			case isCmd(to) && !strings.HasPrefix(to, f.dir+"/"):
				found = append(found, fmt.Sprintf("%s imports %s: nothing imports a command", f.path, to))
			case slices.Contains(testOnly, to):
				if !f.isTest && !slices.Contains(testOnly, f.dir) && !slices.Contains(players, f.dir) {
					found = append(found, fmt.Sprintf("%s imports %s, which is for tests only", f.path, to))
				}
			case !free && !slices.Contains(allowed, to):
				found = append(found, fmt.Sprintf("%s imports %s: not an arrow that points down", f.path, to))
			}
		}
	}
	return found
}

// isCmd reports whether the package at dir is a command or part of one.
func isCmd(dir string) bool { return strings.HasPrefix(dir, "cmd/") }

// imports returns the import paths of f.
func (f *sourceFile) imports() []string {
	var all []string
	for _, spec := range f.syntax.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		all = append(all, p)
	}
	return all
}

// ours returns the packages of the module that f imports, other than the one
// it tests, as paths in the module.
func (f *sourceFile) ours(m *module) []string {
	var all []string
	for _, p := range f.imports() {
		if p == m.path {
			all = append(all, ".")
		} else if to, ok := strings.CutPrefix(p, m.path+"/"); ok && to != f.dir {
			all = append(all, to)
		}
	}
	return all
}

// fences are the things outside this module that belong to few packages, by the
// beginning of the import path. They hold for test files too.
var fences = []struct {
	what, prefix string
	may          func(dir string) bool
}{
	{"gorm", "gorm.io/", func(dir string) bool { return strings.HasSuffix(path.Base(dir), "db") }},
	// migrations runs River's own schema as one of its steps; it starts no job.
	{"River", "github.com/riverqueue/", func(dir string) bool { return dir == "approvals/jobs" || dir == "migrations" }},
}

// keepsOut lists what a package may not touch besides, in files that are not
// tests: import paths, or their beginnings where they end in a slash.
var keepsOut = map[string][]string{
	"approvals/audit":       {"database/", "net", "net/http", "os"},
	"approvals/destination": {"database/", "net", "net/http", "os"},
	"approvals":             {"database/", "net/http", "cel.dev/", "github.com/google/cel-go/"},
	"approvals/risk":        {"database/", "net", "net/http"},
	"approvals/desk":        {"database/", "net", "net/http"},
	"approvals/jobs":        {"net/smtp", "github.com/wneessen/go-mail", "html/template"},
	"auth":                  {"database/", "net/http", "github.com/gorilla/"},
	"templates":             {"database/", "net", "net/http"},
}

// TestFences: only *db packages know gorm, only approvals/jobs knows River (and
// migrations its schema), and the domain stays pure.
func TestFences(t *testing.T) {
	t.Parallel()
	testModule(t, checkFences)
}

func checkFences(m *module) []string {
	var found []string
	for _, f := range m.files {
		for _, p := range f.imports() {
			for _, fence := range fences {
				if strings.HasPrefix(p, fence.prefix) && !fence.may(f.dir) {
					found = append(found, fmt.Sprintf("%s imports %s: %s is not for this package", f.path, p, fence.what))
				}
			}
			for _, out := range keepsOut[f.dir] {
				if !f.isTest && (p == out || strings.HasSuffix(out, "/") && strings.HasPrefix(p, out)) {
					found = append(found, fmt.Sprintf("%s imports %s: %s stays without it", f.path, p, f.dir))
				}
			}
		}
	}
	return found
}

func TestImportsCanFail(t *testing.T) {
	t.Parallel()
	testFixtures(t, checkArrows, []fixture{
		{"down", map[string]string{"auth/a.go": `import _ "countersign/approvals"`}, nil},
		{"up", map[string]string{"approvals/a.go": `import _ "countersign/auth"`}, []string{"approvals/a.go imports auth: not an arrow"}},
		{"sideways", map[string]string{"web/api/a.go": `import _ "countersign/web/desk"`}, []string{"web/api/a.go imports web/desk: not an arrow"}},
		{"renamed", map[string]string{"client/a.go": `import x "countersign/approvals"`}, []string{"client/a.go imports approvals: not an arrow"}},
		{"command from below", map[string]string{"web/a_test.go": `import _ "countersign/cmd/bench"`}, []string{"web/a_test.go imports cmd/bench: nothing imports a command"}},
		{"part of a command", map[string]string{"cmd/x/a.go": `import _ "countersign/cmd/x/y"`, "cmd/x/y/a.go": ``}, nil},
		{"unknown package", map[string]string{"utils/a.go": ``}, []string{"utils/a.go: package utils is not in the table"}},
		{"the root is no package", map[string]string{"a.go": ``}, []string{"a.go: package . is not in the table"}},
		{"test code in the program", map[string]string{"cmd/x/a.go": `import _ "countersign/auth/authtest"`}, []string{"cmd/x/a.go imports auth/authtest, which is for tests only"}},
		{"test code in a test", map[string]string{"auth/a_test.go": `import ("countersign/auth/authtest"; "countersign/auth/authdb")`}, nil},
		{"its own package, from outside", map[string]string{"auth/a_test.go": "package auth_test\n" + `import _ "countersign/auth"`}, nil},
	})
}

func TestFencesCanFail(t *testing.T) {
	t.Parallel()
	testFixtures(t, checkFences, []fixture{
		{"gorm at home", map[string]string{"auth/authdb/a.go": `import _ "gorm.io/gorm"`}, nil},
		{"gorm outside", map[string]string{"cmd/countersign/a.go": `import _ "gorm.io/driver/sqlite"`}, []string{"cmd/countersign/a.go imports gorm.io/driver/sqlite: gorm is not"}},
		{"gorm in a test", map[string]string{"web/a_test.go": `import _ "gorm.io/gorm"`}, []string{"web/a_test.go imports gorm.io/gorm: gorm is not"}},
		{"River at home", map[string]string{"approvals/jobs/a.go": `import _ "github.com/riverqueue/river"`}, nil},
		{"River outside", map[string]string{"approvals/approvaldb/a.go": `import _ "github.com/riverqueue/river/rivertype"`}, []string{"approvals/approvaldb/a.go imports github.com/riverqueue/river/rivertype: River is not"}},
		{"HTTP in the domain", map[string]string{"approvals/a.go": `import _ "net/http"`}, []string{"approvals/a.go imports net/http: approvals stays"}},
		{"SQL in auth", map[string]string{"auth/a.go": `import _ "database/sql/driver"`}, []string{"auth/a.go imports database/sql/driver: auth stays"}},
		{"HTTP in a test of auth", map[string]string{"auth/a_test.go": `import _ "net/http"`}, nil},
		{"addresses are no network", map[string]string{"approvals/risk/a.go": `import _ "net/netip"`}, nil},
	})
}
