package seller

import (
	"errors"
	"net/http"
	"net/url"

	"countersign/approvals"
	"countersign/web/problem"
)

// form is what a page of ours posted: each field at most once.
type form struct{ fields url.Values }

func (f form) get(name string) string { return f.fields.Get(name) }
func (f form) has(name string) bool   { return f.fields.Has(name) }

// post reads a form and makes sure that it was one of this access's own pages
// (STANDARDS SM-07). A body in another encoding has no fields and so no token.
// With CodeForbidden the fields come back too, for a page that is shown again:
// what they say is not to be done.
func (a access) post(r *http.Request) (form, error) {
	if err := r.ParseForm(); err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return form{}, approvals.Refuse(problem.PayloadTooLarge)
		}
		return form{}, approvals.Invalid()
	}
	f := form{r.PostForm}
	if !a.ownPage(f.get("csrf")) {
		return f, approvals.Refuse(approvals.CodeForbidden)
	}
	for _, values := range f.fields {
		if len(values) > 1 {
			return form{}, approvals.Invalid()
		}
	}
	return f, nil
}

// ownPage compares in constant time.
func (a access) ownPage(token string) bool {
	if a.visit != nil {
		return a.visit.OwnPage(token)
	}
	return a.link.OwnPage(token)
}
