package templates

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"strings"
	texttemplate "text/template"
	"time"

	"countersign/approvals"
)

//go:embed layout seller mail
var templateFiles embed.FS

// Config is what all pages and mails of a gateway share.
type Config struct {
	// PasskeyDomain is the name the passkey dialog shows: the relying party.
	PasskeyDomain string
	// Typed is the address a reader can type to reach the marketplace, by
	// locale: "market.example/security". EN stands in for a locale without.
	Typed map[Locale]string
	// DemoWait puts the demo's banner on every page and mail, naming the
	// shortened cooling-off. Zero: no demo.
	DemoWait time.Duration
}

// Renderer prints pages and mails. It is safe for concurrent use.
type Renderer struct {
	cfg      Config
	statics  statics
	words    map[Locale]*words
	pages    map[Locale]map[string]map[string]*template.Template // by Facts.spoken, and by name
	dev      map[string]*template.Template
	mailHTML map[Locale]*template.Template
	mailText map[Locale]*texttemplate.Template
}

// New parses every template in every locale, so that a mistake in one stops
// the start and not a page.
func New(cfg Config) (*Renderer, error) {
	if cfg.PasskeyDomain == "" || cfg.Typed[EN] == "" {
		return nil, errors.New("templates: PasskeyDomain and Typed[en] are needed")
	}
	r := &Renderer{
		cfg:      cfg,
		words:    map[Locale]*words{},
		pages:    map[Locale]map[string]map[string]*template.Template{},
		mailHTML: map[Locale]*template.Template{},
		mailText: map[Locale]*texttemplate.Template{},
	}
	var err error
	if r.statics, err = loadStatics(); err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	for _, l := range Locales() {
		if err := r.load(l); err != nil {
			return nil, fmt.Errorf("templates: locale %s: %w", l, err)
		}
	}
	if err := r.loadDev(); err != nil {
		return nil, fmt.Errorf("templates: developers: %w", err)
	}
	return r, nil
}

// load fills the maps of one locale.
func (r *Renderer) load(l Locale) error {
	w, err := loadWords(l)
	if err != nil {
		return err
	}
	r.words[l] = w
	if err := r.loadMails(l); err != nil {
		return err
	}
	r.pages[l] = map[string]map[string]*template.Template{}
	if r.pages[l][""], err = r.parse(w); err != nil {
		return err
	}
	for suffix, kind := range w.kinds {
		if r.pages[l][suffix], err = r.parse(kind); err != nil {
			return err
		}
	}
	return nil
}

// parse reads every page in the words of w, by name.
func (r *Renderer) parse(w *words) (map[string]*template.Template, error) {
	base, err := template.New("layout.html").Funcs(r.funcs(w)).ParseFS(templateFiles, "layout/*.html")
	if err != nil {
		return nil, fmt.Errorf("parse layout: %w", err)
	}
	entries, err := templateFiles.ReadDir("seller")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, e := range entries {
		page, err := base.Clone()
		if err != nil {
			return nil, fmt.Errorf("clone layout: %w", err)
		}
		if _, err := page.ParseFS(templateFiles, "seller/"+e.Name()); err != nil {
			return nil, fmt.Errorf("parse page: %w", err)
		}
		pages[strings.TrimSuffix(e.Name(), ".html")] = page
	}
	return pages, nil
}

// Page writes p in locale l. Nothing is written unless the whole page could
// be rendered.
func (r *Renderer) Page(w io.Writer, l Locale, p Page) error {
	spoken := ""
	if about, ok := p.(factual); ok {
		spoken = about.facts().spoken()
	}
	t := r.pages[l][spoken][p.name()]
	if t == nil {
		return fmt.Errorf("render page %s: no such page in locale %q", p.name(), l)
	}
	var buf bytes.Buffer
	if err := t.Execute(&buf, p); err != nil {
		return fmt.Errorf("render page %s: %w", p.name(), err)
	}
	if _, err := buf.WriteTo(w); err != nil {
		return fmt.Errorf("write page %s: %w", p.name(), err)
	}
	return nil
}

// typed returns the address a reader of l can type.
func (r *Renderer) typed(l Locale) string {
	if address := r.cfg.Typed[l]; address != "" {
		return address
	}
	return r.cfg.Typed[EN]
}

// unknownState is the error for a state that this package has no words for.
func unknownState(s approvals.State) error { return fmt.Errorf("no page for state %q", s) }
