package proxy

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// guarding returns a table that guards these paths.
func guarding(t testing.TB, paths ...string) *Table {
	t.Helper()
	table := &Table{}
	for _, p := range paths {
		parsed, err := parsePattern(p)
		if err != nil {
			t.Fatal(err)
		}
		table.routes = append(table.routes, &route{Route: Route{Name: p, Method: http.MethodPost}, pattern: parsed})
	}
	return table
}

// readers are what servers do to a path before they look it up: the four
// normalisations of RELIABILITY §9 G, and what frameworks add.
var readers = map[string]func(string) string{
	"raw":                         func(p string) string { return p },
	"decoded once":                unescape,
	"decoded twice":               func(p string) string { return unescape(unescape(p)) },
	"cleaned":                     path.Clean,
	"decoded, cleaned":            func(p string) string { return path.Clean(unescape(p)) },
	"cleaned, decoded":            func(p string) string { return unescape(path.Clean(p)) },
	"twice, cleaned":              func(p string) string { return path.Clean(unescape(unescape(p))) },
	"without parameters, cleaned": func(p string) string { return path.Clean(unescape(withoutParams(p))) },
	"decoded, without parameters": func(p string) string { return path.Clean(withoutParams(unescape(p))) },
	"backslashes":                 func(p string) string { return path.Clean(strings.ReplaceAll(unescape(p), `\`, "/")) },
	"any case":                    func(p string) string { return strings.ToLower(path.Clean(unescape(p))) },
	"compatibility forms":         func(p string) string { return path.Clean(norm.NFKC.String(unescape(p))) },
	"to the null":                 func(p string) string { p, _, _ = strings.Cut(unescape(p), "\x00"); return path.Clean(p) },
	"to the question mark":        func(p string) string { p, _, _ = strings.Cut(unescape(p), "?"); return path.Clean(p) },
	"no slash at the end":         func(p string) string { return strings.TrimRight(p, "/") },
	"without its format":          func(p string) string { p = path.Clean(unescape(p)); return strings.TrimSuffix(p, path.Ext(p)) },
	"after the front controller":  func(p string) string { _, p, _ = strings.Cut(path.Clean(unescape(p)), "/index.php"); return p },
	"below the front controller":  func(p string) string { return strings.Replace(path.Clean(unescape(p)), "/index.php/", "/", 1) },
}

func unescape(p string) string {
	if u, err := url.PathUnescape(p); err == nil {
		return u
	}
	return p
}

// FuzzDecide: whatever some server takes for a guarded path is one written
// plainly, or refused; what passes is guarded to nobody.
func FuzzDecide(f *testing.F) {
	for _, seed := range []string{
		"/bank", "/bank/", "/x/../bank", "/%62ank", "/b%2561nk", "/bank;x", "/a/..;/bank", "//bank", "/x%5c..%5cbank", "/BANK", "/bank%00", "/bank%3fx",
		"/sellers/7/bank", "/sellers/%37/bank", "/sellers/a%2fb/bank", "/pay/1/2", "/orders/7", "/%EF%BD%82ank", "/bank%20", "/./bank", "/%2e/bank", "/bank.",
		"/bank.json", "/bank%2Ejson", "/pay/1/2.xml", "/index.php/bank", "/sellers/index.php/7/bank", "/shop/index.php/sellers/7/bank.json", "/index.php",
	} {
		f.Add(seed)
	}
	table := guarding(f, "/bank", "/sellers/{id}/bank", "/pay/{rest...}")
	f.Fuzz(func(t *testing.T, p string) {
		if checkTarget([]byte(p)) != nil || strings.Contains(p, "?") {
			return
		}
		d, err := table.decide(&http.Request{Method: http.MethodPost, RequestURI: p})
		if err != nil {
			return
		}
		for name, read := range readers {
			for _, one := range table.routes {
				params, seen := one.pattern.match(read(p))
				if seen && d.route != one {
					t.Errorf("%q passes as %v and is %q to a server that reads it %s", p, d.route, read(p), name)
				}
				for key, value := range params {
					if !strings.EqualFold(d.params[key], value) {
						t.Errorf("%q: %s is %q, and %q to a server that reads it %s", p, key, d.params[key], value, name)
					}
				}
			}
		}
	})
}

// A route that names a script guards what the script would serve without its
// name too.
func TestDecide_scriptRoutes(t *testing.T) {
	t.Parallel()
	table := guarding(t, "/index.php/bank", "/shop/pay.php", "/old.php/{rest...}")
	for path, want := range map[string]string{
		"/index.php/bank": "route", "/bank": "refused", "/app.php/bank": "refused", "/bank.json": "refused", "/shop/pay.php": "route", "/shop/pay": "refused", "/shop/pay.php/1": "refused",
		"/shop/pay.json": "refused", "/index.php/shop": "passes", "/index.php": "passes", "/shop": "passes", "/old.php/7": "route", "/7": "passes",
	} {
		d, err := table.decide(&http.Request{Method: http.MethodPost, RequestURI: path})
		got := "passes"
		switch {
		case err != nil:
			got = "refused"
		case d.route != nil:
			got = "route"
		}
		if got != want {
			t.Errorf("%s %s, want %s", path, got, want)
		}
	}
}

// G14, G15: on a guarded path what only reads passes; a write is a route or is
// refused. G18: two routes of one path are told apart by method alone.
func TestDecide_methods(t *testing.T) {
	t.Parallel()
	table := guarding(t, "/bank")
	for method, want := range map[string]string{"GET": "passes", "HEAD": "passes", "OPTIONS": "passes", "POST": "route", "PUT": "refused", "PATCH": "refused", "DELETE": "refused"} {
		d, err := table.decide(&http.Request{Method: method, RequestURI: "/bank?x=/y"})
		got := "passes"
		switch {
		case err != nil:
			got = "refused"
		case d.route != nil:
			got = "route"
		}
		if got != want || err == nil && !d.guarded {
			t.Errorf("%s %s, want %s", method, got, want)
		}
	}
}

func TestPattern_meets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"/bank", "/bank", true}, {"/bank", "/BANK", true}, {"/bank", "/banks", false}, {"/{a}", "/bank", true}, {"/a/{b}", "/{c}/d", true}, {"/a/{b}", "/c/{b}", false},
		{"/a/{b...}", "/a/b/c/d", true}, {"/a/{b...}", "/a", false}, {"/a/b", "/a/b/c", false}, {"/{a...}", "/x/{y}/z", true}, {"/a/{b...}", "/{c...}", true},
	} {
		a, err1 := parsePattern(tt.a)
		b, err2 := parsePattern(tt.b)
		if err1 != nil || err2 != nil || a.meets(b) != tt.want || b.meets(a) != tt.want {
			t.Errorf("%s and %s: %v, %v %v", tt.a, tt.b, a.meets(b), err1, err2)
		}
	}
}
