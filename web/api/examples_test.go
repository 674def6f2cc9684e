package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"countersign/approvals"
)

// prepare brings a gateway to where an operation's example works, and returns
// the path to send it to.
func prepare(t *testing.T, g *gateway, operation, path string) string {
	t.Helper()
	if id := g.prepareWebhook(operation, path); id != "" {
		return strings.Replace(path, "{id}", id, 1)
	}
	if operation == "createAction" || operation == "advanceClock" || !strings.Contains(path, "{id}") {
		return strings.Replace(path, "{code}", "payload_mismatch", 1)
	}
	made := g.send(request{method: "POST", path: "/v1/actions", key: "prepare", body: example(t, "/v1/actions", http.MethodPost, "change")})
	if made.status != 201 {
		t.Fatalf("%d %s", made.status, made.body)
	}
	id := made.id()
	switch operation {
	case "claimAction":
		g.drive(id, approvals.Approved)
	case "reportAction":
		g.drive(id, approvals.Approved)
		g.post(id, "claim", example(t, "/v1/actions/{id}/claim", http.MethodPost, "change"), "prepare-claim")
	}
	if strings.HasPrefix(path, "/v1/sellers/") {
		id = "S-2201"
	}
	return strings.Replace(path, "{id}", id, 1)
}

func example(t *testing.T, path, method, name string) string {
	t.Helper()
	media := loadContract(t).Doc.Paths.Value(path).GetOperation(method).RequestBody.Value.Content["application/json"]
	raw, err := json.Marshal(media.Examples[name].Value.Value)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// success returns the documented status of success.
func success(t *testing.T, o *openapi3.Operation) int {
	t.Helper()
	for _, status := range slices.Sorted(statuses(o.Responses)) {
		if n, err := strconv.Atoi(status); err == nil && n < 300 {
			return n
		}
	}
	t.Fatalf("%s has no success", o.OperationID)
	return 0
}

func statuses(r *openapi3.Responses) func(func(string) bool) {
	return func(yield func(string) bool) {
		for status := range r.Map() {
			if !yield(status) {
				return
			}
		}
	}
}

// Every operation works as its example says, and every POST has one.
func TestExamples(t *testing.T) {
	t.Parallel()
	for path, item := range loadContract(t).Doc.Paths.Map() {
		for method, o := range item.Operations() {
			if method == http.MethodGet {
				t.Run(o.OperationID, func(t *testing.T) {
					t.Parallel()
					g := sqliteGateway(t)
					a := g.send(request{method: method, path: prepare(t, g, o.OperationID, path)})
					if a.status != success(t, o) {
						t.Errorf("%d %s", a.status, a.body)
					}
				})
				continue
			}
			examples := o.RequestBody.Value.Content["application/json"].Examples
			if len(examples) == 0 {
				t.Errorf("%s has no example", o.OperationID)
			}
			for name := range examples {
				t.Run(o.OperationID+"/"+name, func(t *testing.T) {
					t.Parallel()
					g := sqliteGateway(t)
					a := g.send(request{
						method: method, path: prepare(t, g, o.OperationID, path), key: `"example"`, body: example(t, path, method, name),
					})
					if a.status != success(t, o) {
						t.Errorf("%d %s", a.status, a.body)
					}
				})
			}
		}
	}
}

// The file is served as it is, and asks for no key.
func TestOpenAPI_served(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	a := g.send(request{method: "GET", path: "/v1/openapi.yaml", change: noAuth})
	if a.status != 200 || !strings.HasPrefix(string(a.body), "openapi: 3.1.0") || a.header.Get("Content-Type") != "application/yaml" {
		t.Errorf("%d %s", a.status, a.header)
	}
}
