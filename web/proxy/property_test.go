package proxy_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"countersign/approvals"
	"countersign/web/proxy"
)

// Property (issue 4, RELIABILITY I12): the digest that was signed is the digest
// of the bytes that are sent, whatever was asked for.
func TestProperty_sentIsSigned(t *testing.T) {
	t.Parallel()
	methods := []string{"POST", "PUT", "PATCH", "DELETE"}
	w := newWorld(t, func(r *proxy.Routes) {
		first := r.Sensitive[0]
		first.Details = `{"to": {"iban": "GB33BUKB20201555555555", "holder": "Anna Rossi"}}`
		first.Seller = "path.rest == '' ? '' : identity.id"
		r.Sensitive = nil
		for _, m := range methods {
			first.Name, first.Method, first.Path = m, m, "/any/{rest...}"
			r.Sensitive = append(r.Sensitive, first)
		}
	})
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		s := anySent(t, methods)
		s.seller = fmt.Sprint("S-", n)
		_, a := w.sealed(s)
		if a = w.push(a); a.State != approvals.Executed {
			t.Fatalf("%s %+v", a.State, a.Push)
		}
		_, all := w.upstream.got()
		got := all[len(all)-1]
		bound, _ := approvals.RequestOf(a)
		sent := approvals.BoundRequest{
			Method: s.method, Target: s.target, ContentType: got.header.Get("Content-Type"), ContentDigest: approvals.ContentDigest([]byte(got.body)),
		}
		digest, err := approvals.ComputeDigest(a)
		if len(all) != n || got.line != s.method+" "+s.target || got.body != s.body || bound != sent || err != nil || digest != a.Digest {
			t.Fatalf("sent %q %q, signed %+v, got %+v, %v", s.target, s.body, bound, got, err)
		}
		if first, _ := a.Proof(approvals.StageStepUp); first.Digest != digest {
			t.Fatal("the proof is of something else")
		}
	})
}

// anySent draws a request that a guarded route takes.
func anySent(t *rapid.T, methods []string) sent {
	s := sent{method: rapid.SampledFrom(methods).Draw(t, "method")}
	s.target = "/any" + rapid.StringMatching(`(/[A-Za-z0-9_~-]{1,8}){1,3}`).Draw(t, "path")
	if rapid.Bool().Draw(t, "query") {
		s.target += "?" + rapid.StringMatching(`a=([A-Za-z0-9._~!$'()*,:@/?-]|%[2-7][0-9A-E]|\+|%C3%A9){0,12}(&b(=[a-z]{0,3})?)?`).Draw(t, "parameters")
	}
	text := rapid.StringMatching(`[ -!#-\[\]-~éß日😀]{0,40}`).Draw(t, "text")
	switch rapid.IntRange(0, 2).Draw(t, "form") {
	case 0:
		s.media = rapid.SampledFrom([]string{"application/json", "application/json;charset=UTF-8", "Application/JSON"}).Draw(t, "media")
		s.body = rapid.SampledFrom([]string{"", " ", "\n\t"}).Draw(t, "space") + `{"note":"` + text + `","Number":1.50,"none":null}` + "\r\n"
	case 1:
		s.media = rapid.SampledFrom([]string{"application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-8"}).Draw(t, "media")
		s.body = "c=" + rapid.StringMatching(`[A-Za-z0-9+._-]{0,200}`).Draw(t, "form") + "&d"
	default:
		s.media, s.body = "application/json", `"`+text+`"`
	}
	if s.method == "DELETE" && rapid.Bool().Draw(t, "empty") {
		s.media, s.body = "", ""
	}
	return s
}
