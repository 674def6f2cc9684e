package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"countersign/approvals"
)

// badBodies are wrong for every call, whatever it expects. The canaries in
// them must come back nowhere.
func badBodies() map[string]string {
	deep := func(n int) string {
		return `{"details":` + strings.Repeat(`{"a":`, n) + `1` + strings.Repeat(`}`, n) + `}`
	}
	return map[string]string{
		"unknown field":          `{"extra":"canary-1"}`,
		"no JSON":                `canary-2`,
		"cut off":                `{"reason":"canary-3`,
		"trailing data":          `{} {"reason":"canary-4"}`,
		"two documents":          `{}{}`,
		"a list":                 `[]`,
		"a string":               `"canary-5"`,
		"a number":               `4111111111111111`,
		"null":                   `null`,
		"true":                   `true`,
		"byte order mark":        "\ufeff{}",
		"NUL":                    "{}\x00",
		"NUL escaped":            `{"reason":"\u0000canary-6"}`,
		"invalid UTF-8":          "{\"reason\":\"\xff\xfe\"}",
		"overlong UTF-8":         "{\"reason\":\"\xc0\xaf\"}",
		"UTF-16":                 "\xff\xfe{\x00}\x00",
		"lone surrogate":         `{"reason":"\ud800"}`,
		"other surrogate":        `{"reason":"\udc00x"}`,
		"bidi":                   "{\"reason\":\"a\u202eb\"}",
		"bidi escaped":           `{"reason":"a\u2066b"}`,
		"bidi in a key":          "{\"rea\u202eson\":\"a\"}",
		"control":                `{"reason":"a\u0007b"}`,
		"raw control":            "{\"reason\":\"a\tb\"}",
		"line feed":              `{"reason":"a\nb"}`,
		"delete":                 "{\"reason\":\"a\u007fb\"}",
		"C1 control":             `{"reason":"a\u0085b"}`,
		"key twice":              `{"reason":"a","reason":"b"}`,
		"key twice, other case":  `{"reason":"marketplace","Reason":"canary-7"}`,
		"key that folds to ours": `{"reaſon":"marketplace"}`,
		"key twice below":        `{"details":{"to":{"iban":"a","iban":"b"}}}`,
		"empty key":              `{"":"canary-8"}`,
		"long key":               `{"` + strings.Repeat("k", 64<<10) + `":1}`,
		"deep":                   deep(33),
		"deeper":                 deep(10_000),
		"a deep list":            strings.Repeat("[", 100_000),
		"a big number":           `{"reason":1e400}`,
		"2^53+1":                 `{"reason":9007199254740993}`,
		"minus zero":             `{"reason":-0}`,
		"a leading zero":         `{"reason":01}`,
		"NaN":                    `{"reason":NaN}`,
		"a comment":              `{/*canary-9*/}`,
		"a trailing comma":       `{"reason":"marketplace",}`,
		"mass assignment (K6)":   `{"state":"approved","not_before":"2020-01-01T00:00:00Z","delay":0,"digest":"00","verified":true,"marketplace":"other"}`,
	}
}

// typical are the fields of each call with a value of every wrong type.
func wrongTypes(valid string) map[string]string {
	out := map[string]string{}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(valid), &fields); err != nil {
		panic(err)
	}
	for name, value := range fields {
		for kind, bad := range map[string]string{"null": `null`, "number": `7`, "string": `"canary"`, "bool": `true`, "list": `["canary"]`, "object": `{"extra":"canary"}`} {
			if kindOf(value) == kind {
				continue
			}
			fields[name] = json.RawMessage(bad)
			raw, err := json.Marshal(fields)
			if err != nil {
				panic(err)
			}
			out[name+" is a "+kind] = string(raw)
		}
		delete(fields, name)
		if raw, _ := json.Marshal(fields); name != "context" && name != "reference" {
			out[name+" is missing"] = string(raw)
		}
		fields[name] = value
	}
	return out
}

func kindOf(raw json.RawMessage) string {
	switch raw[0] {
	case '{':
		return "object"
	case '[':
		return "list"
	case '"':
		return "string"
	case 't', 'f':
		return "bool"
	}
	return "number"
}

// watch checks that nothing is created and nothing lost while f runs.
func (g *gateway) watch(id string, f func()) {
	g.t.Helper()
	before, count, clock := g.load(id), g.count(), g.clock.Now()
	f()
	after := g.load(id)
	if after.Version != before.Version || after.State != before.State || after.Digest != before.Digest {
		g.t.Errorf("the action moved from %s v%d to %s v%d", before.State, before.Version, after.State, after.Version)
	}
	if g.count() != count {
		g.t.Errorf("%d actions, %d before", g.count(), count)
	}
	if !g.clock.Now().Equal(clock) {
		g.t.Error("the clock moved")
	}
	seller, err := g.parts.Reader.Seller(g.t.Context(), before.SellerKey())
	if err != nil || seller.Locked {
		g.t.Errorf("the seller: %v, %v", seller.Locked, err)
	}
}

// quiet checks that neither an answer nor the log repeats what was sent.
func (g *gateway) quiet(what string, a answer) {
	g.t.Helper()
	if strings.Contains(string(a.body), "canary") {
		g.t.Errorf("%s: the answer repeats what was sent: %s", what, a.body)
	}
	for _, secret := range []string{ourKey, otherKey, "giulia@ferri", "NL91ABNA", "IT60X054", "Giulia Ferri", "4111111111111111"} {
		if strings.Contains(string(a.body), secret) {
			g.t.Errorf("%s: the answer holds %s", what, secret)
		}
	}
}

func (g *gateway) quietLog() {
	g.t.Helper()
	for _, secret := range []string{"canary", ourKey, otherKey, "giulia", "NL91", "IT60", "Ferri", "4111111111111111", "/h/", "Bearer"} {
		if strings.Contains(g.log.String(), secret) {
			g.t.Errorf("the log holds %q", secret)
		}
	}
}

// Issue "Bad input", RELIABILITY I: each POST with every body that is wrong.
func TestBadInput_bodies(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	id := g.create("S-2201").id()
	g.drive(id, approvals.Approved)
	calls := everyCall(id)
	calls[0].body = body("S-9")
	g.watch(id, func() {
		for _, r := range calls {
			if r.method == "GET" {
				continue
			}
			bad := badBodies()
			for name, b := range wrongTypes(r.body) {
				bad[name] = b
			}
			if !strings.HasPrefix(r.path, "/v1/actions/") || !strings.HasSuffix(r.path, "/handoff") { // there is nothing to say in that one
				bad["empty"] = ""
			}
			for name, b := range bad {
				try := r
				try.key, try.body = fresh("canary"), b
				a := g.sendBad(try)
				what := r.path + ", " + name
				if a.status != 400 || a.code() != "invalid_request" && a.code() != "kind_unknown" && a.code() != "return_url_unknown" {
					t.Errorf("%s: %d %s", what, a.status, a.body)
				}
				if a.code() == "invalid_request" && len(a.json["errors"].([]any)) == 0 {
					t.Errorf("%s: says not what is wrong: %s", what, a.body)
				}
				g.quiet(what, a)
			}
		}
	})
	g.quietLog()
	if a := g.claim(id, "after-all"); a.status != 200 {
		t.Errorf("after all that a good claim is refused: %d %s", a.status, a.body)
	}
}

// Everything around the body.
func TestBadInput_envelope(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	id := g.create("S-2201").id()
	g.drive(id, approvals.Approved)
	header := func(name string, values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header[name] = values }
	}
	calls := everyCall(id)
	calls[0].body = body("S-9")
	cases := []struct {
		name   string
		change func(*http.Request)
		status int
		code   string
		all    bool // GETs too
	}{
		{"no key", noAuth, 401, "unauthenticated", true},
		{"empty key", header("Authorization", "Bearer "), 401, "unauthenticated", true},
		{"another scheme", header("Authorization", "Basic "+ourKey), 401, "unauthenticated", true},
		{"no scheme", header("Authorization", ourKey), 401, "unauthenticated", true},
		{"unknown key", as("cs_test_canary"), 401, "unauthenticated", true},
		{"a live key (K7)", as("cs_live_canary"), 401, "unauthenticated", true},
		{"our key as a live one", as("cs_live_" + strings.TrimPrefix(ourKey, "cs_test_")), 401, "unauthenticated", true},
		{"in capitals", as(strings.ToUpper(ourKey)), 401, "unauthenticated", true},
		{"with a blank", as(ourKey + " "), 401, "unauthenticated", true},
		{"two keys", header("Authorization", "Bearer "+ourKey, "Bearer "+ourKey), 401, "unauthenticated", true},
		{"a huge key", as("cs_test_" + strings.Repeat("canary", 2000)), 401, "unauthenticated", true},
		{"forged host", func(r *http.Request) { r.Host = "canary.example" }, 421, "misdirected_request", true},
		{"no host", func(r *http.Request) { r.Host = "" }, 421, "misdirected_request", true},
		{"another method", func(r *http.Request) { r.Method = "PATCH" }, 405, "method_not_allowed", true},
		{"no idempotency key", header("Idempotency-Key"), 400, "idempotency_key_missing", false},
		{"a broken one", header("Idempotency-Key", `"canary`), 400, "idempotency_key_malformed", false},
		{"two", header("Idempotency-Key", "canary", "canary"), 400, "idempotency_key_malformed", false},
		{"a used one", header("Idempotency-Key", "used"), 422, "idempotency_key_reused", false},
		{"a query", func(r *http.Request) { r.URL.RawQuery = "canary=1" }, 400, "invalid_request", false},
		{"text", header("Content-Type", "text/plain"), 415, "unsupported_media_type", false},
		{"a form", header("Content-Type", "application/x-www-form-urlencoded"), 415, "unsupported_media_type", false},
		{"JSON of another kind", header("Content-Type", "application/vnd.api+json"), 415, "unsupported_media_type", false},
		{"a media type that is none", header("Content-Type", "application/json;;canary"), 415, "unsupported_media_type", false},
		{"UTF-16", header("Content-Type", "application/json; charset=utf-16"), 415, "unsupported_media_type", false},
		{"two charsets", header("Content-Type", "application/json; charset=utf-8; charset=utf-8"), 415, "unsupported_media_type", false},
		{"a parameter", header("Content-Type", "application/json; version=1"), 415, "unsupported_media_type", false},
		{"no type", func(r *http.Request) { r.Header.Del("Content-Type") }, 415, "unsupported_media_type", false},
		{"two types", header("Content-Type", "application/json", "application/json"), 415, "unsupported_media_type", false},
		{"compressed (H8)", header("Content-Encoding", "gzip"), 415, "unsupported_media_type", false},
		{"said to be big", func(r *http.Request) { r.ContentLength = 1<<20 + 1 }, 413, "payload_too_large", false},
	}
	g.post(newUUID(), "cancel", `{"reason":"marketplace"}`, "used")
	g.watch(id, func() {
		for _, c := range cases {
			for i, r := range calls {
				if r.method == "GET" && !c.all {
					continue
				}
				if r.method == "POST" {
					r.key = fmt.Sprint("canary-", i)
				}
				r.change = c.change
				a := g.raw(r)
				what := fmt.Sprintf("%s %s, %s", r.method, r.path, c.name)
				if a.status != c.status || a.code() != c.code || !strings.HasPrefix(a.header.Get("Content-Type"), "application/problem+json") {
					t.Errorf("%s: %d %s", what, a.status, a.body)
				}
				if (a.status == 401) != (a.header.Get("WWW-Authenticate") != "") {
					t.Errorf("%s: WWW-Authenticate %q", what, a.header.Get("WWW-Authenticate"))
				}
				g.quiet(what, a)
			}
		}
	})
	g.quietLog()
	if a := g.claim(id, "after-all"); a.status != 200 {
		t.Errorf("after all that a good claim is refused: %d %s", a.status, a.body)
	}
}

// A body of more than 1 MB, announced and not.
func TestBadInput_big(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	id := g.create("S-2201").id()
	big := `{"reason":"` + strings.Repeat("canary", 200_000) + `"}`
	g.watch(id, func() {
		for _, r := range everyCall(id) {
			if r.method == "GET" {
				continue
			}
			for name, length := range map[string]int64{"announced": int64(len(big)), "not announced": -1} {
				r.key, r.body = fresh("big"), big
				r.change = func(r *http.Request) { r.ContentLength = length }
				a := g.raw(r)
				if a.status != 413 || a.code() != "payload_too_large" {
					t.Errorf("%s, %s: %d %s", r.path, name, a.status, a.body)
				}
				g.quiet(r.path, a)
			}
		}
	})
	g.quietLog()
}

// C6, AS-11: forwarded headers change nothing, least of all the URL that is
// handed out.
func TestBadInput_forwarded(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	r := request{method: "POST", path: "/v1/actions", body: body("S-1"), key: "once", change: func(r *http.Request) {
		for _, name := range []string{"X-Forwarded-Host", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Prefix", "Forwarded",
			"X-Host", "X-Original-Url", "X-Rewrite-Url", "X-Http-Method-Override", "X-Forwarded-User", "X-Marketplace", "Request-Id", "X-Request-Id"} {
			r.Header.Set(name, "canary.example")
		}
	}}
	a := g.raw(r)
	url, _ := member(t, a.json, "next", "url").(string)
	if a.status != 201 || !strings.HasPrefix(url, publicURL+"/h/") || !strings.HasPrefix(a.header.Get("Location"), publicURL) {
		t.Errorf("%d %s", a.status, a.body)
	}
	if strings.Contains(fmt.Sprint(a.header), "canary") {
		t.Errorf("%v", a.header)
	}
	g.quietLog()
}
