package risk

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"countersign/approvals"
	"countersign/approvals/destination"
)

// maxWrong is how many fields are named in one answer.
const maxWrong = 50

// Wrong implements approvals.Definer.
func (p *Policy) Wrong(k approvals.Kind, details json.RawMessage) []approvals.FieldError {
	d := p.defined[k]
	if d == nil {
		return []approvals.FieldError{{Field: "kind", Message: "must be defined in the policy file"}}
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(details))
	if err != nil {
		return []approvals.FieldError{{Field: "details", Message: "must be one JSON document"}}
	}
	var out []approvals.FieldError
	if err := d.schema.Validate(v); err != nil {
		wrong, ok := errors.AsType[*jsonschema.ValidationError](err)
		if !ok {
			return []approvals.FieldError{{Field: "details", Message: "must be as the policy file defines them"}}
		}
		out = found(wrong, nil)
	}
	out = hidden(v, "details", d.Destination, out)
	slices.SortFunc(out, func(a, b approvals.FieldError) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Message, b.Message))
	})
	out = slices.Compact(out)
	return out[:min(len(out), maxWrong)]
}

// found adds what a refusal of the library says to out, in words that hold nothing of
// what was sent.
func found(e *jsonschema.ValidationError, out []approvals.FieldError) []approvals.FieldError {
	for _, c := range e.Causes {
		out = found(c, out)
	}
	at := strings.Join(append([]string{"details"}, e.InstanceLocation...), ".")
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			out = append(out, approvals.FieldError{Field: at + "." + name, Message: "must be there"})
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			out = append(out, approvals.FieldError{Field: at + "." + name, Message: "is not a field of this kind; remove it"})
		}
	default:
		if len(e.Causes) == 0 {
			out = append(out, approvals.FieldError{Field: at, Message: instead(e.ErrorKind)})
		}
	}
	return out
}

// instead says what to write, from what the policy file asks for alone.
func instead(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return "must be " + typeWords[strings.Join(k.Want, "")]
	case *kind.Enum:
		var words []string
		for _, w := range k.Want {
			words = append(words, fmt.Sprint(w))
		}
		return "must be one of " + strings.Join(words, ", ")
	case *kind.Const:
		return "must be " + fmt.Sprint(k.Want)
	case *kind.Pattern:
		return "must match " + k.Want[len(patternOpens):len(k.Want)-len(patternCloses)]
	case *kind.Format:
		return "must be of the format " + k.Want
	case *kind.MinLength:
		return "must have " + strconv.Itoa(k.Want) + " characters at least"
	case *kind.MaxLength:
		return "must have " + strconv.Itoa(k.Want) + " characters at most"
	case *kind.MinItems:
		return "must have " + strconv.Itoa(k.Want) + " elements at least"
	case *kind.MaxItems:
		return "must have " + strconv.Itoa(k.Want) + " elements at most"
	case *kind.UniqueItems:
		return "must not say the same twice"
	case *kind.Minimum:
		return "must be " + whole(k.Want) + " or more"
	case *kind.Maximum:
		return "must be " + whole(k.Want) + " or less"
	case *kind.ExclusiveMinimum:
		return "must be more than " + whole(k.Want)
	case *kind.ExclusiveMaximum:
		return "must be less than " + whole(k.Want)
	case *kind.MultipleOf:
		return "must be a multiple of " + whole(k.Want)
	}
	return "must be as the policy file defines it"
}

func whole(r *big.Rat) string { return r.Num().String() }

// typeWords is what a value of a type is called in a message.
var typeWords = map[string]string{
	"object": "an object", "array": "a list", "string": "a string", "integer": "a whole number", "boolean": "true or false",
}

// hidden adds the texts that hold what nobody sees: both proofs are for what can be
// read. The destination is looked into by those who know one.
func hidden(v any, at, but string, out []approvals.FieldError) []approvals.FieldError {
	switch v := v.(type) {
	case string:
		if problem := destination.TextProblem(v, len(v)); problem != "" {
			return append(out, approvals.FieldError{Field: at, Message: problem})
		}
	case []any:
		for i, e := range v {
			out = hidden(e, at+"."+strconv.Itoa(i), "", out)
		}
	case map[string]any:
		for name, e := range v {
			if name != but || but == "" {
				out = hidden(e, at+"."+name, "", out)
			}
		}
	}
	return out
}
