package templates

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"
)

//go:embed dev desk
var devFiles embed.FS

// DevPage is a page for a marketplace's engineers, or of the desk, whose names
// begin with "desk/". Like the API these are in English alone, so their words stand
// in the templates.
type DevPage interface {
	// devName is the template that prints the page.
	devName() string
	devTitle() string
}

// File is a file that a page shows, to be copied.
type File struct {
	Name string
	URL  Link // where it comes alone
	Text string
}

// Guide is D8: the three ways in, with what to copy.
type Guide struct {
	Curl, Receiver, Market, Routes                              File
	Request, ForwardAuth, Nginx, Caddy, Traefik, Envoy, Guarded File
}

func (Guide) devName() string  { return "guide" }
func (Guide) devTitle() string { return "Three ways in" }

// loadDev parses the pages of developers.
func (r *Renderer) loadDev() error {
	funcs := template.FuncMap{
		"title": DevPage.devTitle, "asset": r.Asset, "signed": devFrameOf, "when": devWhen, "until": Until,
		"iso":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"clocks": clocks, "why": whyOf, "spoken": r.words[EN].spoken, "where": r.words[EN].where, "nameCheck": r.words[EN].nameCheck, "money": r.words[EN].money,
	}
	r.dev = map[string]*template.Template{}
	layout := template.New("layout.html").Funcs(funcs).Option("missingkey=error")
	for dir, prefix := range map[string]string{"dev": "", "desk": "desk/"} {
		base, err := layout.Clone()
		if err == nil {
			base, err = base.ParseFS(devFiles, "dev/layout.html", "dev/policy_parts.html", "dev/clock.html", dir+"/site.html")
		}
		if err != nil {
			return fmt.Errorf("parse layout: %w", err)
		}
		if err := r.loadSite(base, dir, prefix); err != nil {
			return err
		}
	}
	return nil
}

// loadSite parses the pages of one directory.
func (r *Renderer) loadSite(base *template.Template, dir, prefix string) error {
	entries, err := devFiles.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".html")
		if slices.Contains([]string{"layout", "policy_parts", "clock", "site"}, name) {
			continue
		}
		page, err := base.Clone()
		if err != nil {
			return fmt.Errorf("clone layout: %w", err)
		}
		if r.dev[prefix+name], err = page.ParseFS(devFiles, dir+"/"+e.Name()); err != nil {
			return fmt.Errorf("parse page: %w", err)
		}
	}
	return nil
}

// Dev writes p. Nothing is written unless the whole page could be rendered.
func (r *Renderer) Dev(w io.Writer, p DevPage) error {
	t := r.dev[p.devName()]
	if t == nil {
		return fmt.Errorf("render page %s: no such page", p.devName())
	}
	var buf bytes.Buffer
	if err := t.Execute(&buf, p); err != nil {
		return fmt.Errorf("render page %s: %w", p.devName(), err)
	}
	if _, err := buf.WriteTo(w); err != nil {
		return fmt.Errorf("write page %s: %w", p.devName(), err)
	}
	return nil
}
