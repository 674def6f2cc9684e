package webtest

import (
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// limits compares what a value must look like.
func (b *breaks) limits(where string, old, now *openapi3.Schema, d direction) {
	if old.Pattern != now.Pattern && (old.Pattern != "" || d == asked) {
		b.add("%s: changed its pattern", where)
	}
	if old.Format != now.Format && (old.Format != "" || d == asked) {
		b.add("%s: changed its format", where)
	}
	if d == answered {
		return
	}
	for what, tighter := range map[string]bool{
		"length": now.MinLength > old.MinLength || lower(now.MaxLength, old.MaxLength),
		"size":   now.MinItems > old.MinItems || lower(now.MaxItems, old.MaxItems) || now.MinProps > old.MinProps || lower(now.MaxProps, old.MaxProps),
		"range": now.Min != nil && (old.Min == nil || *now.Min > *old.Min) ||
			now.Max != nil && (old.Max == nil || *now.Max < *old.Max),
	} {
		if tighter {
			b.add("%s: a tighter limit on its %s", where, what)
		}
	}
}

// lower reports whether a maximum is lower than it was; none is the highest.
func lower(now, old *uint64) bool { return now != nil && (old == nil || *now < *old) }

func (b *breaks) object(where string, old, now *openapi3.Schema, d direction) {
	for name, p := range old.Properties {
		still := now.Properties[name]
		if still == nil {
			if d == answered || !takesMore(now) {
				b.add("%s: field %s is gone", where, name)
			}
			continue
		}
		b.schema(where+"."+name, p, still, d)
	}
	if d == asked {
		for _, name := range now.Required {
			if !slices.Contains(old.Required, name) {
				b.add("%s: field %s is now required", where, name)
			}
		}
		if takesMore(old) && !takesMore(now) {
			b.add("%s: no longer takes fields of any name", where)
		}
	} else {
		for _, name := range old.Required {
			if !slices.Contains(now.Required, name) {
				b.add("%s: field %s may now be absent", where, name)
			}
		}
	}
	if old.AdditionalProperties.Schema != nil && now.AdditionalProperties.Schema != nil {
		b.schema(where+".*", old.AdditionalProperties.Schema, now.AdditionalProperties.Schema, d)
	}
}

// takesMore reports whether an object may have members that it does not name.
func takesMore(s *openapi3.Schema) bool {
	return s.AdditionalProperties.Schema != nil || s.AdditionalProperties.Has == nil || *s.AdditionalProperties.Has
}

// choices compares alternatives: each that there was has still to be one.
func (b *breaks) choices(where string, old, now *openapi3.Schema, d direction) {
	if len(now.OneOf) > 0 && len(old.OneOf) == 0 && d == asked {
		b.add("%s: now has to be one of several forms", where)
		return
	}
	if len(now.OneOf) == 0 {
		if len(old.OneOf) > 0 && d == answered {
			b.add("%s: is no longer one of the forms it had", where)
		}
		return
	}
	for i, o := range old.OneOf {
		kept := slices.ContainsFunc(now.OneOf, func(n *openapi3.SchemaRef) bool {
			alone := &breaks{seen: map[pairing]bool{}}
			alone.schema(where, o, n, d)
			return len(alone.found) == 0
		})
		if !kept {
			b.add("%s: form %s of it is gone or changed", where, nameOf(o, i))
		}
	}
}

// formOfSeveral reports whether listed values became one form of several. Requests have
// one more then, and answers may have new values.
func formOfSeveral(old, now *openapi3.Schema, d direction) bool {
	if len(old.Enum) == 0 || len(old.OneOf) > 0 {
		return false
	}
	return slices.ContainsFunc(now.OneOf, func(n *openapi3.SchemaRef) bool {
		alone := &breaks{seen: map[pairing]bool{}}
		alone.schema("", &openapi3.SchemaRef{Value: old}, n, d)
		return len(alone.found) == 0
	})
}

func nameOf(r *openapi3.SchemaRef, i int) string {
	if r.Ref != "" {
		return r.Ref
	}
	return strconv.Itoa(i + 1)
}
