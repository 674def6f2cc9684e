package dev_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"countersign/client/examples"
	"countersign/templates"
	"countersign/web/api"
	"countersign/web/dev"
	"countersign/web/samples"
)

// open serves the pages alone.
func open(t *testing.T) http.Handler {
	t.Helper()
	pages, err := templates.New(templates.Config{PasskeyDomain: "market.example", Typed: map[templates.Locale]string{templates.EN: "market.example"}})
	if err != nil {
		t.Fatal(err)
	}
	routes, err := dev.Routes(dev.Config{Pages: pages, OpenAPI: api.OpenAPI(), Refuse: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusNotFound) }})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.Handle("GET "+r.Path, r.Handler)
	}
	return mux
}

func get(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// D8: the guide shows the files that the tests run, whole, and each alone.
func TestGuide_ShowsWhatTestsRun(t *testing.T) {
	t.Parallel()
	h := open(t)
	page := get(t, h, "/dev/guide")
	doc, err := html.Parse(page.Body)
	if err != nil || page.Code != 200 {
		t.Fatalf("%d, %v", page.Code, err)
	}
	var shown []string
	for n := range doc.Descendants() {
		if n.Data == "code" && n.Parent.Data == "pre" {
			shown = append(shown, n.FirstChild.Data)
		}
	}
	for name, read := range map[string]func(string) ([]byte, error){
		"nginx.conf": samples.Files.ReadFile, "Caddyfile": samples.Files.ReadFile, "traefik.yaml": samples.Files.ReadFile, "envoy.yaml": samples.Files.ReadFile,
		"forward_auth.yaml": samples.Files.ReadFile, "routes.yaml": samples.Files.ReadFile, "forward_auth.sh": samples.Files.ReadFile, "guarded/main.go": samples.Files.ReadFile,
		"curl/payout_change.sh": examples.Files.ReadFile, "node/receiver.js": examples.Files.ReadFile, "market/main.go": examples.Files.ReadFile,
	} {
		want, err := read(name)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(shown, string(want)) {
			t.Errorf("the guide does not show %s as it is", name)
		}
		alone := strings.TrimSuffix(name, "/main.go")
		if alone != name {
			alone += ".go"
		}
		got := get(t, h, "/dev/files/"+alone[strings.LastIndex(alone, "/")+1:])
		if got.Code != 200 || got.Body.String() != string(want) || got.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s alone: %d %s", name, got.Code, got.Header().Get("Content-Type"))
		}
	}
	if len(shown) != 11 {
		t.Errorf("the guide shows %d files", len(shown))
	}
	for _, path := range []string{"/dev/files/", "/dev/files/main.go", "/dev/files/..%2fguide.go"} {
		if got := get(t, h, path); got.Code != 404 {
			t.Errorf("%s: %d", path, got.Code)
		}
	}
}

// Every link of the guide leads somewhere, and every heading that is linked
// exists.
func TestGuide_CanBeRead(t *testing.T) {
	t.Parallel()
	h := open(t)
	doc, err := html.Parse(get(t, h, "/dev/guide").Body)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	var links []string
	level := 0
	for n := range doc.Descendants() {
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("id %s twice", id)
			}
			ids[id] = true
		}
		if href := attr(n, "href"); n.Data == "a" {
			links = append(links, href)
		}
		if n.Type == html.ElementNode && len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			if now := int(n.Data[1] - '0'); now > level+1 {
				t.Errorf("h%d after h%d", now, level)
			} else {
				level = now
			}
		}
	}
	served := []string{"/v1/openapi.yaml", "/problems/payload_mismatch"} // by others
	for _, l := range links {
		switch {
		case strings.HasPrefix(l, "#"):
			if !ids[l[1:]] {
				t.Errorf("%s leads nowhere", l)
			}
		case strings.HasPrefix(l, "https://www.rfc-editor.org/"), slices.Contains(served, l):
		default:
			if got := get(t, h, l); got.Code != 200 {
				t.Errorf("%s: %d", l, got.Code)
			}
		}
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
