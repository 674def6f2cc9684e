package templates

import (
	"bytes"
	"compress/gzip"
	"regexp"
	"testing"
)

func gzipped(t *testing.T, parts ...[]byte) int {
	t.Helper()
	total := 0
	for _, part := range parts {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write(part); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		total += b.Len()
	}
	return total
}

// Budgets of UX §8.1 for seller pages.
const (
	pageBudget    = 20 << 10
	scriptBudget  = 4 << 10
	requestBudget = 4
	domBudget     = 300
)

func TestWeight(t *testing.T) {
	t.Parallel()
	files, err := loadStatics()
	if err != nil {
		t.Fatal(err)
	}
	css, js := files["app.css"].Body, files["app.js"].Body
	if n := gzipped(t, js); n > scriptBudget {
		t.Errorf("app.js has %d bytes compressed, more than %d", n, scriptBudget)
	}
	eachPage(t, func(t *testing.T, _ Sample, _ Locale, page string, root *element) {
		if n := gzipped(t, []byte(page), css, js); n > pageBudget {
			t.Errorf("%d bytes compressed, more than %d", n, pageBudget)
		}
		if n := len(root.all(func(*element) bool { return true })); n > domBudget {
			t.Errorf("%d elements, more than %d", n, domBudget)
		}
		requests := 1
		for _, e := range root.all(named("link", "script")) {
			if address := e.attr["href"] + e.attr["src"]; address != "" && address != "data:," {
				requests++
			}
		}
		if requests > requestBudget {
			t.Errorf("%d requests, more than %d", requests, requestBudget)
		}
	})
}

// TestScriptMakesNoMarkup: the page's policy demands trusted types, and no
// string from a server ever becomes markup or code.
func TestScriptMakesNoMarkup(t *testing.T) {
	t.Parallel()
	files, err := loadStatics()
	if err != nil {
		t.Fatal(err)
	}
	sinks := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|\beval\b|Function\(|srcdoc|\.src\s*=|setAttribute|javascript:`)
	for _, name := range []string{"app.js", "desk.js"} {
		if found := sinks.Find(files[name].Body); found != nil || len(files[name].Body) == 0 {
			t.Errorf("%s uses %s", name, found)
		}
	}
}

func TestStatic(t *testing.T) {
	t.Parallel()
	r := sharedRenderer(t)
	for name, contentType := range map[string]string{"app.css": "text/css; charset=utf-8", "app.js": "text/javascript; charset=utf-8"} {
		path := r.Asset(name)
		if !regexp.MustCompile(`^/static/app-[0-9a-f]{16}\.(css|js)$`).MatchString(path) {
			t.Errorf("%s is at %s", name, path)
		}
		f, ok := r.Static(path)
		if !ok || f.ContentType != contentType || len(f.Body) == 0 {
			t.Errorf("%s: %v, %q, %d bytes", path, ok, f.ContentType, len(f.Body))
		}
	}
	for _, path := range []string{"/static/app.css", "/static/", "/static/../renderer.go", ""} {
		if _, ok := r.Static(path); ok {
			t.Errorf("there is a file at %q", path)
		}
	}
}
