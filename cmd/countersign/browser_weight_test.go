package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"countersign/templates"
)

// What one page of a seller may weigh (UX §8.1).
const (
	maxPage     = 20 << 10 // HTML, CSS and script, gzip
	maxScript   = 4 << 10  // of which script
	maxRequests = 4
)

// testWeight: no page needs more than a slow phone can give.
func testWeight(t *testing.T, _ *chromium) {
	g := newGallery(t)
	script, style := gzipped(t, g.url+g.pages.Asset("app.js")), gzipped(t, g.url+g.pages.Asset("app.css"))
	if script > maxScript {
		t.Errorf("the script is %d bytes compressed, at most %d", script, maxScript)
	}
	most, heaviest := 0, ""
	for _, l := range templates.Locales() {
		for _, sample := range g.samples {
			weight := gzipped(t, g.address(sample.Name, l)) + script + style
			if weight > maxPage {
				t.Errorf("%s %s: %d bytes compressed, at most %d", sample.Name, l, weight, maxPage)
			}
			if weight > most {
				most, heaviest = weight, sample.Name+" "+string(l)
			}
		}
	}
	t.Logf("the heaviest page is %s: %d bytes compressed, of which style %d and script %d", heaviest, most, style, script)
}

// testRequests: a page asks for itself, its style and its script, and nobody
// else for anything.
func testRequests(t *testing.T, c *chromium) {
	g := newGallery(t)
	asked := &requests{}
	p := newTab(t, c.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(asked.hear))
	for _, name := range []string{"review-open", "setup-app", "status-cooling-off", "answer-open", "problem-internal"} {
		asked.take()
		p.open(g.address(name, templates.EN))
		urls := asked.take()
		if len(urls) < 3 || len(urls) > maxRequests {
			t.Errorf("%s: %d requests, at most %d: %q", name, len(urls), maxRequests, urls)
		}
		if slices.ContainsFunc(urls, func(u string) bool { return !strings.HasPrefix(u, g.url+"/") }) {
			t.Errorf("%s asks somebody else: %q", name, urls)
		}
	}
}

// requests are the addresses a tab has asked for, without data in the page.
type requests struct {
	mu   sync.Mutex
	urls []string
}

func (r *requests) hear(event any) {
	if e, ok := event.(*network.EventRequestWillBeSent); ok && !strings.HasPrefix(e.Request.URL, "data:") {
		r.mu.Lock()
		r.urls = append(r.urls, e.Request.URL)
		r.mu.Unlock()
	}
}

// take returns what was asked for since the last take.
func (r *requests) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	urls := r.urls
	r.urls = nil
	return urls
}

// gzipped is how many bytes the answer of an address has, compressed.
func gzipped(t testing.TB, url string) int {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", url, response.Status)
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := io.Copy(z, response.Body); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}
