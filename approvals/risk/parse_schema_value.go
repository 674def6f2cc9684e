package risk

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	yaml "go.yaml.in/yaml/v3"

	"countersign/approvals/destination"
)

// keywords are what is read of JSON Schema, by type.
var keywords = map[string][]string{
	"object":  {"properties", "required", "additionalProperties"},
	"array":   {"items", "minItems", "maxItems", "uniqueItems"},
	"string":  {"minLength", "maxLength", "pattern", "format", "enum", "const"},
	"integer": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "enum", "const"},
	"boolean": {"const"},
}

// types are the keys of keywords, as messages list them.
var types = []string{"object", "array", "string", "integer", "boolean"}

// unread says what to write instead of a keyword that is not read.
var unread = map[string][]string{
	"define a kind for each shape": {"oneOf", "anyOf", "allOf", "not", "if", "then", "else", "dependentSchemas", "dependentRequired"},
	"write the schema out in its place, nothing is referred to but {$ref: destination}": {"$ref", "$defs", "definitions", "$id", "$anchor", "$dynamicRef", "$schema"},
	"name each field in properties, so that each has words for the seller":              {"patternProperties", "propertyNames", "unevaluatedProperties", "minProperties", "maxProperties"},
	"write items and maxItems": {"prefixItems", "contains", "minContains", "maxContains", "unevaluatedItems", "additionalItems"},
	"leave it out":             {"default", "examples", "readOnly", "writeOnly", "deprecated", "$comment", "contentEncoding", "contentMediaType", "contentSchema"},
}

// formats are those that are held.
var formats = []string{"date", "time", "date-time", "email", "uuid", "uri"}

// known returns the members of a schema, nil where nothing can be read of it.
func (s *shaping) known(n *yaml.Node, at spot) map[string]*yaml.Node {
	if n.Kind != yaml.MappingNode {
		s.bad(n, "%s must be an object: write type: and what goes with it", at.what)
		return nil
	}
	f := map[string]*yaml.Node{}
	s.members(n, at.what, func(key, value *yaml.Node) { f[key.Value] = value })
	t := f["type"]
	if t == nil {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if key := n.Content[i]; notRead(key.Value) != "" {
				s.bad(key, "%s has no %q%s", at.what, key.Value, notRead(key.Value))
			}
		}
		s.bad(n, "%s needs \"type\": write one of %s", at.what, strings.Join(types, ", "))
		return nil
	}
	switch {
	case t.Value == "number":
		s.bad(t, "%s cannot be a number, which two machines may read differently: write type: string and a pattern for money, type: integer for what is counted", at.what)
		return nil
	case t.Kind != yaml.ScalarNode || !slices.Contains(types, t.Value):
		s.bad(t, "%s must have one type: write one of %s", at.what, strings.Join(types, ", "))
		return nil
	}
	may := append([]string{"type", "description"}, keywords[t.Value]...)
	if at.titled {
		may = append(may, "title")
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key := n.Content[i]; !slices.Contains(may, key.Value) {
			s.bad(key, "%s has no %q%s", at.what, key.Value, insteadOf(key.Value, t.Value, may))
		}
	}
	return f
}

// notRead says what to write instead of a keyword that is read nowhere, empty for
// any other.
func notRead(key string) string {
	for hint, words := range unread {
		if slices.Contains(words, key) {
			return ", which is not read here: " + hint
		}
	}
	return ""
}

// insteadOf says what to write for a keyword that does not go there.
func insteadOf(key, of string, may []string) string {
	if hint := notRead(key); hint != "" {
		return hint
	}
	for t, words := range keywords {
		if t != of && slices.Contains(words, key) {
			return ", which says nothing of " + typeWords[of]
		}
	}
	return suggest(key, may)
}

// list reads a list of bounded length.
func (s *shaping) list(n *yaml.Node, f map[string]*yaml.Node, at spot, out map[string]any) {
	most := maxElements
	if k := f["maxItems"]; k == nil {
		s.bad(n, "%s needs \"maxItems\": write how many can be read, %d at most", at.what, maxElements)
	} else if most = s.number(k, at.what+".maxItems", maxElements); most == 0 {
		most = 1
	}
	out["maxItems"] = count(most)
	if k := f["minItems"]; k != nil {
		out["minItems"] = count(s.number(k, at.what+".minItems", most))
	}
	if k := f["uniqueItems"]; k != nil {
		out["uniqueItems"] = s.truth(k, at.what+".uniqueItems")
	}
	k := f["items"]
	if k == nil {
		s.bad(n, "%s needs \"items\": write the schema of an element", at.what)
		return
	}
	out["items"] = s.value(k, spot{what: at.what + ".items", path: at.path, depth: at.depth + 1, times: at.times * most})
}

// scalar reads what a text, a whole number or a truth can be.
func (s *shaping) scalar(f map[string]*yaml.Node, at spot, out map[string]any) {
	of, before := f["type"].Value, len(s.problems)
	if k := f["enum"]; k != nil {
		var values []any
		for _, e := range s.parser.list(k, at.what+".enum") {
			before := len(s.problems)
			v := s.literal(e, of, at.what+".enum")
			if len(s.problems) == before && slices.Contains(values, v) {
				s.bad(e, "%s.enum says %v twice: leave one out", at.what, v)
			}
			values = append(values, v)
		}
		if len(values) == 0 || len(values) > maxElements {
			s.bad(k, "%s.enum must have 1 to %d values", at.what, maxElements)
		}
		out["enum"] = values
	}
	if k := f["const"]; k != nil {
		out["const"] = s.literal(k, of, at.what+".const")
	}
	switch of {
	case "string":
		s.words(f, at, out)
	case "integer":
		for _, w := range []string{"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"} {
			if k := f[w]; k != nil {
				out[w] = s.literal(k, of, at.what+"."+w)
				if w == "multipleOf" && strings.HasPrefix(k.Value, "-") || w == "multipleOf" && k.Value == "0" {
					s.bad(k, "%s.multipleOf must be 1 or more", at.what)
				}
			}
		}
	}
	if len(s.problems) == before {
		s.possible(f, at, out)
	}
}

// patternOpens and patternCloses make a pattern speak of the whole text.
const (
	patternOpens  = "^(?:"
	patternCloses = ")$"
	maxPattern    = 300
)

// words reads what a text can be. It always has an end.
func (s *shaping) words(f map[string]*yaml.Node, at spot, out map[string]any) {
	out["maxLength"] = count(maxText)
	if k := f["maxLength"]; k != nil {
		out["maxLength"] = count(s.number(k, at.what+".maxLength", 10*maxText))
	}
	if k := f["minLength"]; k != nil {
		least := s.number(k, at.what+".minLength", 10*maxText)
		out["minLength"] = count(least)
		if f["maxLength"] == nil {
			out["maxLength"] = count(max(least, maxText))
		}
	}
	if k := f["format"]; k != nil {
		out["format"] = choice(&s.file, k, at.what+".format", formats)
	}
	k := f["pattern"]
	if k == nil {
		return
	}
	text, ok := s.text(k, at.what+".pattern")
	if !ok {
		return
	}
	_, err := regexp.Compile(text)
	switch {
	case len(text) > maxPattern:
		s.bad(k, "%s.pattern is longer than %d letters: write a shorter one", at.what, maxPattern)
	case err != nil:
		s.bad(k, "%s.pattern is no expression of RE2: %s", at.what, strings.TrimPrefix(firstLine(err.Error()), "error parsing regexp: "))
	case !strings.HasPrefix(text, "^") || !strings.HasSuffix(text, "$"):
		s.bad(k, "%s.pattern has to speak of the whole text, as a reader sees it: write ^ in front and $ behind", at.what)
	}
	out["pattern"] = patternOpens + text + patternCloses
}

// literal reads a value of the type.
func (s *shaping) literal(n *yaml.Node, of, what string) any {
	switch of {
	case "string":
		text, ok := s.text(n, what)
		if problem := destination.TextProblem(text, maxText); ok && problem != "" {
			s.bad(n, "%s %s", what, problem)
		}
		return text
	case "boolean":
		return s.truth(n, what)
	}
	v, err := strconv.ParseInt(n.Value, 10, 64)
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || err != nil || math.Abs(float64(v)) > maxInteger {
		s.bad(n, "%s must be a whole number below 2^53", what)
	}
	return json.Number(strconv.FormatInt(v, 10))
}

func (s *shaping) truth(n *yaml.Node, what string) bool {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" || n.Value != "true" && n.Value != "false" {
		s.bad(n, "%s must be true or false", what)
	}
	return n.Value == "true"
}

// count is a number as the library reads one.
func count(n int) json.Number { return json.Number(strconv.Itoa(n)) }
