package main

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// The reference is there for everybody, may be kept, and is where a problem
// document sends its reader. Its own links lead somewhere.
func TestDev_API(t *testing.T) {
	t.Parallel()
	d := demoForTest(t)
	ask := func(method, url string) (*http.Response, string) {
		req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res, string(body)
	}
	refused, body := ask(http.MethodGet, d.BaseURL+"/v1/actions")
	var problem struct{ Type, Doc, Code string }
	if err := json.Unmarshal([]byte(body), &problem); err != nil || refused.StatusCode != 401 {
		t.Fatalf("%d %s, %v", refused.StatusCode, body, err)
	}
	if res, text := ask(http.MethodGet, problem.Type); res.StatusCode != 200 || !strings.Contains(text, problem.Code) {
		t.Errorf("%s: %d %s", problem.Type, res.StatusCode, text)
	}
	address, anchor, _ := strings.Cut(problem.Doc, "#")
	page, text := ask(http.MethodGet, address)
	if page.StatusCode != 200 || page.Header.Get("Cache-Control") != "public, max-age=300" || !strings.Contains(text, `id="`+anchor+`"`) {
		t.Fatalf("%s: %d %v", problem.Doc, page.StatusCode, page.Header)
	}
	tried := map[string]bool{}
	for _, l := range regexp.MustCompile(`(?:href|src)="(/[^"]+)"`).FindAllStringSubmatch(text, -1) {
		if tried[l[1]] {
			continue
		}
		tried[l[1]] = true
		if res, _ := ask(http.MethodGet, d.BaseURL+l[1]); res.StatusCode != 200 {
			t.Errorf("%s: %d", l[1], res.StatusCode)
		}
	}
	if res, _ := ask(http.MethodPost, address); res.StatusCode < 400 {
		t.Errorf("posted to: %d", res.StatusCode)
	}
}
