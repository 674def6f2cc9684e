package seller

import (
	"net/http"

	"countersign/web/page"
)

// form is what a page of ours posted: each field at most once.
type form struct{ page.Form }

func (f form) get(name string) string { return f.Get(name) }
func (f form) has(name string) bool   { return f.Has(name) }

// post reads a form and makes sure that it was one of this access's own pages.
func (a access) post(r *http.Request) (form, error) {
	f, err := page.Post(r, a.ownPage)
	return form{f}, err
}

// ownPage compares in constant time.
func (a access) ownPage(token string) bool {
	if a.visit != nil {
		return a.visit.OwnPage(token)
	}
	return a.link.OwnPage(token)
}
