package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"countersign/web/api"
)

// contract holds requests and answers against openapi.yaml. Answers are held
// more strictly than clients should hold them: a member that is not described
// fails, so that nothing slips into an answer.
type contract struct {
	doc    *openapi3.T
	router routers.Router
	err    error
}

var theContract = sync.OnceValue(func() contract {
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPI())
	if err != nil {
		return contract{err: err}
	}
	for name, s := range doc.Components.Schemas {
		if name != "Claim" { // its details are whatever the action was created with
			closeSchema(s.Value)
		}
	}
	if err := doc.Validate(context.Background()); err != nil {
		return contract{err: err}
	}
	router, err := gorillamux.NewRouter(doc)
	return contract{doc, router, err}
})

// closeSchema forbids members that an object does not name.
func closeSchema(s *openapi3.Schema) {
	if s == nil {
		return
	}
	open := s.AdditionalProperties.Has == nil && s.AdditionalProperties.Schema == nil
	if s.Type.Is("object") && open {
		no := false
		s.AdditionalProperties.Has = &no
	}
	for _, p := range s.Properties {
		if p.Ref == "" {
			closeSchema(p.Value)
		}
	}
	if s.Items != nil && s.Items.Ref == "" {
		closeSchema(s.Items.Value)
	}
}

func loadContract(t testing.TB) contract {
	t.Helper()
	c := theContract()
	if c.err != nil {
		t.Fatal(c.err)
	}
	return c
}

func (c contract) input(t testing.TB, r *http.Request) *openapi3filter.RequestValidationInput {
	t.Helper()
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		t.Fatalf("%s %s is not described: %v", r.Method, r.URL.Path, err)
	}
	return &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true,
			RejectWhenRequestBodyNotSpecified: true, SkipSettingDefaults: true,
		},
	}
}

// request fails the test when a request is not as described.
func (c contract) request(t testing.TB, r *http.Request) {
	t.Helper()
	if err := openapi3filter.ValidateRequest(t.Context(), c.input(t, r)); err != nil {
		t.Errorf("%s %s: request: %v", r.Method, r.URL.Path, err)
	}
}

// answer fails the test when an answer is not as described.
func (c contract) answer(t testing.TB, r *http.Request, a answer) {
	t.Helper()
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: c.input(t, r), Status: a.status, Header: a.header, Options: c.input(t, r).Options,
		Body: io.NopCloser(bytes.NewReader(a.body)),
	}
	if err := openapi3filter.ValidateResponse(t.Context(), in); err != nil {
		t.Errorf("%s %s: answer %d: %v", r.Method, r.URL.Path, a.status, err)
	}
}

// send is raw with both sides held against the contract.
func (f *front) send(r request) answer {
	f.t.Helper()
	c := loadContract(f.t)
	c.request(f.t, f.build(r))
	return f.sendBad(r)
}

// sendBad is send for a request that is not as described: its answer is.
func (f *front) sendBad(r request) answer {
	f.t.Helper()
	a := f.raw(r)
	loadContract(f.t).answer(f.t, f.build(r), a)
	return a
}

// TestContract_canFail shows that the checks above see a wrong answer.
func TestContract_canFail(t *testing.T) {
	t.Parallel()
	c := loadContract(t)
	f := &front{t: t}
	show := f.build(request{method: "GET", path: "/v1/sellers/S-1"})
	good := map[string]any{
		"id": "S-1", "object": "seller", "email": "a@b.example", "contacts": []any{}, "locked": false,
		"created_at": "2026-05-16T12:00:00.000000Z",
	}
	check := func(v map[string]any) error {
		body, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: c.input(t, show), Status: 200, Header: http.Header{"Content-Type": {"application/json"}},
			Body: io.NopCloser(bytes.NewReader(body)), Options: c.input(t, show).Options,
		})
	}
	if err := check(good); err != nil {
		t.Fatalf("a good answer: %v", err)
	}
	for name, change := range map[string]func(map[string]any){
		"missing":     func(m map[string]any) { delete(m, "email") },
		"extra":       func(m map[string]any) { m["secret"] = "x" },
		"wrong type":  func(m map[string]any) { m["locked"] = "no" },
		"wrong const": func(m map[string]any) { m["object"] = "action" },
		"bad time":    func(m map[string]any) { m["created_at"] = "2026-05-16T12:00:00Z" },
		"bad item":    func(m map[string]any) { m["contacts"] = []any{map[string]any{"email": "a", "since": "now"}} },
		"extra below": func(m map[string]any) {
			m["contacts"] = []any{map[string]any{"email": "a", "since": "2026-05-16T12:00:00.000000Z", "token": "x"}}
		},
	} {
		bad := map[string]any{}
		for k, v := range good {
			bad[k] = v
		}
		change(bad)
		if err := check(bad); err == nil {
			t.Errorf("%s: not seen", name)
		}
	}
}
