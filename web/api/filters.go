package api

import (
	"net/url"
	"slices"
	"strings"
)

// filters reads the query of a list: each of the names once, with a value. names
// is as a person would list them ("seller, state and cursor"). What is unknown,
// doubled or malformed is a fault, because leaving it out would show more than
// was asked for; net/http alone drops what it cannot read.
func (f *fields) filters(raw, names string) map[string]string {
	values, err := url.ParseQuery(raw)
	if err != nil {
		f.add("", "the query is not well-formed")
		return nil
	}
	known := strings.Fields(strings.NewReplacer(",", " ", " and ", " ").Replace(names))
	out := map[string]string{}
	for name, given := range values {
		switch {
		case !slices.Contains(known, name):
			f.add("", "only "+names+" can be asked for")
		case len(given) != 1 || given[0] == "":
			f.add(name, "must be given once, with a value")
		default:
			out[name] = given[0]
		}
	}
	return out
}
