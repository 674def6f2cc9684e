package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// PA-01, AS-06: every path answers another method with 405 and says which there
// are. AS-13: nothing below /v1 is ever redirected, however the request came.
func TestMethods(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	all := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
	onlyPosts := 0
	for path, item := range loadContract(t).Doc.Paths.Map() {
		var allowed []string
		for method := range item.Operations() {
			if allowed = append(allowed, method); method == "GET" {
				allowed = append(allowed, "HEAD")
			}
		}
		slices.Sort(allowed)
		if slices.Equal(allowed, []string{"POST"}) {
			onlyPosts++
		}
		target := strings.NewReplacer("{id}", "x", "{code}", "x").Replace(path)
		for _, method := range all {
			a := g.raw(request{method: method, path: target, key: "k", change: func(r *http.Request) {
				r.Header.Set("X-Forwarded-Proto", "http")
				r.Header.Set("Upgrade-Insecure-Requests", "1")
				r.Header.Del("Authorization")
			}})
			if a.status >= 300 && a.status < 400 || a.header.Get("Location") != "" {
				t.Errorf("%s %s: %d to %q", method, path, a.status, a.header.Get("Location"))
			}
			said := strings.Split(a.header.Get("Allow"), ", ")
			slices.Sort(said)
			if refused := a.status == http.StatusMethodNotAllowed; refused == slices.Contains(allowed, method) {
				t.Errorf("%s %s: %d", method, path, a.status)
			} else if refused && !slices.Equal(said, allowed) {
				t.Errorf("%s %s: Allow %v, want %v", method, path, said, allowed)
			}
		}
	}
	if onlyPosts < 7 {
		t.Errorf("only %d paths that are posted to", onlyPosts)
	}
}
