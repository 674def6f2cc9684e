package problem

import (
	"cmp"
	"slices"

	"countersign/approvals"
)

// Listed is one code as the reference shows it.
type Listed struct {
	Code   approvals.Code
	Status int
	Title  string
	Detail string
}

// List returns every code there is, by status and name.
func List() []Listed {
	var out []Listed
	for code, e := range entries {
		out = append(out, Listed{code, e.status, e.title, e.detail})
	}
	slices.SortFunc(out, func(a, b Listed) int { return cmp.Or(cmp.Compare(a.Status, b.Status), cmp.Compare(a.Code, b.Code)) })
	return out
}
