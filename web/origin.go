package web

import (
	"net/http"

	"countersign/approvals"
	"countersign/web/problem"
)

// ownPages lets a changing request through to the pages only when it comes
// from one of them.
func (s *site) ownPages(pages http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	origin := s.PublicURL.String()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := problem.TraceOf(r.Context())
		t.Route = "page"
		if !safe(r.Method) && (protection.Check(r) != nil || !sameOrigin(r.Header, origin)) {
			s.refuse(w, r, approvals.Refuse(approvals.CodeForbidden))
			return
		}
		if err := s.PageLimit.take(w, r); err != nil {
			s.refuse(w, r, err)
			return
		}
		outer := r.Pattern
		pages.ServeHTTP(w, r)
		if r.Pattern != outer && t.Route == "page" {
			t.Route = r.Pattern
		}
	})
}

// safe methods change nothing (DESIGN rule 2).
func safe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// sameOrigin asks for a positive sign that one of our own pages sent the
// request, where http.CrossOriginProtection lets one without any pass
// (RELIABILITY D5). The browser's word on the site comes first: pages are sent
// with no-referrer, and their forms therefore with "Origin: null".
func sameOrigin(h http.Header, origin string) bool {
	site, from := h["Sec-Fetch-Site"], h["Origin"]
	if len(site) > 1 || len(from) > 1 {
		return false
	}
	if len(from) == 1 && from[0] != origin && from[0] != "null" {
		return false
	}
	if len(site) == 1 {
		return site[0] == "same-origin"
	}
	return len(from) == 1 && from[0] == origin
}
