package main

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"countersign/web/samples"
)

// The guide is there for everybody on a running gateway, under the policy of
// pages, and every link of its own leads somewhere.
func TestDev_Guide(t *testing.T) {
	t.Parallel()
	n := newNode(t, buildWithCrashpoints(t), "sqlite:"+t.TempDir()+"/db", "localhost:25")
	n.prepare("http://localhost:1")
	n.start()
	page, text := n.open("/dev/guide")
	if page.StatusCode != 200 || !strings.Contains(text, "auth_request") || !strings.Contains(page.Header.Get("Content-Security-Policy"), "script-src 'self'") {
		t.Fatalf("%d %v", page.StatusCode, page.Header)
	}
	links := regexp.MustCompile(`(?:href|src)="(/[^"]+)"`).FindAllStringSubmatch(text, -1)
	if len(links) < 15 {
		t.Fatalf("%d links", len(links))
	}
	for _, l := range links {
		if got, _ := n.open(l[1]); got.StatusCode != 200 {
			t.Errorf("%s: %d", l[1], got.StatusCode)
		}
	}
	if got, text := n.open("/dev/files/nothing"); got.StatusCode != 404 || !strings.Contains(text, "<html") {
		t.Errorf("a file that is not there: %d", got.StatusCode)
	}
}

func (n *node) open(path string) (*http.Response, string) {
	n.t.Helper()
	req, err := http.NewRequestWithContext(n.t.Context(), http.MethodGet, n.url+path, nil)
	if err != nil {
		n.t.Fatal(err)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		n.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		n.t.Fatal(err)
	}
	return res, string(body)
}

// The settings that the guide shows are settings of this gateway.
func TestDev_Samples(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"forward_auth.yaml", "routes.yaml"} {
		text, err := samples.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := loadConfig(configFile(t, goodConfig+string(text))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
