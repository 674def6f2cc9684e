package templates

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/approvals"
)

func sampleConfig() Config {
	return Config{
		PasskeyDomain: "market.example",
		Typed:         map[Locale]string{EN: "market.example/security", IT: "market.example/sicurezza"},
	}
}

// renderer is made once: it is safe for concurrent use, and every test that
// shares it says so again under the race detector.
var renderer = sync.OnceValues(func() (*Renderer, error) { return New(sampleConfig()) })

func sharedRenderer(t *testing.T) *Renderer {
	t.Helper()
	r, err := renderer()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func renderPage(t *testing.T, r *Renderer, l Locale, p Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Page(&b, l, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestNewNeedsItsNames(t *testing.T) {
	t.Parallel()
	for _, c := range []Config{{}, {PasskeyDomain: "market.example"}, {Typed: map[Locale]string{EN: "market.example"}}} {
		if _, err := New(c); err == nil {
			t.Errorf("New(%+v) did not refuse", c)
		}
	}
}

// TestHalfAPageIsNeverSent: a page that cannot be rendered writes nothing.
func TestHalfAPageIsNeverSent(t *testing.T) {
	t.Parallel()
	r := sharedRenderer(t)
	broken := []Page{
		Status{Frame: sampleFrame(), Facts: SampleFacts(), State: "no_such_state"},
		Status{Frame: sampleFrame(), Facts: SampleFacts(), State: approvals.Cancelled, Cancel: "no_such_reason"},
		Problem{Frame: sampleFrame(), Kind: "no_such_kind"},
		Answer{Frame: sampleFrame(), Facts: SampleFacts(), State: "no_such_state"},
	}
	for _, p := range broken {
		var b bytes.Buffer
		if err := r.Page(&b, EN, p); err == nil {
			t.Errorf("%#v was rendered", p)
		}
		if b.Len() > 0 {
			t.Errorf("%T wrote %d bytes before it failed", p, b.Len())
		}
	}
	var b bytes.Buffer
	if err := r.Page(&b, "xx", allSamples()[0].Page); err == nil || b.Len() > 0 {
		t.Errorf("a locale without words: %v, %d bytes", err, b.Len())
	}
	if _, err := r.Mail("xx", SampleMails()[0].Mail); err == nil {
		t.Error("a mail in a locale without words was rendered")
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

var errBroken = errors.New("broken")

func TestPageReportsTheWritersError(t *testing.T) {
	t.Parallel()
	if err := sharedRenderer(t).Page(brokenWriter{}, EN, allSamples()[0].Page); !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
}

// TestEveryStateHasAPage: S5 knows all states of approvals, so a new one
// cannot be forgotten here.
func TestEveryStateHasAPage(t *testing.T) {
	t.Parallel()
	shown := map[approvals.State]bool{}
	for _, s := range SampleStatuses() {
		shown[s.Page.(Status).State] = true
	}
	for _, state := range approvals.States {
		if !shown[state] {
			t.Errorf("no sample of the status page in state %s", state)
		}
	}
}

func TestDemoBanner(t *testing.T) {
	t.Parallel()
	cfg := sampleConfig()
	cfg.DemoWait = 30 * time.Second
	r, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	const banner = "Demo. No real money. Cooling-off shortened to 30 seconds."
	if page := renderPage(t, r, EN, allSamples()[0].Page); !strings.Contains(page, banner) {
		t.Error("a page of the demo has no banner")
	}
	m, err := r.Mail(EN, SampleMails()[0].Mail)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(m.Text, banner) || !strings.Contains(m.HTML, banner) {
		t.Error("a mail of the demo has no banner")
	}
	if page := renderPage(t, sharedRenderer(t), EN, allSamples()[0].Page); strings.Contains(page, "Demo. No real money") {
		t.Error("a page outside the demo has a banner")
	}
}
