package web

import (
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"

	"countersign/approvals"
	"countersign/web/api"
	"countersign/web/desk"
	"countersign/web/dev"
	"countersign/web/problem"
)

// table is every address of the gateway but those of the pages, which bring
// their own.
func (s *site) table() []api.Route {
	all := append(s.API.Routes(),
		api.Route{Method: http.MethodGet, Path: healthPath, Handler: http.HandlerFunc(healthz)},
		api.Route{Method: http.MethodGet, Path: readyPath, Handler: s.readyz()},
	)
	for _, d := range s.Dev {
		all = append(all, api.Route{Method: http.MethodGet, Path: d.Path, Handler: d.Handler})
	}
	return all
}

// Beginnings of the addresses that are answered with problem documents.
var apiPaths = []string{"/v1/", "/.well-known/", "/problems/"}

func isAPI(r *http.Request) bool {
	p := r.URL.Path
	return isProbe(r) || p == "/v1" || slices.ContainsFunc(apiPaths, func(prefix string) bool { return strings.HasPrefix(p, prefix) })
}

// mount registers each path once and tells its methods apart itself, because
// net/http answers a wrong method in plain text.
func (s *site) mount(table []api.Route) {
	byPath := map[string]methods{}
	for _, r := range table {
		if byPath[r.Path] == nil {
			byPath[r.Path] = methods{}
		}
		byPath[r.Path][r.Method] = r.Handler
	}
	for pattern, m := range byPath {
		s.mux.Handle(pattern, s.named(pattern, m))
	}
	s.mux.HandleFunc("/v1", s.notFound)
	for _, prefix := range apiPaths {
		s.mux.HandleFunc(prefix, s.notFound)
	}
	if s.Pages == nil {
		s.mux.HandleFunc("/", s.notFound)
		return
	}
	s.mux.Handle("/", s.ownPages(s.Pages))
	for base, pages := range map[string]Pages{dev.Base: s.Developers, desk.Base: s.Desk} {
		if pages != nil {
			s.mux.Handle(base, s.ownPages(pages))
			s.mux.Handle(base+"/", s.ownPages(pages))
		}
	}
}

// methods are the calls of one path.
type methods map[string]http.Handler

// named serves one path. A HEAD is a GET whose answer has no body.
func (s *site) named(pattern string, m methods) http.Handler {
	allow := slices.Sorted(maps.Keys(m))
	if m[http.MethodGet] != nil {
		allow = append(allow, http.MethodHead)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		problem.TraceOf(r.Context()).Route = pattern
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		h, ok := m[method]
		if !ok {
			w.Header().Set("Allow", strings.Join(allow, ", "))
			s.refuse(w, r, approvals.Refuse(problem.MethodNotAllowed))
			return
		}
		h.ServeHTTP(w, r)
	})
}

// route refuses what the mux would redirect: an address has one spelling, and
// the API never redirects (STANDARDS AS-13).
func (s *site) route(w http.ResponseWriter, r *http.Request) {
	p := r.URL.EscapedPath()
	clean := path.Clean(p)
	if strings.HasSuffix(p, "/") && clean != "/" {
		clean += "/"
	}
	if p == "" || p[0] != '/' || p != clean {
		s.notFound(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}
