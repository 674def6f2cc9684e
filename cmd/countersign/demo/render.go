package demo

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"
)

//go:embed pages/*.html static/style.css
var files embed.FS

// pages holds each page's template, with the layout around it. They are read
// at start: one that does not parse stops every test and every start.
var pages = parsePages("mailbox", "message", "home", "bank", "loan", "payout", "thief", "attack", "oops")

func parsePages(names ...string) map[string]*template.Template {
	all := map[string]*template.Template{}
	for _, name := range names {
		t := template.New("layout.html").Option("missingkey=error").Funcs(template.FuncMap{"mask": mask, "join": strings.Join, "utc": utc, "sum": sum})
		all[name] = template.Must(t.ParseFS(files, "pages/layout.html", "pages/parts.html", "pages/"+name+".html"))
	}
	return all
}

// page is a template's name and its data.
type page struct {
	name string
	data any
}

// write renders the whole page before the first byte is sent.
func (p page) write(w http.ResponseWriter, _ *http.Request, status int) {
	var b bytes.Buffer
	if err := pages[p.name].Execute(&b, p.data); err != nil {
		http.Error(w, "This page could not be made.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	if h.Get("Content-Security-Policy") == "" {
		h.Set("Content-Security-Policy", pageCSP(""))
	}
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the reader may be gone
}

// pageCSP is the policy of our own pages. Forms may lead on to one more
// origin: browsers apply form-action to the redirect after a POST as well.
func pageCSP(formsTo string) string {
	return fmt.Sprintf("default-src 'none'; style-src 'self'; img-src data:; form-action 'self' %s; frame-ancestors 'none'; base-uri 'none'", formsTo)
}

func style(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "max-age=300")
	http.ServeFileFS(w, r, files, "static/style.css")
}

// mask shows country, check digits and the last four, which together name the
// account to whoever knows it and to nobody else.
func mask(iban string) string {
	if len(iban) < 12 {
		return iban
	}
	return iban[:4] + " •••• •••• " + iban[len(iban)-4:]
}

func utc(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04:05 MST") }
