package seller

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"countersign/approvals"
	"countersign/approvals/destination"
	"countersign/templates"
)

// signedFields lists every field under the digest by its path, read from the
// very bytes that are signed, with account numbers masked.
func signedFields(a approvals.Action) ([]templates.SignedField, error) {
	signed, err := approvals.CanonicalBytes(a)
	if err != nil {
		return nil, err
	}
	masks, err := accountMasks(a)
	if err != nil {
		return nil, err
	}
	_, object, _ := bytes.Cut(signed, []byte("\n")) // after the domain tag
	var fields any
	read := json.NewDecoder(bytes.NewReader(object))
	read.UseNumber() // as it is signed, and no float
	if err := read.Decode(&fields); err != nil {
		return nil, fmt.Errorf("read signed fields of action %s: %w", a.ID, err)
	}
	return flatten(nil, "", fields, masks), nil
}

// flatten appends the leaves of v in the order of their names. A leaf whose
// path has a mask shows the mask.
func flatten(out []templates.SignedField, path string, v any, masks map[string]string) []templates.SignedField {
	if list, ok := v.([]any); ok && len(list) > 0 {
		for i, e := range list {
			out = flatten(out, path+"."+strconv.Itoa(i), e, masks)
		}
		return out
	}
	object, ok := v.(map[string]any)
	if !ok || len(object) == 0 {
		text := fmt.Sprint(v)
		if ok {
			text = "{}"
		}
		if mask, secret := masks[path]; secret {
			text = mask
		}
		return append(out, templates.SignedField{Name: path, Value: text})
	}
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		out = flatten(out, strings.TrimPrefix(path+"."+name, "."), object[name], masks)
	}
	return out
}

// accountMasks says what stands in the place of each account number.
func accountMasks(a approvals.Action) (map[string]string, error) {
	masks := map[string]string{}
	if loan, ok := approvals.LoanOf(a); ok {
		maskInto(masks, "details.destination.", loan.Destination)
		return masks, nil
	}
	if a.Kind.Defined() {
		for _, f := range approvals.DefinedFacts(a) {
			if f.Destination != nil {
				maskInto(masks, "details."+f.Path+".", *f.Destination)
			}
		}
		return masks, nil
	}
	change, err := a.Change()
	if err != nil {
		return nil, err
	}
	maskInto(masks, "details.to.", change.To)
	if change.From != nil {
		maskInto(masks, "details.from.", *change.From)
	}
	return masks, nil
}

// maskInto splits the mask of a destination over the fields it was made from:
// an IBAN is one, the others are a code and a number.
func maskInto(masks map[string]string, path string, d destination.Destination) {
	masks[path+"iban"] = d.Masked()
	code, number, _ := strings.Cut(d.Masked(), " ")
	masks[path+"sort_code"], masks[path+"routing_number"], masks[path+"account_number"] = code, code, number
}
