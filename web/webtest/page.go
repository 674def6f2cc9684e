package webtest

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Page is a page as it came back.
type Page struct {
	Status  int
	Path    string // where redirects ended
	Title   string
	Fields  map[string]string // inputs by name
	Links   []string          // hrefs, in order
	Options []byte            // for the passkey, nil if the page asks for none
	Asks    string            // action of the passkey's form
	Code    string            // action of the form that takes a code, "" for none
	Device  string            // where the browser's key gets what it signs beside a code
	Text    string            // what there is to read
}

// read parses a page.
func read(res *http.Response) (*Page, error) {
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", res.Request.URL.Path, err)
	}
	doc, err := html.Parse(strings.NewReader(string(raw)))
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", res.Request.URL.Path, err)
	}
	p := &Page{Status: res.StatusCode, Path: res.Request.URL.Path, Fields: map[string]string{}}
	p.Text = text(doc)
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			p.take(n)
		}
	}
	return p, nil
}

func (p *Page) take(n *html.Node) {
	switch n.Data {
	case "title":
		p.Title = text(n)
	case "input":
		if name := attr(n, "name"); p.Fields[name] == "" {
			p.Fields[name] = attr(n, "value")
		}
	case "form":
		if attr(n, "id") == "passkey" {
			p.Asks = attr(n, "action")
		}
		for field := range n.Descendants() {
			if field.Type == html.ElementNode && attr(field, "name") == "totp" {
				p.Code, p.Device = attr(n, "action"), attr(n, "data-device")
			}
		}
	case "a":
		p.Links = append(p.Links, attr(n, "href"))
	case "script":
		if attr(n, "id") == "passkey-options" {
			p.Options = []byte(text(n))
		}
	}
}

// linkTo returns the first link whose path begins with prefix.
func (p *Page) linkTo(prefix string) string {
	for _, l := range p.Links {
		if strings.HasPrefix(l, prefix) {
			return l
		}
	}
	return ""
}

// linkEnding returns the first link whose path ends in suffix.
func (p *Page) linkEnding(suffix string) string {
	for _, l := range p.Links {
		if strings.HasSuffix(l, suffix) {
			return l
		}
	}
	return ""
}

// form returns the page's own hidden fields with more beside them.
func (p *Page) form(pairs ...string) url.Values {
	v := url.Values{"csrf": {p.Fields["csrf"]}}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}
