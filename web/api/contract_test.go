package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"countersign/web/api"
	"countersign/web/webtest"
)

var theContract = sync.OnceValues(func() (*webtest.Contract, error) { return webtest.NewContract(api.OpenAPI()) })

func loadContract(t testing.TB) *webtest.Contract {
	t.Helper()
	c, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// send is raw with both sides held against the contract.
func (f *front) send(r request) answer {
	f.t.Helper()
	if err := loadContract(f.t).Request(f.build(r)); err != nil {
		f.t.Error(err)
	}
	return f.sendBad(r)
}

// sendBad is send for a request that is not as described: its answer is.
func (f *front) sendBad(r request) answer {
	f.t.Helper()
	if !loadContract(f.t).Describes(f.build(r)) {
		f.t.Errorf("%s %s is not described", r.method, r.path)
	}
	return f.raw(r)
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
		return c.Answer(show, 200, http.Header{"Content-Type": {"application/json"}}, body)
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

// What breaks the contract is named by its place: a value may be bank data.
func TestContract_echoesNothing(t *testing.T) {
	t.Parallel()
	c := loadContract(t)
	f := &front{t: t}
	const canary = "NL91ABNA0417164300-canary"
	for name, b := range map[string]string{
		"wrong type":    `{"reason":{"x":"` + canary + `"}}`,
		"not in list":   `{"reason":"` + canary + `"}`,
		"unknown field": `{"reason":"not_me","` + canary + `":1}`,
		"not JSON":      `{"reason":` + canary + `}`,
	} {
		err := c.Request(f.build(request{method: "POST", path: "/v1/actions/a/cancel", body: b, key: "k"}))
		if err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := f.build(request{method: "GET", path: "/v1/actions?state=" + canary})
	if err := c.Request(r); err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("a parameter: %v", err)
	}
	for _, b := range []string{`{"id":"` + canary + `"}`, `{"type":"` + canary + `"}`, canary} {
		h := http.Header{"Content-Type": {"application/json"}}
		if err := c.Answer(f.build(request{method: "GET", path: "/v1/actions/a"}), 200, h, []byte(b)); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("an answer: %v", err)
		}
	}
}
