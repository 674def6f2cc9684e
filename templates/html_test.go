package templates

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
)

// element is a parsed element of a page. Our templates close what they open,
// which makes an XML reader in its lenient mode enough.
type element struct {
	name     string
	attr     map[string]string
	text     string // of itself and everything below
	children []*element
	parent   *element
}

func parseHTML(t *testing.T, page string) *element {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	root := &element{name: "#document"}
	at := root
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("parse page: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			child := &element{name: token.Name.Local, attr: map[string]string{}, parent: at}
			for _, a := range token.Attr {
				if _, twice := child.attr[a.Name.Local]; twice {
					t.Errorf("<%s> has %s twice", child.name, a.Name.Local)
				}
				child.attr[a.Name.Local] = a.Value
			}
			at.children = append(at.children, child)
			at = child
		case xml.EndElement:
			at = at.parent
		case xml.CharData:
			for e := at; e != nil; e = e.parent {
				e.text += string(token)
			}
		}
	}
	if at != root {
		t.Fatalf("<%s> is not closed", at.name)
	}
	return root
}

// all returns the elements below e that match, in document order.
func (e *element) all(match func(*element) bool) []*element {
	var found []*element
	for _, c := range e.children {
		if match(c) {
			found = append(found, c)
		}
		found = append(found, c.all(match)...)
	}
	return found
}

func named(names ...string) func(*element) bool {
	return func(e *element) bool { return slices.Contains(names, e.name) }
}

func (e *element) class(name string) bool {
	return slices.Contains(strings.Fields(e.attr["class"]), name)
}

func (e *element) inside(name string) bool {
	for p := e.parent; p != nil; p = p.parent {
		if p.name == name {
			return true
		}
	}
	return false
}

func (e *element) words() string { return strings.Join(strings.Fields(e.text), " ") }

// allSamples are made once; drawing their QR codes takes longer than a page.
var allSamples = sync.OnceValue(Samples)

// eachPage runs check on every sample in every locale.
func eachPage(t *testing.T, check func(t *testing.T, s Sample, l Locale, page string, root *element)) {
	t.Helper()
	r := sharedRenderer(t)
	for _, l := range Locales() {
		for _, s := range allSamples() {
			t.Run(s.Name+"."+string(l), func(t *testing.T) {
				page := renderPage(t, r, l, s.Page)
				check(t, s, l, page, parseHTML(t, page))
			})
		}
	}
}
