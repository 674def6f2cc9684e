package approvals_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

// call is a body as the API has them: fixed fields, one below another, a list,
// and a field with the sender's own keys.
type call struct {
	Name     string          `json:"name"`
	Count    int             `json:"count"`
	Ready    bool            `json:"ready"`
	At       time.Time       `json:"at,omitzero"`
	Inner    inner           `json:"inner"`
	List     []inner         `json:"list"`
	Metadata json.RawMessage `json:"metadata"`
}

type inner struct {
	Seller string `json:"seller"`
	Kelvin string `json:"kelvin"`
}

func decode(raw string) (call, error) {
	var v call
	err := approvals.DecodeStrict([]byte(raw), &v, "metadata")
	return v, err
}

// deep nests a list n levels deep.
func deep(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

// secret stands in every refused value: no answer may quote it.
const secret = "NL91ABNA0417164300"

// TestStrictJSON_Refused: TA-12, RELIABILITY §9 I1 to I5, I8 and I13, each with
// the field it is told for.
func TestStrictJSON_Refused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, raw, field string }{
		{"I1 duplicate key", `{"name":"a","name":"` + secret + `"}`, "name"},
		{"I1 duplicate key, escaped", `{"name":"a","n\u0061me":"` + secret + `"}`, "name"},
		{"I1 duplicate key below", `{"inner":{"seller":"a","seller":"b"}}`, "inner.seller"},
		{"I1 duplicate key in a list", `{"list":[{"seller":"a"},{"seller":"b","seller":"c"}]}`, "list.seller"},
		{"I1 duplicate key in metadata", `{"metadata":{"My Key":1,"My Key":2}}`, "metadata"},
		{"I1 duplicate key deep in metadata", `{"metadata":{"a":{"b":[{"c":1,"c":2}]}}}`, "metadata.a.b.c"},
		{"I1 other case", `{"Name":"` + secret + `"}`, ""},
		{"I1 both cases", `{"name":"a","NAME":"` + secret + `"}`, ""},
		{"I1 other case below", `{"inner":{"Seller":"` + secret + `"}}`, "inner"},
		{"I1 long s", `{"inner":{"ſeller":"` + secret + `"}}`, "inner"},
		{"I1 Kelvin sign", `{"inner":{"` + "\u212a" + `elvin":"` + secret + `"}}`, "inner"},
		{"I1 the key of metadata in capitals", `{"Metadata":{"a":1}}`, ""},
		{"I2 unknown field", `{"iban":"` + secret + `"}`, "iban"},
		{"I2 unknown field below", `{"inner":{"iban":"` + secret + `"}}`, "iban"},
		{"I2 empty key", `{"":"` + secret + `"}`, ""},
		{"I2 metadata's freedom is its own", `{"inner":{"metadata":{"A":1}}}`, "inner.metadata"},
		{"I3 nothing", ``, ""},
		{"I3 only space", ` ` + "\n", ""},
		{"I3 two documents", `{"name":"a"}{"name":"` + secret + `"}`, ""},
		{"I3 text after it", `{"name":"a"} ` + secret, ""},
		{"I3 a closing brace more", `{"name":"a"}}`, ""},
		{"I3 NUL after it", `{"name":"a"}` + "\x00", ""},
		{"I3 byte order mark", "\ufeff" + `{"name":"a"}`, ""},
		{"I3 cut off", `{"name":"` + secret, ""},
		{"I3 cut off in a list", `{"list":[`, ""},
		{"I3 comma at the end", `{"name":"a",}`, ""},
		{"I3 comma at the end of a list", `{"list":[{},]}`, ""},
		{"I3 no comma", `{"list":[{} {}]}`, ""},
		{"I3 wrong bracket", `{"list":[}`, ""},
		{"I3 comment", `{"name":"a"/* x */}`, ""},
		{"I3 single quotes", `{'name':'a'}`, ""},
		{"I4 invalid UTF-8", `{"name":"` + secret + "\xff" + `"}`, ""},
		{"I4 overlong slash", `{"name":"` + "\xc0\xaf" + `"}`, ""},
		{"I4 surrogate in UTF-8", `{"name":"` + "\xed\xa0\x80" + `"}`, ""},
		{"I4 lone high surrogate", `{"name":"\ud800"}`, ""},
		{"I4 lone low surrogate", `{"name":"\udc00"}`, ""},
		{"I4 two high surrogates", `{"name":"\ud83d\ud83d"}`, ""},
		{"I4 surrogates swapped", `{"name":"\ude00\ud83d"}`, ""},
		{"I4 high surrogate, then text", `{"name":"\ud83dx\ude00"}`, ""},
		{"I4 high surrogate after a backslash", `{"name":"\\\ud83d"}`, ""},
		{"I4 lone surrogate in a key", `{"metadata":{"\ud800":1}}`, ""},
		{"I4 NUL", `{"name":"` + secret + `\u0000"}`, "name"},
		{"I4 NUL in a key", `{"metadata":{"a\u0000":1}}`, "metadata"},
		{"I4 NUL as a byte", `{"name":"` + "\x00" + `"}`, ""},
		{"I5 too large for a double", `{"count":1e400}`, "count"},
		{"I5 minus zero", `{"count":-0}`, "count"},
		{"I5 minus zero with a point", `{"count":-0.0}`, "count"},
		{"I5 2^53", `{"count":9007199254740992}`, "count"},
		{"I5 2^53+1", `{"count":9007199254740993}`, "count"},
		{"I5 below -2^53", `{"count":-9007199254740992}`, "count"},
		{"I5 2^64+1", `{"count":18446744073709551617}`, "count"},
		{"I5 a fraction", `{"count":0.1}`, "count"},
		{"I5 an exponent", `{"count":1e2}`, "count"},
		{"I5 1.0", `{"count":1.0}`, "count"},
		{"I5 in metadata too", `{"metadata":{"My Key":[1.5]}}`, "metadata"},
		{"I5 leading zero", `{"count":01}`, ""},
		{"I5 plus", `{"count":+1}`, ""},
		{"I5 hexadecimal", `{"count":0x10}`, ""},
		{"I5 NaN", `{"count":NaN}`, ""},
		{"I5 Infinity", `{"count":-Infinity}`, ""},
		{"I8 33 levels", `{"metadata":` + deep(33) + `}`, "metadata"},
		{"I8 depth 10,000", deep(10_000), ""},
		{"I8 depth 10,000 of objects", strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000), strings.Repeat("a.", 32) + "a"},
		{"I8 key of 257 bytes", `{"metadata":{"` + strings.Repeat("k", 257) + `":1}}`, "metadata"},
		{"I8 key of 64 KiB", `{"` + strings.Repeat("k", 64<<10) + `":1}`, ""},
		{"I13 right-to-left override", `{"name":"` + secret + "\u202e" + `"}`, "name"},
		{"I13 the same, escaped", `{"name":"` + secret + `\u202e"}`, "name"},
		{"I13 isolate", `{"inner":{"seller":"a\u2066b"}}`, "inner.seller"},
		{"I13 right-to-left mark", `{"name":"\u200f"}`, "name"},
		{"I13 Arabic letter mark", `{"name":"\u061c"}`, "name"},
		{"I13 bidi in a key", `{"metadata":{"a\u202eb":1}}`, "metadata"},
		{"I13 tab", `{"name":"a\tb"}`, "name"},
		{"I13 line feed", `{"name":"a\nb"}`, "name"},
		{"I13 carriage return", `{"name":"a\rb"}`, "name"},
		{"I13 delete", `{"name":"a` + "\x7f" + `"}`, "name"},
		{"I13 C1 control", `{"name":"\u0085"}`, "name"},
		{"I13 escape", `{"name":"\u001b[31m"}`, "name"},
		{"RA-01 null", `{"name":null}`, "name"},
		{"RA-01 null in metadata", `{"metadata":{"a":null}}`, "metadata.a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := decode(c.raw)
			checkInvalid(t, err, c.field)
		})
	}
}

// checkInvalid wants one sentence about this field, and nothing of the value.
func checkInvalid(t *testing.T, err error, field string) {
	t.Helper()
	e := refusal(err)
	if e == nil || e.Code != approvals.CodeInvalid || len(e.Fields) != 1 {
		t.Fatalf("error %v, want one invalid field", err)
	}
	f := e.Fields[0]
	if f.Field != field {
		t.Errorf("told for %q, want %q", f.Field, field)
	}
	if f.Message == "" || strings.Contains(f.Message+f.Field, secret) || strings.Contains(f.Message, "json:") || len(f.Message) > 120 {
		t.Errorf("message %q", f.Message)
	}
}

// TestStrictJSON_WrongType: the message says what to send in words of JSON, and
// never the number that was sent.
func TestStrictJSON_WrongType(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ raw, field, want string }{
		{`{"name":31926819}`, "name", "must be a string, not of type number"},
		{`{"name":{}}`, "name", "must be a string, not of type object"},
		{`{"name":["a"]}`, "name", "must be a string, not of type array"},
		{`{"count":"31926819"}`, "count", "must be a whole number, not of type string"},
		{`{"ready":"yes"}`, "ready", "must be true or false, not of type string"},
		{`{"inner":"a"}`, "inner", "must be an object, not of type string"},
		{`{"inner":{"seller":true}}`, "inner.seller", "must be a string, not of type bool"},
		{`{"list":{}}`, "list", "must be a list, not of type object"},
		{`[]`, "", "must be an object, not of type array"},
		{`31926819`, "", "must be an object, not of type number"},
		{`{"at":"yesterday"}`, "", "must be one JSON document of the documented form"},
	} {
		_, err := decode(c.raw)
		e := refusal(err)
		if e == nil || len(e.Fields) != 1 || e.Fields[0] != (approvals.FieldError{Field: c.field, Message: c.want}) {
			t.Errorf("%s: %+v, want %s %s", c.raw, e, c.field, c.want)
		}
	}
}

// TestStrictJSON_Accepted: what looks odd and is fine.
func TestStrictJSON_Accepted(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		`{}`, " \r\n\t{} \n", `{"name":""}`, `{"count":0}`, `{"count":-1}`,
		`{"count":9007199254740991}`, `{"count":-9007199254740991}`,
		`{"name":"\ud83d\ude00"}`, `{"name":"😀"}`, `{"name":"\\ud800"}`, `{"name":"\\\\\\ud800"}`, `{"name":"\"\/"}`,
		`{"name":"` + "e\u0301" + `"}`, `{"name":"a\u200bb"}`, `{"name":"مرحبا"}`,
		`{"metadata":{"My Key":"a","ſ":{"K":[true,1]}}}`, `{"metadata":` + deep(32) + `}`,
		`{"metadata":{"` + strings.Repeat("k", 256) + `":1}}`,
		`{"list":[{"seller":"a"},{"seller":"a"}]}`,
	} {
		if _, err := decode(raw); err != nil {
			t.Errorf("%s: %v %+v", raw, err, refusal(err))
		}
	}
}

// TestStrictJSON_Values: what is decoded is what was sent.
func TestStrictJSON_Values(t *testing.T) {
	t.Parallel()
	v, err := decode(`{"list":[{"seller":"a"},{"kelvin":"b"}],"count":7,"ready":true,"name":"\u0046\ud83d\ude00","metadata":{"Any Key":1}}`)
	if err != nil || v.Name != "F😀" || v.Count != 7 || !v.Ready || len(v.List) != 2 || v.List[1].Kelvin != "b" || string(v.Metadata) != `{"Any Key":1}` {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestStrictJSON_Fast is RELIABILITY I8: nesting, keys and long strings cost no
// more than 50 ms, or than thirty times what only looking at the same bytes
// costs here and now; a busy machine and a race detector slow both. What grows
// with the square of the input is thousands of times slower.
func TestStrictJSON_Fast(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"depth 10,000":         deep(10_000),
		"64 KiB key":           `{"` + strings.Repeat("k", 64<<10) + `":1}`,
		"256 KiB string":       `{"name":"` + strings.Repeat("a", 256<<10) + `"}`,
		"256 KiB of escapes":   `{"name":"` + strings.Repeat(`\\`, 128<<10) + `"}`,
		"256 KiB of \\u":       `{"name":"` + strings.Repeat(`\ud83d\ude00`, 21<<10) + `"}`,
		"256 KiB of keys":      `{"metadata":{` + strings.Repeat(`"a":1,`, 42<<10) + `"b":1}}`,
		"256 KiB of list":      `{"metadata":[` + strings.Repeat(`[],`, 85<<10) + `[]]}`,
		"256 KiB of digits":    `{"count":` + strings.Repeat("9", 256<<10) + `}`,
		"256 KiB of opened {":  strings.Repeat(`{"a":`, 51<<10),
		"256 KiB of backslash": strings.Repeat(`\`, 256<<10),
	} {
		t.Run(name, func(t *testing.T) {
			var took, limit time.Duration
			for range 10 {
				start := time.Now()
				_ = json.Valid([]byte(raw))
				looked := time.Now()
				_, _ = decode(raw)
				took, limit = time.Since(looked), max(50*time.Millisecond, 30*looked.Sub(start))
				if took <= limit {
					return
				}
			}
			t.Errorf("took %v, at most %v", took, limit)
		})
	}
}
