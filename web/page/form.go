package page

import (
	"errors"
	"net/http"
	"slices"

	"countersign/approvals"
	"countersign/web/problem"
)

// Form is what a page of ours posted.
type Form map[string][]string

// Get is a field, empty where it was not sent.
func (f Form) Get(name string) string {
	if len(f[name]) == 0 {
		return ""
	}
	return f[name][0]
}

// Has reports whether a field was sent.
func (f Form) Has(name string) bool { return len(f[name]) > 0 }

// Post reads a form and makes sure that it was one of the sender's own pages
// (STANDARDS SM-07): own compares its token. A body in another encoding has no
// fields and so no token. Each field comes once, but those that are named. With
// CodeForbidden the fields come back too, for a page that is shown again: what
// they say is not to be done.
func Post(r *http.Request, own func(token string) bool, several ...string) (Form, error) {
	if err := r.ParseForm(); err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return nil, approvals.Refuse(problem.PayloadTooLarge)
		}
		return nil, approvals.Invalid()
	}
	f := Form(r.PostForm)
	if !own(f.Get("csrf")) {
		return f, approvals.Refuse(approvals.CodeForbidden)
	}
	for name, values := range f {
		if len(values) > 1 && !slices.Contains(several, name) {
			return nil, approvals.Invalid()
		}
	}
	return f, nil
}
