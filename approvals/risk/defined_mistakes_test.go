package risk_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"countersign/approvals/risk"
)

// definedMistakes spoil shopOrder; {0} is the line of old.
var definedMistakes = []mistake{
	{"a name with a capital letter", "  shop.close:", "  Shop.close:", `{0}:3: kinds has no "Shop.close"; a kind of your own is called like shop.payout_now`},
	{"a name without a dot", "  shop.close:", "  close:", `{0}:3: kinds has no "close"; a kind of your own`},
	{"a name too long", "  shop.close:", "  shop." + strings.Repeat("x", 56) + ":", "60 characters at most"},
	{"a family of the gateway's", "  shop.close:", "  loan.close:", `{0}:3: kinds has no "loan.close"`},
	{"a kind of the gateway's with a slip", "  shop.close:", "  contact_.change:\n    low: {hours: 1}\n  shop.close:", "did you mean contact.change?; a kind of your own needs \"name\" and \"details\""},
	{"a kind twice", "  shop.close:", "  shop.order:", `{0}:3: kinds says "shop.order" twice`},
	{"a kind that is a text", "  shop.close:\n", "  shop.a: x\n  shop.close:\n", "{0}:11: shop.a is defined by an object: write name, details, and low to critical or rows"},
	{"no name", `    name: {en: "Close the shop", it: "Chiudere il negozio"}` + "\n", "", `shop.close needs "name": write "name: ..."`},
	{"a name in one language", `, it: "Chiudere il negozio"}`, "}", `{0}:11: shop.close.name has no "it": write what a seller reads, in every language`},
	{"a name that is a text", `{en: "Close the shop", it: "Chiudere il negozio"}`, "Close the shop", "{0}:11: shop.close.name must be there in every language"},
	{"a name that hides something", `"Close the shop"`, `"Close\u202e the shop"`, "{0}:16: shop.close.name.en holds a control, bidi or invisible character: write a few plain words"},
	{"a name too long to read", `"Close the shop"`, strings.Repeat("x", 61), "may have 60 characters at most"},
	{"no details", "    details:\n      type: object\n      additionalProperties: false\n      properties:\n        why: {type: string, title: {en: Why, it: Perché}}\n", "", `shop.close needs "details"`},
	{"no class", "    critical: {hours: 72, outcome: freeze}\n", "", "a row of shop.order has no class critical"},
	{"an unknown key", "    low: {hours: 24}", "    lowest: {hours: 24}", `{0}:5: a row of shop.close has no "lowest"`},
	{"rows and classes", "    low: {hours: 24}", "    rows: []\n    low: {hours: 24}", `shop.close has rows already: write "low" in one of them`},
	{"details that are no object", "        why: {", "        whys: {type: array, maxItems: 1, items: {type: text}, title: {en: a, it: b}}\n        why: {", "{0}:56: shop.close.details.whys.items must have one type: write one of object, array, string, integer, boolean"},
	{"a list at the top", "    details:\n      type: object\n      additionalProperties: false\n      properties:\n        why:", "    details:\n      type: array\n      maxItems: 1\n      items:\n        why:", "shop.close.details must be an object: write type: object"},
	{"no type", "why: {type: string, ", "why: {", `{0}:14: shop.close.details.why needs "type"`},
	{"a number", "why: {type: string", "why: {type: number", "{0}:21: shop.close.details.why cannot be a number, which two machines may read differently: write type: string and a pattern"},
	{"two types", "why: {type: string", "why: {type: [string, integer]", "{0}:21: shop.close.details.why must have one type"},
	{"an open object", "      additionalProperties: false\n      properties:\n        why", "      properties:\n        why", "shop.close.details must be closed, or somebody would sign what nobody shows: write additionalProperties: false"},
	{"an object said to be open", "      additionalProperties: false\n      properties:\n        why", "      additionalProperties: true\n      properties:\n        why", "{0}:29: shop.close.details must be closed"},
	{"no title", ", title: {en: Why, it: Perché}", "", `{0}:14: shop.close.details.why needs "title": write title: {en: "...", it: "..."}`},
	{"a title in one language", "{en: Why, it: Perché}", "{en: Why}", `{0}:36: shop.close.details.why.title has no "it"`},
	{"a field called otherwise", "        why:", "        Why:", "{0}:9: the name of a field is of small letters"},
	{"the field of a proxy", "        why:", "        request:", "{0}:9: request is where the gateway keeps the request of a proxy"},
	{"a field twice", "        why:", "        why: {type: string, title: {en: a, it: b}}\n        why:", `says "why" twice`},
	{"a field that is a word", "why: {type: string, title: {en: Why, it: Perché}}", "why: string", "{0}:14: shop.close.details.why must be an object"},
	{"required what is not there", "required: [weight]", "required: [wieght]", `required names "wieght", which is no field of it; did you mean weight?`},
	{"a remote reference", "{$ref: destination}", `{$ref: "https://example.com/a.json"}`, "{0}:20: shop.order.details.to can refer to the account paid into alone, and nothing is fetched"},
	{"a reference within", "{$ref: destination}", `{$ref: "#/properties/code"}`, "{0}:20: shop.order.details.to can refer to the account paid into alone"},
	{"two accounts", "        code:", "        from: {$ref: destination}\n        code:", "{0}:22: shop.order.details.from would be a second account paid into, besides to"},
	{"an account deep down", "              weight: {", "              to: {$ref: destination}\n              weight: {", "is too deep for the account paid into: it stands at the top of details"},
	{"an account that may be left out", "required: [to, code]", "required: [code]", `shop.order.details must have "to" in required: an account paid into is always there`},
	{"an account with more", "{$ref: destination}", "{$ref: destination, maxLength: 3}", `{0}:33: shop.order.details.to has no "maxLength"`},
	{"a choice of schemas", "why: {type: string", "why: {type: string, anyOf: []", `shop.close.details.why has no "anyOf", which is not read here: define a kind for each shape`},
	{"definitions", "    details:\n      type: object\n      additionalProperties: false\n      properties:\n        why", "    details:\n      $defs: {}\n      type: object\n      additionalProperties: false\n      properties:\n        why", `has no "$defs", which is not read here: write the schema out in its place`},
	{"names by pattern", "why: {type: string", "why: {type: string, patternProperties: {}", "name each field in properties"},
	{"a default", "why: {type: string", "why: {type: string, default: x", "leave it out"},
	{"a word of another type", "why: {type: string", "why: {type: string, maximum: 3", `has no "maximum", which says nothing of a string`},
	{"a slip", "why: {type: string", "why: {type: string, maxLenght: 3", `has no "maxLenght"; did you mean maxLength?`},
	{"no expression", "'^a|b$'", "'^a(b$'", "{0}:39: shop.order.details.code.pattern is no expression of RE2: missing closing )"},
	{"a pattern with open ends", "'^a|b$'", "'a|b'", "has to speak of the whole text, as a reader sees it: write ^ in front and $ behind"},
	{"a pattern without end", "'^a|b$'", "'^" + strings.Repeat("a", 300) + "$'", "is longer than 300 letters"},
	{"a format that is none", "format: date", "format: dat", `format cannot be "dat"; did you mean date?`},
	{"no value to choose", "enum: [small, large]", "enum: []", "must have 1 to 50 values"},
	{"a value twice", "enum: [small, large]", "enum: [small, small]", "{0}:44: shop.order.details.size.enum says small twice"},
	{"a value of another type", "enum: [small, large]", "enum: [small, 3]", "{0}:44: shop.order.details.size.enum must be a text"},
	{"a number too large", "maximum: 9", "maximum: 9007199254740993", "shop.order.details.pieces.maximum must be a whole number below 2^53"},
	{"a number with a fraction", "maximum: 9", "maximum: 9.5", "must be a whole number below 2^53"},
	{"a multiple of nothing", "multipleOf: 5", "multipleOf: 0", "must be 1 or more"},
	{"a truth that is a word", "const: true", "const: maybe", "must be true or false"},
	{"a list without end", "          maxItems: 2\n", "", `shop.order.details.parcels needs "maxItems": write how many can be read, 50 at most`},
	{"a list too long", "          maxItems: 2\n", "          maxItems: 51\n", "maxItems must be a whole number from 0 to 50"},
	{"a text longer than it may be", "minLength: 2", "minLength: 6", "{0}:41: shop.order.details.note.minLength is more than maxLength"},
	{"a text longer than where nothing is said", "minLength: 2, maxLength: 5", "minLength: 600", ""},
	{"a number above and below", "minimum: 1", "minimum: 10", "no whole number keeps all the bounds of shop.order.details.pieces: change one of them"},
	{"a number between neighbours", "minimum: 1, maximum: 9", "exclusiveMinimum: 1, exclusiveMaximum: 2", "no whole number keeps all the bounds"},
	{"a number between multiples", "minimum: 1, maximum: 9", "minimum: -9, maximum: -1, multipleOf: 10", "no whole number keeps all the bounds"},
	{"a multiple below nothing", "minimum: 1, maximum: 9", "minimum: -11, maximum: -1, multipleOf: 10", ""},
	{"a choice that is no choice", "enum: [small, large]", "enum: [small, large], const: medium", "shop.order.details.size.const says medium, which what stands beside it refuses: change one of them"},
	{"a choice that is made", "enum: [small, large]", "enum: [small, large], const: small", ""},
	{"a choice the pattern refuses", "enum: [small, large]", "enum: [small, large], pattern: '^s.*$'", "{0}:44: shop.order.details.size.enum says large, which what stands beside it refuses"},
	{"a choice of days that are none", "enum: [small, large]", "enum: [small], format: date", "size.enum says small, which what stands beside it refuses"},
	{"two fields with one title", "title: {en: Day, it: Giorno}", "title: {en: Day, it: nota}", `shop.order.details calls note and day the same in "it", and nobody could tell them apart`},
	{"a field called like the account", "title: {en: Day, it: Giorno}", "title: {en: Paid into, it: Giorno}", `shop.order.details calls to and day the same in "en"`},
	{"one title in two objects", "{en: Weight, it: Peso}", "{en: Day, it: Giorno}", ""},
	{"a choice of schemas without a type", "why: {type: string", "why: {oneOf: []", `shop.close.details.why has no "oneOf", which is not read here: define a kind for each shape`},
	{"a list of anything", ", items: {type: string}", "", `needs "items": write the schema of an element`},
	{"more than can be read", "          maxItems: 2\n", "          maxItems: 50\n", "shop.order.details may hold 206 values and 100 at most can be read: lower maxItems"},
	{"too deep", "why: {type: string, ", "why: " + strings.Repeat("{type: array, maxItems: 1, items: ", 4) + "{type: string}" + strings.Repeat("}", 3) + ", ", "stands too deep: 4 levels at most can be read"},
	{"too many fields", "        why:", manyFields() + "        why:", "shop.close.details has 51 fields and may have 50"},
}

func manyFields() string {
	var b strings.Builder
	for i := range 50 {
		fmt.Fprintf(&b, "        f%d: {type: boolean, title: {en: a%[1]d, it: b%[1]d}}\n", i)
	}
	return b.String()
}

// TestDefined_Mistakes: each kind of mistake in a kind that a file defines gives a
// message with line and column that says what to write instead.
func TestDefined_Mistakes(t *testing.T) {
	t.Parallel()
	source := string(risk.Default().Source()) + shopOrder
	for _, m := range definedMistakes {
		if !strings.Contains(source, m.old) {
			t.Fatalf("%s: the policy does not say %q", m.name, m.old)
		}
		at := strings.Index(source[len(risk.Default().Source()):], m.old) + len(risk.Default().Source())
		_, err := risk.Parse("p.yaml", []byte(source[:at]+m.new+source[at+len(m.old):]))
		if m.want == "" {
			if err != nil {
				t.Errorf("%s: %v", m.name, err)
			}
			continue
		}
		line := 1 + strings.Count(source[:at], "\n")
		want := strings.NewReplacer("{0}", strconv.Itoa(line), "{1}", strconv.Itoa(line+1)).Replace(m.want)
		wrong, ok := errors.AsType[*risk.FileError](err)
		if !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v\nwant %s", m.name, err, want)
			continue
		}
		for _, p := range wrong.Problems {
			if p.Line < 1 || p.Column < 1 {
				t.Errorf("%s: a problem without a place: %+v", m.name, p)
			}
		}
	}
}

// TestDefined_rules_name_no_kind_that_is_not_there: a rule about one is a slip.
func TestDefined_rules_name_no_kind_that_is_not_there(t *testing.T) {
	t.Parallel()
	old, with := aRule(`kind == "shop.ordr"`)
	source := strings.Replace(string(risk.Default().Source()), old, with, 1)
	if _, err := risk.Parse("p.yaml", []byte(source+shopOrder)); err == nil || !strings.Contains(err.Error(), `kind is never "shop.ordr"; did you mean shop.order?`) {
		t.Errorf("%v", err)
	}
	source = strings.Replace(source, "shop.ordr", "shop.order", 1)
	if _, err := risk.Parse("p.yaml", []byte(source+shopOrder)); err != nil {
		t.Errorf("%v", err)
	}
	if _, err := risk.Parse("p.yaml", []byte(source)); err == nil {
		t.Error("a rule speaks of a kind that the file does not define")
	}
}
