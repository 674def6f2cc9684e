package approvals

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"countersign/approvals/destination"
)

// DefinedFact is one thing that the details of an action say.
type DefinedFact struct {
	// Path is where it stands, elements of a list by their number from 0:
	// "parcels.0.weight".
	Path string
	// Text is what it is called, by locale, with what it stands in before it and
	// elements of a list counted from 1: "Parcels 1, Weight". Nil where the
	// definition has no word for it: then its path is shown.
	Text map[string]string
	// Value is a text as it is, a number in digits, or true or false; "{}" and "[]"
	// for what holds nothing. Empty where Destination is set.
	Value string
	// Destination is the account paid into.
	Destination *destination.Destination
}

// DefinedFacts returns every leaf of the details of a defined kind, in the order of
// its definition and then by name: nothing is signed that is not among them
// (STANDARDS TA-01). What a proxy binds is there too, below "request". It reads the
// definition that the action was created under, and of any other action returns nil.
func DefinedFacts(a Action) []DefinedFact {
	if !a.Kind.Defined() {
		return nil
	}
	r := factReader{}
	if d := a.Decision.Definition; d != nil {
		r.definition = *d
	}
	dec := json.NewDecoder(bytes.NewReader(a.Details))
	dec.UseNumber()
	var details any
	if dec.Decode(&details) != nil {
		return nil
	}
	r.read(details, place{})
	return r.facts
}

// place is where a value stands: as it is told, as the definition has it, and what
// that is called.
type place struct {
	path, field string
	text        map[string]string
}

type factReader struct {
	definition Definition
	facts      []DefinedFact
}

func (r *factReader) read(v any, at place) {
	switch v := v.(type) {
	case map[string]any:
		if to := r.destination(v, at); to != nil {
			r.facts = append(r.facts, DefinedFact{Path: at.path, Text: at.text, Destination: to})
			return
		}
		r.object(v, at)
	case []any:
		if len(v) == 0 {
			r.leaf("[]", at)
		}
		for i, e := range v {
			r.read(e, at.element(i))
		}
	case string:
		r.leaf(v, at)
	case json.Number:
		r.leaf(v.String(), at)
	case bool:
		r.leaf(strconv.FormatBool(v), at)
	}
}

// destination is the account paid into, nil if v is not it or says more than an
// account does.
func (r *factReader) destination(v map[string]any, at place) *destination.Destination {
	if at.path == "" || at.path != r.definition.Destination {
		return nil
	}
	raw, err := json.Marshal(v)
	var to destination.Destination
	if err != nil || DecodeStrict(raw, &to, "") != nil {
		return nil
	}
	return &to
}

func (r *factReader) leaf(value string, at place) {
	r.facts = append(r.facts, DefinedFact{Path: at.path, Text: at.text, Value: value})
}

// object reads the members in the order of the definition, and what it does not
// have by name behind them.
func (r *factReader) object(v map[string]any, at place) {
	if len(v) == 0 {
		r.leaf("{}", at)
	}
	keys := slices.Sorted(maps.Keys(v))
	slices.SortStableFunc(keys, func(a, b string) int { return r.rank(at.member(a)) - r.rank(at.member(b)) })
	for _, k := range keys {
		below := at.member(k)
		below.text = nil
		if i := r.rank(below); i < len(r.definition.Fields) && (at.path == "" || at.text != nil) {
			below.text = within(at.text, r.definition.Fields[i].Text)
		}
		r.read(v[k], below)
	}
}

// rank is where the definition has the field, behind all others where it does not.
func (r *factReader) rank(at place) int {
	i := slices.IndexFunc(r.definition.Fields, func(f DefinedField) bool { return f.Path == at.field })
	if i < 0 {
		return len(r.definition.Fields)
	}
	return i
}

func (p place) member(key string) place {
	if p.path == "" {
		return place{path: key, field: key}
	}
	return place{path: p.path + "." + key, field: p.field + "." + key}
}

// element is the i-th element of a list.
func (p place) element(i int) place {
	out := place{path: p.path + "." + strconv.Itoa(i), field: p.field}
	if p.text != nil {
		out.text = map[string]string{}
	}
	for locale, text := range p.text {
		out.text[locale] = text + " " + strconv.Itoa(i+1)
	}
	return out
}

// within puts what a field stands in before what it is called.
func within(outer, own map[string]string) map[string]string {
	if len(own) == 0 {
		return nil
	}
	out := map[string]string{}
	for locale, text := range own {
		out[locale] = strings.TrimPrefix(outer[locale]+", "+text, ", ")
	}
	return out
}
