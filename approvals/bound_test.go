package approvals_test

import (
	"encoding/json"
	"strings"
	"testing"

	"countersign/approvals"
)

const boundBody = `{"iban":"NL91ABNA0417164300"}`

func boundDetails(method, target, contentType, digest string) json.RawMessage {
	request, _ := json.Marshal(approvals.BoundRequest{Method: method, Target: target, ContentType: contentType, ContentDigest: digest})
	return json.RawMessage(`{"to":` + newAccount + `,"request":` + string(request) + `}`)
}

// TestContentDigest: the example of RFC 9530 §B.1.
func TestContentDigest(t *testing.T) {
	t.Parallel()
	if got := approvals.ContentDigest([]byte(`{"hello": "world"}` + "\n")); got != "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:" {
		t.Error(got)
	}
}

// TestBoundRequest_Signed: the request an action approves is under its digest
// and in its release token; another byte of it gives another digest.
func TestBoundRequest_Signed(t *testing.T) {
	t.Parallel()
	want := approvals.BoundRequest{Method: "POST", Target: "/bank?tab=1", ContentType: "application/json", ContentDigest: approvals.ContentDigest([]byte(boundBody))}
	seen := map[approvals.Digest]string{}
	for name, d := range map[string]json.RawMessage{
		"as asked":      boundDetails(want.Method, want.Target, want.ContentType, want.ContentDigest),
		"other method":  boundDetails("PUT", want.Target, want.ContentType, want.ContentDigest),
		"other target":  boundDetails(want.Method, "/bank?tab=2", want.ContentType, want.ContentDigest),
		"other type":    boundDetails(want.Method, want.Target, "text/plain", want.ContentDigest),
		"other body":    boundDetails(want.Method, want.Target, want.ContentType, approvals.ContentDigest([]byte(boundBody+" "))),
		"no request":    json.RawMessage(`{"to":` + newAccount + `}`),
		"empty content": boundDetails("DELETE", "/bank", "", approvals.ContentDigest(nil)),
	} {
		canonical, err := approvals.ParseDetails(approvals.PayoutAccountChange, d)
		if err != nil {
			t.Fatalf("%s: %v", name, told(err))
		}
		a := reach(t, approvals.Releasing)
		a.Details = canonical
		digest, err := approvals.ComputeDigest(a)
		if before, twice := seen[digest]; twice || err != nil {
			t.Errorf("%s has the digest of %s, %v", name, before, err)
		}
		seen[digest] = name
		if name != "as asked" {
			continue
		}
		claims, err := approvals.ReleaseOf(a, "i")
		if got, ok := approvals.RequestOf(a); !ok || got != want || err != nil || claims.Request == nil || *claims.Request != want {
			t.Errorf("request %+v, in the token %+v, %v", got, claims.Request, err)
		}
	}
	if _, ok := approvals.RequestOf(reach(t, approvals.Releasing)); ok {
		t.Error("an action without a request is bound to one")
	}
}

// TestBoundRequest_Refused: what could be read in two ways, or is no digest.
func TestBoundRequest_Refused(t *testing.T) {
	t.Parallel()
	good := approvals.ContentDigest([]byte(boundBody))
	for _, c := range []struct{ method, target, contentType, digest, field string }{
		{"GET", "/bank", "", good, "method"},
		{"post", "/bank", "", good, "method"},
		{"", "/bank", "", good, "method"},
		{"POST", "", "", good, "target"},
		{"POST", "bank", "", good, "target"},
		{"POST", "//evil.example/bank", "", good, "target"},
		{"POST", "https://market.example/bank", "", good, "target"},
		{"POST", "/bank#x", "", good, "target"},
		{"POST", `/bank\x`, "", good, "target"},
		{"POST", "/bank x", "", good, "target"},
		{"POST", "/b\u00e4nk", "", good, "target"},
		{"POST", "/bank%zz", "", good, "target"},
		{"POST", "/bank%2", "", good, "target"},
		{"POST", "/x/../bank", "", good, "target"},
		{"POST", "/%62ank", "", good, "target"},
		{"POST", "/" + strings.Repeat("a", 4<<10), "", good, "target"},
		{"POST", "/bank", "text/plain\u00e4", good, "content_type"},
		{"POST", "/bank", strings.Repeat("a", 256), good, "content_type"},
		{"POST", "/bank", "", "", "content_digest"},
		{"POST", "/bank", "", strings.TrimSuffix(good, ":"), "content_digest"},
		{"POST", "/bank", "", strings.Replace(good, "sha-256", "sha-512", 1), "content_digest"},
		{"POST", "/bank", "", "sha-256=:AAAA:", "content_digest"},
		{"POST", "/bank", "", good + ", " + good, "content_digest"},
	} {
		_, err := approvals.ParseDetails(approvals.PayoutAccountChange, boundDetails(c.method, c.target, c.contentType, c.digest))
		e := refusal(err)
		if e == nil || len(e.Fields) != 1 || e.Fields[0].Field != "details.request."+c.field {
			t.Errorf("%q %.20q %.20q %q: %v", c.method, c.target, c.contentType, c.digest, told(err))
		}
	}
	for name, raw := range map[string]string{
		"unknown field": `{"method":"POST","target":"/","content_digest":"` + good + `","body":"x"}`,
		"null":          `null`,
		"a string":      `"POST /"`,
	} {
		if _, err := approvals.ParseDetails(approvals.PayoutAccountChange, json.RawMessage(`{"to":`+newAccount+`,"request":`+raw+`}`)); refusal(err) == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
