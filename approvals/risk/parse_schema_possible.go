package risk

import (
	"encoding/json"
	"maps"
	"strconv"

	yaml "go.yaml.in/yaml/v3"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// possible refuses a schema of one value that no value keeps: every request would be
// refused, and nobody would know why. f is what the file says, shape what was read.
func (s *shaping) possible(f map[string]*yaml.Node, at spot, shape map[string]any) {
	if k := f["minLength"]; k != nil && bound(shape["minLength"]) > bound(shape["maxLength"]) {
		s.bad(k, "%s.minLength is more than maxLength: nothing is so long and so short", at.what)
		return
	}
	if shape["type"] == "integer" && !s.anyNumber(f, at, shape) {
		return
	}
	for _, w := range []string{"enum", "const"} {
		others := maps.Clone(shape)
		delete(others, w)
		schema, err := compile(others)
		if f[w] == nil || err != nil {
			continue // what does not compile is told of the whole
		}
		if w == "const" {
			s.keeps(schema, f[w], at.what+".const", shape[w])
			continue
		}
		for i, e := range f[w].Content {
			if shape["const"] == nil { // else one value is enough
				s.keeps(schema, e, at.what+".enum", shape[w].([]any)[i])
			}
		}
	}
}

// keeps refuses a value that the file offers and the rest of its schema does not take.
func (s *shaping) keeps(schema *jsonschema.Schema, n *yaml.Node, what string, value any) {
	if schema.Validate(value) != nil {
		s.bad(n, "%s says %v, which what stands beside it refuses: change one of them", what, value)
	}
}

// anyNumber reports whether a whole number keeps the bounds of shape.
func (s *shaping) anyNumber(f map[string]*yaml.Node, at spot, shape map[string]any) bool {
	lowest, highest, step := int64(-maxInteger), int64(maxInteger), int64(1)
	var last *yaml.Node
	for _, w := range []string{"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf"} {
		if f[w] == nil {
			continue
		}
		last = f[w]
		switch v := bound(shape[w]); w {
		case "minimum":
			lowest = max(lowest, v)
		case "exclusiveMinimum":
			lowest = max(lowest, v+1)
		case "maximum":
			highest = min(highest, v)
		case "exclusiveMaximum":
			highest = min(highest, v-1)
		case "multipleOf":
			step = max(v, 1)
		}
	}
	below := highest % step // of the greatest multiple up to highest
	if below < 0 {
		below += step
	}
	if highest-below >= lowest {
		return true
	}
	s.bad(last, "no whole number keeps all the bounds of %s: change one of them", at.what)
	return false
}

// bound is a whole number of a shape.
func bound(of any) int64 {
	n, _ := of.(json.Number)
	v, _ := strconv.ParseInt(n.String(), 10, 64)
	return v
}

// compile makes a shape one that values are held against. It fetches nothing.
func compile(shape map[string]any) (*jsonschema.Schema, error) {
	const at = "countersign:details"
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	compiler.UseLoader(jsonschema.SchemeURLLoader{})
	if err := compiler.AddResource(at, shape); err != nil {
		return nil, err
	}
	return compiler.Compile(at)
}
