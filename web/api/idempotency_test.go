package api

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"countersign/approvals"
)

// IK-01, DESIGN §6: quoted or bare, 1 to 255 visible ASCII characters.
func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("k", 255)
	for _, c := range []struct {
		name  string
		lines []string
		want  string
		code  approvals.Code
	}{
		{"bare", []string{"7f3a1c"}, "7f3a1c", ""},
		{"quoted is the same key", []string{`"7f3a1c"`}, "7f3a1c", ""},
		{"escapes", []string{`"a\"b\\c"`}, `a"b\c`, ""},
		{"a quote inside a bare one", []string{`a"b`}, `a"b`, ""},
		{"longest", []string{long}, long, ""},
		{"longest, quoted", []string{`"` + long + `"`}, long, ""},
		{"missing", nil, "", approvals.CodeIdempotencyMissing},
		{"empty", []string{""}, "", approvals.CodeIdempotencyMissing},
		{"empty, quoted", []string{`""`}, "", approvals.CodeIdempotencyMalformed},
		{"too long", []string{long + "k"}, "", approvals.CodeIdempotencyMalformed},
		{"twice", []string{"a", "b"}, "", approvals.CodeIdempotencyMalformed},
		{"twice the same", []string{"a", "a"}, "", approvals.CodeIdempotencyMalformed},
		{"twice, joined by a proxy", []string{"a, b"}, "", approvals.CodeIdempotencyMalformed},
		{"space", []string{"a b"}, "", approvals.CodeIdempotencyMalformed},
		{"space, quoted", []string{`"a b"`}, "", approvals.CodeIdempotencyMalformed},
		{"open quote", []string{`"abc`}, "", approvals.CodeIdempotencyMalformed},
		{"only a quote", []string{`"`}, "", approvals.CodeIdempotencyMalformed},
		{"parameter", []string{`"abc";a=1`}, "", approvals.CodeIdempotencyMalformed},
		{"bad escape", []string{`"a\bc"`}, "", approvals.CodeIdempotencyMalformed},
		{"escape at the end", []string{`"abc\"`}, "", approvals.CodeIdempotencyMalformed},
		{"quote in the middle", []string{`"a"c"`}, "", approvals.CodeIdempotencyMalformed},
		{"not ASCII", []string{"schlüssel"}, "", approvals.CodeIdempotencyMalformed},
		{"control", []string{"a\tb"}, "", approvals.CodeIdempotencyMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			if c.lines != nil {
				h["Idempotency-Key"] = c.lines
			}
			got, err := idempotencyKey(h)
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if (c.code == "") != (err == nil) || c.code != "" && !errors.Is(err, approvals.Refuse(c.code)) {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
}

// IK-02, IK-04: the hash is of the canonical body, the route and the marketplace.
func TestRequestHash(t *testing.T) {
	t.Parallel()
	first := requestHash("m", "POST", "/v1/actions", []byte(`{"a":"1","b":"2"}`))
	if got := requestHash("m", "POST", "/v1/actions", []byte(` {"b": "2", "a": "1"}`)); got != first {
		t.Error("another spelling of the same body has another hash")
	}
	others := []string{
		requestHash("m", "POST", "/v1/actions", []byte(`{"a":"1","b":"3"}`)),
		requestHash("m", "POST", "/v1/actions/1/claim", []byte(`{"a":"1","b":"2"}`)),
		requestHash("n", "POST", "/v1/actions", []byte(`{"a":"1","b":"2"}`)),
		requestHash("m", "POST", "/v1/actions", []byte(`{"a":"1","b":"2"`)),
		requestHash("m", "POST", "/v1/actions", nil),
	}
	seen := map[string]bool{first: true}
	for _, h := range others {
		if seen[h] {
			t.Error("different requests share a hash")
		}
		seen[h] = true
	}
}
