package web

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"countersign/web/api"
)

// The file and the route table name the same calls, and neither one more.
func TestTable_isOpenAPI(t *testing.T) {
	t.Parallel()
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(api.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	var described, routed []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			described = append(described, method+" "+path)
		}
	}
	b := newBench(t, gateway)
	a, err := newAPI(gateway)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{Config: Config{API: a, Ready: b}}
	for _, r := range s.table() {
		routed = append(routed, r.Method+" "+r.Path)
	}
	for _, r := range routed {
		if !slices.Contains(described, r) {
			t.Errorf("%s is served and not described", r)
		}
	}
	for _, d := range described {
		if !slices.Contains(routed, d) {
			t.Errorf("%s is described and not served", d)
		}
	}
	if len(routed) != len(described) {
		t.Errorf("%d calls are served, %d described", len(routed), len(described))
	}
}

// Every route answers itself: none falls through to the pages.
func TestTable_mounted(t *testing.T) {
	t.Parallel()
	b := newBench(t, gateway)
	for path, want := range map[string]int{
		"/v1/actions": 401, "/v1/actions/x": 401, "/v1/sellers/a%2Fb": 401, "/v1/openapi.yaml": 200, "/.well-known/jwks.json": 200,
		"/problems/not_found": 200, "/healthz": 200, "/readyz": 200,
	} {
		if w := b.ask(http.MethodGet, path, nil); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}
