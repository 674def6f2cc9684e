package webtest

import (
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

const promised = `openapi: 3.1.0
info: { title: T, version: "1" }
security: [{ key: [] }]
paths:
  /a:
    get:
      security: []
      parameters:
        - { name: q, in: query, schema: { type: string, enum: [x, y] } }
      responses:
        "200": { description: d, content: { application/json: { schema: { $ref: "#/components/schemas/Out" } } } }
  /b:
    post:
      requestBody:
        content: { application/json: { schema: { $ref: "#/components/schemas/In" } } }
      responses:
        "201":
          description: d
          headers: { Location: { required: true, schema: { type: string } } }
          content: { application/json: { schema: { $ref: "#/components/schemas/Out" } } }
        "409": { description: d }
components:
  securitySchemes: { key: { type: http, scheme: bearer } }
  schemas:
    In:
      type: object
      additionalProperties: false
      required: [kind]
      properties:
        kind: { type: string, enum: [one, two] }
        note: { type: string, maxLength: 100 }
        free: { type: string }
        count: { type: integer }
        words: { type: object, additionalProperties: { type: string } }
        account:
          oneOf: [{ $ref: "#/components/schemas/Iban" }, { $ref: "#/components/schemas/Sort" }]
    Iban: { type: object, additionalProperties: false, required: [iban], properties: { iban: { type: string } } }
    Sort: { type: object, additionalProperties: false, required: [sort], properties: { sort: { type: string } } }
    Out:
      type: object
      required: [id, state]
      properties:
        id: { type: string }
        object: { const: thing }
        state: { type: string, enum: [open, shut] }
        at: { type: string, pattern: "Z$" }
        list: { type: array, items: { type: object, required: [x], properties: { x: { type: string } } } }
`

func load(t *testing.T, file string) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestBreaks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, old, now string
		want           string // of the one finding; empty: nothing breaks
	}{
		{"path gone", "  /a:\n", "  /c:\n", "GET /a is gone"},
		{"method gone", "    post:\n", "    put:\n", "POST /b is gone"},
		{"key asked for", "      security: []\n", "", "GET /a now asks for an API key"},
		{"no key any more", "security: [{ key: [] }]\npaths", "paths", ""},
		{"parameter gone", "        - { name: q,", "        - { name: p,", "GET /a no longer takes the query parameter q"},
		{"parameter required", "{ name: q, in: query,", "{ name: q, in: query, required: true,", "GET /a now requires the query parameter q"},
		{"parameter narrowed", "enum: [x, y]", "enum: [x]", "GET /a: parameter q: no longer knows y"},
		{"answer gone", `        "409": { description: d }` + "\n", "", "POST /b: answer 409 is gone"},
		{"header may be absent", "Location: { required: true,", "Location: { required: false,", "POST /b: answer 201: header Location may be absent"},
		{"body required", "      requestBody:\n", "      requestBody:\n        required: true\n", "POST /b now requires a body"},
		{"media type gone", "        content: { application/json: { schema: { $ref: \"#/components/schemas/In\"", "        content: { application/xml: { schema: { $ref: \"#/components/schemas/In\"", "POST /b: body: application/json is gone"},
		{"field of a request gone", "        note: { type: string, maxLength: 100 }\n", "", "POST /b: body: field note is gone"},
		{"new required field", "required: [kind]", "required: [kind, free]", "POST /b: body: field free is now required"},
		{"new field", "        count: { type: integer }\n", "        count: { type: integer }\n        more: { type: string }\n", ""},
		{"field no longer required", "required: [kind]", "required: []", ""},
		{"narrowed enum", "enum: [one, two]", "enum: [one]", "POST /b: body.kind: no longer knows two"},
		{"widened enum", "enum: [one, two]", "enum: [one, two, three]", ""},
		{"listed values one form of two", "kind: { type: string, enum: [one, two] }", "kind: { type: string, oneOf: [{ type: string, enum: [one, two] }, { type: string, pattern: x }] }", ""},
		{"listed values one form of two, and fewer", "kind: { type: string, enum: [one, two] }", "kind: { type: string, oneOf: [{ type: string, enum: [one] }, { type: string, pattern: x }] }", "POST /b: body.kind: now has to be one of several forms"},
		{"enum where there was none", "free: { type: string }", "free: { type: string, enum: [a] }", "POST /b: body.free: now takes listed values only"},
		{"changed type", "count: { type: integer }", "count: { type: string }", "POST /b: body.count: changed its type"},
		{"tighter limit", "maxLength: 100", "maxLength: 99", "POST /b: body.note: a tighter limit on its length"},
		{"limit where there was none", "free: { type: string }", "free: { type: string, minLength: 1 }", "POST /b: body.free: a tighter limit on its length"},
		{"looser limit", "maxLength: 100", "maxLength: 101", ""},
		{"pattern where there was none", "free: { type: string }", "free: { type: string, pattern: x }", "POST /b: body.free: changed its pattern"},
		{"range where there was none", "count: { type: integer }", "count: { type: integer, minimum: 0 }", "POST /b: body.count: a tighter limit on its range"},
		{"closed object", "words: { type: object, additionalProperties: { type: string } }", "words: { type: object, additionalProperties: false }", "POST /b: body.words: no longer takes fields of any name"},
		{"form gone", `, { $ref: "#/components/schemas/Sort" }]`, "]", "POST /b: body.account: form #/components/schemas/Sort of it is gone or changed"},
		{"form changed", "required: [sort], properties: { sort: { type: string } }", "required: [sort, bank], properties: { sort: { type: string }, bank: { type: string } }", "POST /b: body.account: form #/components/schemas/Sort of it is gone or changed"},
		{"one more form", `, { $ref: "#/components/schemas/Sort" }]`, `, { $ref: "#/components/schemas/Sort" }, { type: string }]`, ""},
		{"field of an answer gone", "        at: { type: string, pattern: \"Z$\" }\n", "", "GET /a: answer 200: field at is gone"},
		{"field of an answer may be absent", "required: [id, state]", "required: [id]", "GET /a: answer 200: field state may now be absent"},
		{"field of an answer always there", "required: [id, state]", "required: [id, state, at]", ""},
		{"value of an answer", "enum: [open, shut]", "enum: [open, shut, ajar]", ""},
		{"value of an answer gone", "enum: [open, shut]", "enum: [open]", "GET /a: answer 200.state: no longer knows shut"},
		{"values of an answer one form of two", "state: { type: string, enum: [open, shut] }", "state: { type: string, oneOf: [{ type: string, enum: [open, shut] }, { type: string, pattern: x }] }", ""},
		{"any value in an answer", "state: { type: string, enum: [open, shut] }", "state: { type: string }", "GET /a: answer 200.state: may now be anything"},
		{"constant", "const: thing", "const: other", "GET /a: answer 200.object: changed its one value"},
		{"pattern of an answer", `pattern: "Z$"`, "pattern: x", "GET /a: answer 200.at: changed its pattern"},
		{"below a list", "required: [x], properties: { x: { type: string } }", "required: [x], properties: { x: { type: integer } }", "GET /a: answer 200.list[].x: changed its type"},
		{"something nobody compares", "free: { type: string }", "free: { type: string, not: { const: x } }", "POST /b: body.free: changed allOf, anyOf, not or patternProperties, which nobody compares"},
		{"a new call", "paths:\n", "paths:\n  /c: { get: { responses: { \"200\": { description: d } } } }\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if strings.Count(promised, c.old) != 1 {
				t.Fatalf("%q is %d times there", c.old, strings.Count(promised, c.old))
			}
			got := Breaks(load(t, promised), load(t, strings.Replace(promised, c.old, c.now, 1)))
			want := []string{c.want}
			if c.want == "" {
				want = nil
			}
			if !slices.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
	if got := Breaks(load(t, promised), load(t, promised)); len(got) > 0 {
		t.Errorf("the same file: %q", got)
	}
}
