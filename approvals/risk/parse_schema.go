package risk

import (
	"regexp"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v3"

	"countersign/approvals"
)

// Limits on a schema. What a seller signs has to fit on a page.
const (
	maxFields   = 50
	maxLeaves   = 100 // every element of every list counted
	maxNested   = 4   // what stands in what
	maxElements = 50
	maxText     = 500 // characters, where the schema says nothing
	maxInteger  = 1<<53 - 1
)

// reservedField is where a proxy binds the request that an action approves.
const reservedField = "request"

var fieldForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// accountWords is what the account paid into is called, where the file does not say.
var accountWords = map[string]string{"en": "Paid into", "it": "Accreditato su"}

// shaping reads the schema of one kind: of JSON Schema 2020-12 what describes closed
// objects that can be shown field by field.
type shaping struct {
	*parser
	kind   approvals.Kind
	def    *definedKind
	leaves int
}

// details reads the schema of a kind and compiles it.
func (p *parser) details(k approvals.Kind, d *definedKind, n *yaml.Node) {
	s := &shaping{parser: p, kind: k, def: d}
	before := len(p.problems)
	d.shape = s.value(n, spot{what: string(k) + ".details", times: 1})
	switch {
	case n.Kind == yaml.MappingNode && d.shape["type"] != nil && d.shape["type"] != "object":
		p.bad(n, "%s.details must be an object: write type: object", k)
	case len(d.Fields) > maxFields:
		p.bad(n, "%s.details has %d fields and may have %d: a seller has to be able to read them", k, len(d.Fields), maxFields)
	case s.leaves > maxLeaves:
		p.bad(n, "%s.details may hold %d values and %d at most can be read: lower maxItems", k, s.leaves, maxLeaves)
	}
	if len(p.problems) > before {
		return
	}
	var err error
	if d.schema, err = compile(d.shape); err != nil {
		p.bad(n, "%s.details is no schema: %s", k, firstLine(err.Error()))
	}
}

// spot is where a part of the schema stands: what it is called in messages, the path
// of its field, how deep it is, and how often a value of it can be there.
type spot struct {
	what, path string
	depth      int
	times      int
	titled     bool // it is a property, and has a title
}

// value reads the schema of one value, as it is to be compiled.
func (s *shaping) value(n *yaml.Node, at spot) map[string]any {
	f := s.known(n, at)
	if f == nil {
		return nil
	}
	if at.depth > maxNested {
		s.bad(n, "%s stands too deep: %d levels at most can be read", at.what, maxNested)
		return nil
	}
	out := map[string]any{"type": f["type"].Value}
	switch f["type"].Value {
	case "object":
		s.object(n, f, at, out)
	case "array":
		s.list(n, f, at, out)
	default:
		s.leaves += at.times
		s.scalar(f, at, out)
	}
	return out
}

// object reads a closed object.
func (s *shaping) object(n *yaml.Node, f map[string]*yaml.Node, at spot, out map[string]any) {
	out["additionalProperties"] = false
	if k := f["additionalProperties"]; k == nil || k.Tag != "!!bool" || k.Value != "false" {
		if k == nil {
			k = n
		}
		s.bad(k, "%s must be closed, or somebody would sign what nobody shows: write additionalProperties: false", at.what)
	}
	properties, names, before := map[string]any{}, []string{}, len(s.def.Fields)
	if k := f["properties"]; k == nil {
		s.bad(n, "%s needs \"properties\": write each field of it with its type and title", at.what)
	} else {
		s.members(k, at.what+".properties", func(key, value *yaml.Node) {
			names = append(names, key.Value)
			if shape := s.property(key, value, at); shape != nil {
				properties[key.Value] = shape
			}
		})
		if len(names) == 0 && k.Kind == yaml.MappingNode {
			s.bad(k, "%s has no field: write one at least", at.what)
		}
	}
	s.titlesApart(n, at, s.def.Fields[before:])
	out["properties"] = properties
	required := []any{}
	if k := f["required"]; k != nil {
		for _, e := range s.list1(k, at.what+".required") {
			if !slices.Contains(names, e) {
				s.bad(k, "%s.required names %q, which is no field of it%s", at.what, e, suggest(e, names))
			}
			required = append(required, e)
		}
	}
	out["required"] = required
	if to := s.def.Destination; at.path == "" && to != "" && !slices.Contains(required, any(to)) {
		s.bad(n, "%s must have %q in required: an account paid into is always there", at.what, to)
	}
}

// titlesApart refuses two fields beside each other that a seller could not tell apart.
func (s *shaping) titlesApart(n *yaml.Node, at spot, fields []approvals.DefinedField) {
	for _, l := range locales {
		seen := map[string]string{}
		for _, f := range fields {
			name := strings.TrimPrefix(f.Path, at.path+".")
			if strings.Contains(name, ".") || f.Text[l] == "" {
				continue // of an object within
			}
			said := strings.ToLower(f.Text[l])
			if seen[said] != "" {
				s.bad(n, "%s calls %s and %s the same in %q, and nobody could tell them apart: give one another title", at.what, seen[said], name, l)
			}
			seen[said] = name
		}
	}
}

// list1 returns a list of different words.
func (s *shaping) list1(n *yaml.Node, what string) []string {
	var out []string
	for _, e := range s.parser.list(n, what) {
		w, ok := s.text(e, what)
		if ok && slices.Contains(out, w) {
			s.bad(e, "%s says %q twice: leave one out", what, w)
		} else if ok {
			out = append(out, w)
		}
	}
	return out
}

// property reads one field of an object.
func (s *shaping) property(key, n *yaml.Node, in spot) map[string]any {
	name := key.Value
	at := spot{what: in.what + "." + name, path: name, depth: in.depth + 1, times: in.times, titled: true}
	if in.path != "" {
		at.path = in.path + "." + name
	}
	switch {
	case !fieldForm.MatchString(name):
		s.bad(key, "the name of a field is of small letters, digits and _, 40 at most: write gift_card")
		return nil
	case at.path == reservedField:
		s.bad(key, "%s is where the gateway keeps the request of a proxy: call the field something else", at.path)
		return nil
	case n.Kind != yaml.MappingNode:
		s.bad(n, "%s must be an object: write {type: string, title: {en: \"...\", it: \"...\"}}", at.what)
		return nil
	}
	f := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		f[n.Content[i].Value] = n.Content[i+1]
	}
	if f["$ref"] != nil {
		return s.destination(n, f, at)
	}
	field := approvals.DefinedField{Path: at.path}
	if f["title"] == nil {
		s.bad(n, "%s needs \"title\": write title: {en: \"...\", it: \"...\"}, which the seller reads before the value", at.what)
	} else {
		field.Text = s.titled(f["title"], at.what+".title")
	}
	s.def.Fields = append(s.def.Fields, field)
	return s.value(n, at)
}

// destination reads the field that is the account paid into.
func (s *shaping) destination(n *yaml.Node, f map[string]*yaml.Node, at spot) map[string]any {
	s.fields(n, at.what, "$ref", "title", "description")
	switch ref := f["$ref"]; {
	case ref.Value != "destination":
		s.bad(ref, "%s can refer to the account paid into alone, and nothing is fetched: write {$ref: destination}, or the schema itself", at.what)
	case at.depth != 1:
		s.bad(ref, "%s is too deep for the account paid into: it stands at the top of details", at.what)
	case s.def.Destination != "":
		s.bad(ref, "%s would be a second account paid into, besides %s: one kind pays into one", at.what, s.def.Destination)
	}
	field := approvals.DefinedField{Path: at.path, Text: accountWords}
	if f["title"] != nil {
		field.Text = s.titled(f["title"], at.what+".title")
	}
	s.def.Fields = append(s.def.Fields, field)
	s.def.Destination = at.path
	return map[string]any{"type": "object"} // what is in it is read as any destination
}
