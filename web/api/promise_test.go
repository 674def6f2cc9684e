package api_test

import (
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"countersign/approvals"
	"countersign/web/api"
	"countersign/web/webtest"
)

// promiseFile is openapi.yaml as it was promised to those who built on it.
const promiseFile = "testdata/openapi.v1.yaml"

var promiseMore = flag.Bool("promise", false, "promise what openapi.yaml has now, when it breaks nothing promised before")

func loadOpenAPI(t *testing.T, file []byte) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(file)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// What v1 has promised stays. A finding here is a breaking change: it needs a
// v2, not another file in testdata. After an addition is released
//
//	go test ./web/api -run Contract_promise -promise
//
// promises it too.
func TestContract_promise(t *testing.T) {
	promised, err := os.ReadFile(promiseFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, broken := range webtest.Breaks(loadOpenAPI(t, promised), loadOpenAPI(t, api.OpenAPI())) {
		t.Error(broken)
	}
	if *promiseMore && !t.Failed() {
		if err := os.WriteFile(promiseFile, api.OpenAPI(), 0o644); err != nil { //nolint:gosec // a file of the repository
			t.Fatal(err)
		}
	}
}

// What a decision keeps is described, every field of it.
func TestContract_decision(t *testing.T) {
	t.Parallel()
	described := loadOpenAPI(t, api.OpenAPI()).Components.Schemas["Evidence"].Value.Properties["decision"].Value.Properties
	for f := range reflect.TypeFor[approvals.Decision]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if described[name] == nil {
			t.Errorf("%s is not in openapi.yaml", name)
		}
	}
}
