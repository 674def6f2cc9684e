package dev_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"countersign/web/api"
	"countersign/web/problem"
	"countersign/web/webtest"
)

// The reference has every call, every field, every object and every problem of
// the description, each under its own anchor.
func TestReference_HasItAll(t *testing.T) {
	t.Parallel()
	page := get(t, open(t), problem.DocPath)
	if page.Code != 200 || page.Header().Get("Cache-Control") != "public, max-age=300" {
		t.Fatalf("%d %v", page.Code, page.Header())
	}
	doc, err := html.Parse(page.Body)
	if err != nil {
		t.Fatal(err)
	}
	ids, code := map[string]bool{}, map[string]bool{}
	for n := range doc.Descendants() {
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("id %s twice", id)
			}
			ids[id] = true
		}
		if n.Data == "code" && n.FirstChild != nil {
			code[n.FirstChild.Data] = true
		}
	}
	c, err := webtest.NewContract(api.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range c.Doc.Paths.Map() {
		for method, o := range item.Operations() {
			if !ids[o.OperationID] || !code[method+" "+path] {
				t.Errorf("%s %s is not there", method, path)
			}
		}
	}
	for name, s := range c.Doc.Components.Schemas {
		if !ids[name] {
			t.Errorf("object %s is not there", name)
		}
		for field := range s.Value.Properties {
			if !code[field] {
				t.Errorf("%s.%s is not there", name, field)
			}
		}
	}
	for _, p := range problem.List() {
		if !ids[string(p.Code)] {
			t.Errorf("code %s is not there", p.Code)
		}
	}
}

// Its links lead somewhere, it loads nothing from elsewhere, headings follow one
// another, and what can scroll can be reached by keyboard and has a name.
func TestReference_CanBeRead(t *testing.T) {
	t.Parallel()
	h := open(t)
	raw := get(t, h, problem.DocPath).Body.String()
	doc, err := html.Parse(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	level := 0
	names := map[string]bool{}
	for n := range doc.Descendants() {
		if href := attr(n, "href"); n.Data == "a" && strings.HasPrefix(href, "#") && !strings.Contains(raw, `id="`+href[1:]+`"`) {
			t.Errorf("%s leads nowhere", href)
		} else if n.Data == "a" && !strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "#") {
			t.Errorf("%s leads away", href)
		}
		if src := attr(n, "src"); src != "" || n.Data == "script" || n.Data == "style" || attr(n, "style") != "" {
			t.Errorf("<%s> %s", n.Data, src)
		}
		if n.Type == html.ElementNode && len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			if now := int(n.Data[1] - '0'); now > level+1 {
				t.Errorf("h%d after h%d", now, level)
			} else {
				level = now
			}
		}
		if n.Data == "pre" {
			if name := attr(n, "aria-label"); name == "" || names[name] || attr(n, "tabindex") != "0" {
				t.Errorf("<pre> %q has no name of its own, or cannot be reached", name)
			} else {
				names[name] = true
			}
		}
	}
	if strings.Contains(raw, "`") || strings.Contains(raw, "$ref") {
		t.Error("Markdown or YAML shows through")
	}
}

// The examples are commands: a shell reads each of them as one, and its body is
// the JSON of the description.
func TestReference_Examples(t *testing.T) {
	t.Parallel()
	doc, err := html.Parse(get(t, open(t), problem.DocPath).Body)
	if err != nil {
		t.Fatal(err)
	}
	c, err := webtest.NewContract(api.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for n := range doc.Descendants() {
		if n.Data == "code" && n.Parent.Data == "pre" {
			shown = append(shown, n.FirstChild.Data)
		}
	}
	wanted := 0
	for path, item := range c.Doc.Paths.Map() {
		for _, o := range item.Operations() {
			if o.RequestBody == nil {
				continue
			}
			for name, e := range o.RequestBody.Value.Content["application/json"].Examples {
				wanted++
				if !slices.ContainsFunc(shown, func(command string) bool { return sends(t, command, path, e.Value.Value) }) {
					t.Errorf("example %s of %s is not shown", name, o.OperationID)
				}
			}
		}
	}
	if wanted < 12 {
		t.Errorf("only %d examples", wanted)
	}
}
