package proxy

import (
	"net/http"
	"slices"
	"strings"

	"countersign/approvals"
	"countersign/web/problem"
)

// decision is what becomes of a request: with a route, it waits for approval.
type decision struct {
	route   *route
	params  map[string]string // what the names in the pattern stand for
	guarded bool              // the path is that of some route
}

// decide looks a request's path up. A path that only some reader would take for
// a guarded one is refused, whatever the method; on a guarded path, what only
// reads passes and what writes is a route or is refused (RELIABILITY §9 G).
func (t *Table) decide(r *http.Request) (decision, error) {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	covered := t.covers(path)
	if !ordinary(path) {
		all, dotted := spellings(path)
		if dotted {
			return decision{}, errDots.problem()
		}
		covered = covered || slices.ContainsFunc(all, t.covers)
	}
	if !covered {
		return decision{}, nil
	}
	var d decision
	for _, one := range t.routes {
		params, ok := one.pattern.match(path)
		d.guarded = d.guarded || ok
		if ok && one.Method == r.Method {
			if one.pattern.formatted(path) {
				return decision{}, errFormat.problem()
			}
			d.route, d.params = one, params
		}
	}
	switch {
	case !d.guarded:
		return decision{}, errGuardedPath.problem()
	case d.route == nil && !readOnly(r.Method), len(r.Header["Upgrade"]) > 0:
		return decision{}, approvals.Refuse(problem.MethodNotAllowed)
	case d.route == nil && (r.ContentLength != 0 || len(r.TransferEncoding) > 0):
		return decision{}, ambiguous("a request that only reads has a body").problem()
	}
	return d, nil
}

// covers reports whether a path could be taken for a guarded one, behind a
// script's name too.
func (t *Table) covers(path string) bool {
	if t.covered(path) {
		return true
	}
	all, many := throughScripts(path)
	return many || slices.ContainsFunc(all, func(s throughScript) bool {
		return t.covered(s.script) || t.covered(s.after) || t.covered(s.without)
	})
}

func (t *Table) covered(path string) bool {
	for _, one := range t.routes {
		if one.pattern.covers(path) {
			return true
		}
	}
	return false
}

func readOnly(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}
