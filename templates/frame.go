package templates

import "time"

// Link is the address of a page, Post the address a form is sent to. Both are
// filled by web; an empty one leaves the link or form out.
type (
	Link string
	Post string
)

// Frame is what every page carries around its content.
type Frame struct {
	Marketplace string         // display name
	Languages   []Language     // this page in every locale
	Help        Link           // where the marketplace helps people
	CSRF        string         // page token, a hidden field of every form
	Now         time.Time      // the server's clock, for relative times
	Zone        *time.Location // the seller's; nil is UTC
}

// Language is this page in another language.
type Language struct {
	Locale Locale
	URL    Link
}

// Page is one page in one state. Only this package defines pages.
type Page interface {
	// name is the template that prints the page.
	name() string
	// title says what the page is, without the marketplace.
	title(w *words) (string, error)
	// faults are the errors the last answer had; the title and the summary
	// tell them.
	faults() []fault
	frame() Frame
}

// factual is a page about one action.
type factual interface{ facts() Facts }

func (p Review) facts() Facts  { return p.Facts }
func (p Code) facts() Facts    { return p.Facts }
func (p Status) facts() Facts  { return p.Facts }
func (p Answer) facts() Facts  { return p.Facts }
func (p Stop) facts() Facts    { return p.Facts }
func (p Stopped) facts() Facts { return p.Facts }

func (f Frame) frame() Frame    { return f }
func (f Frame) faults() []fault { return nil }

// fault is one sentence of the error summary and of the field it links to.
type fault struct {
	Field string // id of the element
	Key   string
}

// one returns the fault of field unless key is empty.
func one(field, key string) []fault {
	if key == "" {
		return nil
	}
	return []fault{{Field: field, Key: key}}
}
