package demo

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"countersign/approvals/approvalstest"
	"countersign/client"
)

// newTab starts a headless browser with one tab.
func newTab(t *testing.T) context.Context {
	t.Helper()
	flags := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(approvalstest.Chromium(t)), chromedp.UserDataDir(t.TempDir()), chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
	}
	if os.Getuid() == 0 {
		flags = append(flags, chromedp.NoSandbox)
	}
	patience, tired := context.WithTimeout(context.WithoutCancel(t.Context()), 3*time.Minute)
	ctx, cancel := chromedp.NewContext(patience, chromedp.WithAllocatorOptions(flags...))
	t.Cleanup(func() { cancel(); tired() })
	return ctx
}

// scheme makes the browser prefer light or dark.
func scheme(name string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return err
	})
}

// What a page says about itself, one line a fault.
const (
	findings = `axe.run(document).then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html).join(" ")).join("\n"))`
	overflow = `document.documentElement.scrollWidth > innerWidth ? "wider than the window: " + document.documentElement.scrollWidth : ""`
)

// TestPagesInABrowser: axe-core finds nothing in light or dark, and no page is
// wider than the window, narrow or wide (UX §8).
func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(filepath.Clean(approvalstest.Axe(t)))
	if err != nil {
		t.Fatal(err)
	}
	s := newShop(t)
	s.signIn()
	id := s.change()
	s.gateway.set(func() {
		s.gateway.actions[id].State, s.gateway.actions[id].NotBefore = client.CoolingOff, s.gateway.now.Add(24*time.Hour)
		s.gateway.locked["S-2201"] = true
	})
	attack := s.post("/thief", "seller", "S-2218").Header.Get("Location")
	m := openMailbox(t, t.TempDir(), nil)
	if err := send(m, "giulia@ferri.example", letter); err != nil {
		t.Fatal(err)
	}
	box := httptest.NewServer(m.Handler())
	t.Cleanup(box.Close)
	tab := newTab(t)
	signIn := chromedp.Steps(chromedp.Navigate(s.URL+"/"), chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := chromedp.Evaluate[string](`document.cookie = "bottega_seller=S-2201.0"`)(ctx, tab)
		return err
	}))
	if _, err := chromedp.Run(tab, signIn); err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{s.URL + "/", s.URL + "/bank", s.URL + "/loan", s.URL + "/thief", s.URL + attack, s.URL + "/attacks/none", box.URL + "/", box.URL + "/messages/1"} {
		for colours, width := range map[string]int64{"light": 320, "dark": 1024} {
			err := chromedp.Do(tab, scheme(colours), chromedp.EmulateViewport(width, 800), chromedp.Navigate(page))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := chromedp.Run(tab, chromedp.Evaluate[string](string(axe)+`; "ready"`)); err != nil {
				t.Fatal(err)
			}
			for _, ask := range []string{findings, overflow} {
				found, err := chromedp.Run(tab, chromedp.Evaluate[string](ask, chromedp.EvalAwaitPromise))
				if err != nil || found != "" {
					t.Errorf("%s, %s, %d px: %s %v", strings.TrimPrefix(page, s.URL), colours, width, found, err)
				}
			}
		}
	}
}
