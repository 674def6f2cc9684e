package risk_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"countersign/approvals"
)

// form is a way to write a value, and whether the schema of shop.order has it.
type form struct {
	text string
	good bool
}

// forms are those of each field; empty text leaves the field out.
var forms = map[string][]form{
	"to":     {{to, true}, {"", false}, {`{"iban":"IT60X0542811101000000123456"}`, false}, {`"IT60X0542811101000000123456"`, false}, {`{"iban":"IT60X0542811101000000123456","holder":"Anna","x":"1"}`, false}},
	"code":   {{`"a"`, true}, {`"b"`, true}, {"", false}, {`"ab"`, false}, {`1`, false}, {`null`, false}},
	"note":   {{"", true}, {`"ab"`, true}, {`"häuse"`, true}, {`"a"`, false}, {`"abcdef"`, false}, {`["ab"]`, false}},
	"day":    {{"", true}, {`"2026-02-28"`, true}, {`"2026-02-30"`, false}, {`"tomorrow"`, false}},
	"size":   {{"", true}, {`"small"`, true}, {`"Small"`, false}},
	"agreed": {{"", true}, {`true`, true}, {`false`, false}, {`"true"`, false}},
	"pieces": {{"", true}, {`1`, true}, {`9`, true}, {`0`, false}, {`10`, false}, {`1.5`, false}, {`"3"`, false}},
	"parcels": {
		{"", true}, {`[]`, true}, {`[{"weight":5}]`, true}, {`[{"weight":5},{"tags":["x","y"],"weight":10}]`, true}, {`[{"weight":5,"tags":[]}]`, true},
		{`[{"weight":6}]`, false}, {`[{}]`, false}, {`[{"weight":5,"tags":["x","x"]}]`, false}, {`[{"weight":5},{"weight":5},{"weight":5}]`, false}, {`{"weight":5}`, false},
	},
	"hidden": {{"", true}, {"", true}, {"", true}, {`"x"`, false}},
}

// TestDefined_5000_documents: what the schema does not have is refused, and of what
// it has every leaf is told (TA-01).
func TestDefined_5000_documents(t *testing.T) {
	t.Parallel()
	p, err := withKinds(t, shopOrder)
	if err != nil {
		t.Fatal(err)
	}
	definition, _ := p.Definition("shop.order")
	service := approvals.Service{Policy: p}
	rnd := rand.New(rand.NewPCG(5, 5000))
	accepted := 0
	for range 5000 {
		details, good := document(rnd)
		canonical, err := service.Details("shop.order", json.RawMessage(details))
		if (err == nil) != good {
			t.Fatalf("%s: good is %t, but %v", details, good, err)
		}
		if !good {
			continue
		}
		accepted++
		a := approvals.Action{Kind: "shop.order", Details: canonical, Decision: approvals.Decision{Definition: &definition}}
		var told []string
		for _, f := range approvals.DefinedFacts(a) {
			told = append(told, f.Path+"="+f.Value)
			if f.Text["en"] == "" || f.Text["it"] == "" {
				t.Errorf("%s: %s is called %v", details, f.Path, f.Text)
			}
		}
		if want := leaves(t, details); !slices.Equal(slices.Sorted(slices.Values(told)), want) {
			t.Fatalf("%s: told %q, want %q", details, told, want)
		}
	}
	if accepted < 500 || accepted > 4500 {
		t.Errorf("%d of 5000 are accepted", accepted)
	}
}

// document draws a document, most fields of it as they should be.
func document(rnd *rand.Rand) (string, bool) {
	var members []string
	good := true
	for _, name := range slices.Sorted(maps.Keys(forms)) {
		f := forms[name][rnd.IntN(len(forms[name]))]
		for again := 0; !f.good && again < 3; again++ {
			f = forms[name][rnd.IntN(len(forms[name]))]
		}
		good = good && f.good
		if f.text != "" {
			members = append(members, strconv.Quote(name)+":"+f.text)
		}
	}
	rnd.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	return "{" + strings.Join(members, ",") + "}", good
}

// leaves lists path=value of each leaf, ascending; the account is one, and has no
// value.
func leaves(t *testing.T, details string) []string {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(details), &v); err != nil {
		t.Fatal(err)
	}
	out := []string{"to="}
	delete(v, "to")
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, e := range v {
				walk(path+"."+k, e)
			}
		case []any:
			if len(v) == 0 {
				out = append(out, path[1:]+"=[]")
			}
			for i, e := range v {
				walk(path+"."+strconv.Itoa(i), e)
			}
		default:
			out = append(out, fmt.Sprintf("%s=%v", path[1:], v))
		}
	}
	walk("", v)
	slices.Sort(out)
	return out
}
