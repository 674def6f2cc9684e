package dev

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v3"

	"countersign/templates"
)

// objectOf shows a schema that has a name.
func objectOf(name string, s node) templates.ObjectType {
	o := templates.ObjectType{Name: name, About: paragraphs(s.get("description").text()), Fields: fieldsOf("", s)}
	for _, form := range s.get("oneOf").list() {
		if ref := form.ref(); ref != "" {
			o.Forms = append(o.Forms, ref)
		}
	}
	if len(o.Fields) == 0 && len(o.Forms) == 0 {
		f := fieldOf("", s, false)
		o.Type, o.Values = f.Type, f.Values
	}
	return o
}

// fieldsOf lists the members of an object, and those of objects without a name
// below it, each with its whole path.
func fieldsOf(prefix string, s node) []templates.Field {
	var out []templates.Field
	required := s.get("required").texts()
	s.get("properties").each(func(name string, p node) {
		f := fieldOf(prefix+name, p, slices.Contains(required, name))
		out = append(out, f)
		below, path := p, f.Name+"."
		if p.get("items").there() {
			below, path = p.get("items"), f.Name+"[]."
		}
		out = append(out, fieldsOf(path, below)...) // a reference has no members itself
	})
	return out
}

func fieldOf(name string, s node, required bool) templates.Field {
	f := templates.Field{Name: name, Required: required, About: paragraphs(s.get("description").text()), Object: s.ref()}
	items := s.get("items")
	switch {
	case f.Object != "":
	case items.ref() != "":
		f.Type, f.Object = "list of", items.ref()
	case items.there():
		f.Type = strings.TrimSpace("list of " + plural[items.get("type").text()])
	default:
		f.Type = kindOf(s)
	}
	f.Values = s.get("enum").texts()
	if one := s.get("const").text(); one != "" {
		f.Type, f.Values = "always", []string{one}
	}
	return f
}

var plural = map[string]string{"string": "texts", "object": "objects", "integer": "whole numbers", "number": "numbers"}

// kindOf says in words what a value is.
func kindOf(s node) string {
	words := map[string]string{
		"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "object": "object", "array": "list",
	}
	kind := words[s.get("type").text()]
	switch format := s.get("format").text(); {
	case format == "date-time":
		kind = "time"
	case format == "uri":
		kind = "address"
	}
	if limits := limitsOf(s); limits != "" {
		kind = strings.Join(nonEmpty(kind, limits), ", ")
	}
	return kind
}

func limitsOf(s node) string {
	least, most := s.get("minLength").text(), s.get("maxLength").text()
	switch {
	case least != "" && most != "":
		return least + " to " + most + " characters"
	case most != "":
		return "at most " + most + " characters"
	}
	return ""
}

// jsonOf writes an example of the description as JSON, in its own order.
func jsonOf(n node) (string, error) {
	var b strings.Builder
	if err := writeJSON(&b, n.y, ""); err != nil {
		return "", err
	}
	return b.String(), nil
}

// short is how long an object may be to stay on one line.
const short = 72

func writeJSON(b *strings.Builder, y *yaml.Node, indent string) error {
	if y == nil {
		return fmt.Errorf("nothing there")
	}
	var parts []string
	open, end := "{", "}"
	switch y.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(y.Content); i += 2 {
			var value strings.Builder
			if err := writeJSON(&value, y.Content[i+1], indent+"  "); err != nil {
				return err
			}
			parts = append(parts, quoted(y.Content[i].Value)+": "+value.String())
		}
	case yaml.SequenceNode:
		open, end = "[", "]"
		for _, item := range y.Content {
			var value strings.Builder
			if err := writeJSON(&value, item, indent+"  "); err != nil {
				return err
			}
			parts = append(parts, value.String())
		}
	case yaml.ScalarNode:
		var v any
		if err := y.Decode(&v); err != nil {
			return err
		}
		if _, isText := v.(string); isText || y.Tag == "!!timestamp" {
			b.WriteString(quoted(y.Value))
			return nil
		}
		raw, err := json.Marshal(v)
		b.Write(raw)
		return err
	default:
		return fmt.Errorf("line %d: neither a mapping, a list nor a value", y.Line)
	}
	if line := strings.Join(parts, ", "); len(indent)+len(line) < short && !strings.Contains(line, "\n") {
		b.WriteString(open + line + end)
		return nil
	}
	b.WriteString(open + "\n" + indent + "  " + strings.Join(parts, ",\n"+indent+"  ") + "\n" + indent + end)
	return nil
}

func quoted(s string) string {
	raw, _ := json.Marshal(s) // a string always encodes
	return string(raw)
}

// curl writes a call as a command.
func curl(c templates.Call, body string) string {
	path := strings.NewReplacer("{id}", "ID", "{code}", "payload_mismatch").Replace(c.Path)
	line := `curl "$GATEWAY` + path + `"`
	if !c.Keyless {
		line += " \\\n  -H \"Authorization: Bearer $API_KEY\""
	}
	if c.Method == "POST" {
		line += " \\\n  -H \"Idempotency-Key: \\\"$(uuidgen)\\\"\""
	}
	if body != "" {
		line += " \\\n  -H 'Content-Type: application/json' \\\n  -d '" + strings.ReplaceAll(body, "'", `'\''`) + "'"
	} else if c.Method != "GET" {
		line += " \\\n  -X " + c.Method
	}
	return line
}
