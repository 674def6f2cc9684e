package webtest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// Breaks says in words what a client written for the description promised may
// no longer count on in now: a call, field, value or answer that is gone, or a
// demand that was not made before. What is merely new breaks nobody: clients
// pass over members and values they do not know. An empty list is a promise kept.
func Breaks(promised, now *openapi3.T) []string {
	b := &breaks{seen: map[pairing]bool{}}
	for _, path := range slices.Sorted(maps.Keys(promised.Paths.Map())) {
		old, item := promised.Paths.Value(path), now.Paths.Value(path)
		for _, method := range slices.Sorted(maps.Keys(old.Operations())) {
			o, call := old.GetOperation(method), method+" "+path
			var n *openapi3.Operation
			if item != nil {
				n = item.GetOperation(method)
			}
			if n == nil {
				b.add("%s is gone", call)
				continue
			}
			b.operation(call, promised, now, o, n)
			b.parameters(call, slices.Concat(old.Parameters, o.Parameters), slices.Concat(item.Parameters, n.Parameters))
		}
	}
	slices.Sort(b.found)
	return b.found
}

// breaks collects what is found. A schema that many calls share is compared
// once for each direction.
type breaks struct {
	found []string
	seen  map[pairing]bool
}

// direction says who writes a value.
type direction bool

const (
	asked    direction = true  // by the client: what was accepted has to be accepted
	answered direction = false // by the gateway: what was there has to be there
)

type pairing struct {
	old, now *openapi3.Schema
	d        direction
}

func (b *breaks) add(format string, args ...any) {
	b.found = append(b.found, fmt.Sprintf(format, args...))
}

func (b *breaks) operation(call string, promised, now *openapi3.T, o, n *openapi3.Operation) {
	if open(promised, o) && !open(now, n) {
		b.add("%s now asks for an API key", call)
	}
	b.body(call, o.RequestBody, n.RequestBody)
	for _, status := range slices.Sorted(maps.Keys(o.Responses.Map())) {
		old, answer := o.Responses.Value(status), n.Responses.Value(status)
		if answer == nil {
			b.add("%s: answer %s is gone", call, status)
			continue
		}
		where := call + ": answer " + status
		for name, h := range old.Value.Headers {
			if still := answer.Value.Headers[name]; h.Value.Required && (still == nil || !still.Value.Required) {
				b.add("%s: header %s may be absent", where, name)
			}
		}
		b.content(where, old.Value.Content, answer.Value.Content, answered)
	}
}

// open reports whether a call asks for no key.
func open(doc *openapi3.T, o *openapi3.Operation) bool {
	security := doc.Security
	if o.Security != nil {
		security = *o.Security
	}
	return len(security) == 0
}

func (b *breaks) body(call string, old, now *openapi3.RequestBodyRef) {
	switch {
	case old == nil && now == nil:
	case old == nil:
		if now.Value.Required {
			b.add("%s now requires a body", call)
		}
	case now == nil:
		b.add("%s no longer takes a body", call)
	default:
		if now.Value.Required && !old.Value.Required {
			b.add("%s now requires a body", call)
		}
		b.content(call+": body", old.Value.Content, now.Value.Content, asked)
	}
}

func (b *breaks) content(where string, old, now openapi3.Content, d direction) {
	for kind, media := range old {
		still := now[kind]
		if still == nil {
			b.add("%s: %s is gone", where, kind)
			continue
		}
		b.schema(where, media.Schema, still.Schema, d)
	}
}

func (b *breaks) parameters(call string, old, now openapi3.Parameters) {
	for _, p := range now {
		if was := old.GetByInAndName(p.Value.In, p.Value.Name); p.Value.Required && (was == nil || !was.Required) {
			b.add("%s now requires the %s parameter %s", call, p.Value.In, p.Value.Name)
		}
	}
	for _, p := range old {
		still := now.GetByInAndName(p.Value.In, p.Value.Name)
		if still == nil {
			b.add("%s no longer takes the %s parameter %s", call, p.Value.In, p.Value.Name)
			continue
		}
		b.schema(call+": parameter "+p.Value.Name, p.Value.Schema, still.Schema, asked)
	}
}

func (b *breaks) schema(where string, oldRef, nowRef *openapi3.SchemaRef, d direction) {
	if oldRef == nil || nowRef == nil {
		if (oldRef == nil) != (nowRef == nil) {
			b.add("%s: the schema appeared or is gone", where)
		}
		return
	}
	old, now := oldRef.Value, nowRef.Value
	if b.seen[pairing{old, now, d}] {
		return
	}
	b.seen[pairing{old, now, d}] = true
	if old.Type != nil && !same(old.Type, now.Type) || old.Type == nil && now.Type != nil && d == asked {
		b.add("%s: changed its type", where)
		return
	}
	if formOfSeveral(old, now, d) {
		return
	}
	b.values(where, old, now, d)
	b.limits(where, old, now, d)
	b.object(where, old, now, d)
	b.choices(where, old, now, d)
	if old.Items != nil || now.Items != nil {
		b.schema(where+"[]", old.Items, now.Items, d)
	}
	if !same(old.AllOf, now.AllOf) || !same(old.AnyOf, now.AnyOf) || !same(old.Not, now.Not) || !same(old.PatternProperties, now.PatternProperties) {
		b.add("%s: changed allOf, anyOf, not or patternProperties, which nobody compares", where)
	}
}

func same(a, b any) bool { return reflect.DeepEqual(a, b) }

// values compares the lists of values. Answers may have new ones.
func (b *breaks) values(where string, old, now *openapi3.Schema, d direction) {
	if !same(old.Const, now.Const) && (old.Const != nil || d == asked) {
		b.add("%s: changed its one value", where)
	}
	switch {
	case len(now.Enum) == 0 && len(old.Enum) > 0 && d == answered:
		b.add("%s: may now be anything", where)
	case len(now.Enum) > 0 && len(old.Enum) == 0 && d == asked:
		b.add("%s: now takes listed values only", where)
	case len(now.Enum) > 0:
		for _, v := range old.Enum {
			if !slices.Contains(now.Enum, v) {
				b.add("%s: no longer knows %v", where, v)
			}
		}
	}
}
