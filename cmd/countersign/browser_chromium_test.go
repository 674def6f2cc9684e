package main

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"countersign/approvals/approvalstest"
)

const (
	// patience bounds every single thing a browser is asked for.
	patience = 30 * time.Second
	// pollEvery is how often something outside this process is looked at.
	pollEvery = 20 * time.Millisecond
)

// chromium is the one browser process of a test run.
type chromium struct{ ctx context.Context }

// startChromium starts the browser and stops it when t and its subtests end.
func startChromium(t *testing.T) *chromium {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(approvalstest.Chromium(t)),
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, closeBrowser := chromedp.NewContext(allocator)
	t.Cleanup(closeBrowser)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	version, err := chromedp.CallBrowser(ctx, browser.GetVersion, cdp.Empty{})
	if err != nil {
		t.Fatalf("ask Chromium for its version: %v", err)
	}
	t.Log(version.Product)
	return &chromium{ctx}
}

// tab is one page of a browser profile that has its own cookies and passkeys.
// Whatever goes wrong in a script or against the Content-Security-Policy fails
// the test when it ends.
type tab struct {
	t     testing.TB
	ctx   context.Context
	noise *noise
	asked scheme // the colour scheme asked for last
}

// tab opens a page in a fresh profile.
func (c *chromium) tab(t testing.TB) *tab {
	t.Helper()
	return newTab(t, c.ctx, chromedp.WithNewBrowserContext())
}

// beside opens another page in the same profile.
func (p *tab) beside() *tab {
	p.t.Helper()
	return newTab(p.t, p.ctx)
}

func newTab(t testing.TB, parent context.Context, options ...chromedp.ContextOption) *tab {
	t.Helper()
	n := &noise{}
	ctx, closeTab := chromedp.NewContext(parent, append(options, chromedp.WithListener(n.hear))...)
	t.Cleanup(func() {
		closeTab()
		for _, line := range n.lines() {
			t.Errorf("the page complained: %s", line)
		}
	})
	p := &tab{t: t, ctx: ctx, noise: n}
	// The tab lives as long as the context of its first action.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	p.size(wide, high)
	p.prefers(light)
	return p
}

// noise is what a page's console said that it should not have.
type noise struct {
	mu   sync.Mutex
	said []string
}

func (n *noise) hear(event any) {
	line := ""
	switch e := event.(type) {
	case *log.EventEntryAdded:
		// A refused request is told by its status; here it is no news.
		if e.Entry.Source != log.EntrySourceNetwork && e.Entry.Level == log.EntryLevelError {
			line = fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		line = "exception: " + e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			line += " " + e.ExceptionDetails.Exception.Description
		}
	}
	if line != "" {
		n.mu.Lock()
		n.said = append(n.said, line)
		n.mu.Unlock()
	}
}

func (n *noise) lines() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.said
}
