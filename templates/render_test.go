package templates

import (
	"bytes"
	"testing"
)

func newRenderer(t *testing.T) *Renderer {
	t.Helper()
	r, err := New(sampleConfig())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sampleConfig() Config {
	return Config{PasskeyDomain: "market.example", Typed: map[Locale]string{EN: "market.example/security", IT: "market.example/sicurezza"}}
}

func TestEverySampleRenders(t *testing.T) {
	t.Parallel()
	r := newRenderer(t)
	for _, l := range Locales() {
		for _, s := range Samples() {
			var b bytes.Buffer
			if err := r.Page(&b, l, s.Page); err != nil {
				t.Errorf("%s %s: %v", s.Name, l, err)
			}
		}
	}
}

func TestEveryMailRenders(t *testing.T) {
	t.Parallel()
	r := newRenderer(t)
	for _, l := range Locales() {
		for _, s := range SampleMails() {
			if _, err := r.Mail(l, s.Mail); err != nil {
				t.Errorf("%s %s: %v", s.Name, l, err)
			}
		}
	}
}
