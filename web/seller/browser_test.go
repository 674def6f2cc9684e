package seller_test

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"countersign/approvals"
)

// browser is a person's browser: it keeps cookies, follows redirects and sends
// what a browser says of where a request came from.
type browser struct {
	g       *gateway
	t       *testing.T
	cookies []*http.Cookie
	header  http.Header // sent with each request, besides
}

func (g *gateway) browser() *browser { return &browser{g: g, t: g.t, header: http.Header{}} }

// copied is another browser with the same cookies.
func (b *browser) copied() *browser {
	return &browser{g: b.g, t: b.t, cookies: slices.Clone(b.cookies), header: b.header.Clone()}
}

// answer is what came back.
type answer struct {
	*http.Response
	t    *testing.T
	body string
	path string // where a followed request ended
}

// send sends one request and follows nothing.
func (b *browser) send(method, path string, form url.Values) *answer {
	b.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.g.server.URL+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Host = strings.TrimPrefix(home, "https://")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "null") // no-referrer makes it so
	}
	for name, v := range b.header {
		r.Header[name] = v
		if name == "Host" {
			r.Host = v[0]
		}
	}
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	res, err := b.g.server.Client().Transport.RoundTrip(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.keep(res.Cookies())
	return &answer{Response: res, t: b.t, body: string(text), path: path}
}

func (b *browser) keep(set []*http.Cookie) {
	for _, c := range set {
		b.cookies = slices.DeleteFunc(slices.Clone(b.cookies), func(old *http.Cookie) bool { return old.Name == c.Name })
		if c.MaxAge >= 0 {
			b.cookies = append(b.cookies, c)
		}
	}
}

// get opens a page and follows redirects of ours.
func (b *browser) get(path string) *answer { return b.follow(b.send(http.MethodGet, path, nil)) }

// post sends a form and follows the redirect.
func (b *browser) post(path string, form url.Values) *answer {
	return b.follow(b.send(http.MethodPost, path, form))
}

func (b *browser) follow(a *answer) *answer {
	b.t.Helper()
	for range 5 {
		if a.StatusCode != http.StatusSeeOther {
			return a
		}
		to := a.Header.Get("Location")
		if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
			b.t.Fatalf("%s leads away, to %q", a.path, to)
		}
		a = b.send(http.MethodGet, to, nil)
	}
	b.t.Fatalf("redirects do not end: %s", a.path)
	return nil
}

// handoff comes from the marketplace.
func (b *browser) handoff(a approvals.Action) *answer {
	return b.get("/h/" + b.g.token(approvals.HandoffLink, a))
}

// mail opens the newest link of this purpose.
func (b *browser) mail(p approvals.Purpose, a approvals.Action) *answer {
	path := map[approvals.Purpose]string{approvals.ConfirmLink: "/confirm/", approvals.StopLink: "/cancel/", approvals.VerifyLink: "/verify/"}[p]
	return b.get(path + b.g.token(p, a))
}

// want fails the test unless the answer has this status, and returns it.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.StatusCode != status {
		a.t.Fatalf("%s answered %d, want %d: %s", a.path, a.StatusCode, status, a.title())
	}
	return a
}

// at fails the test unless the redirects ended at path.
func (a *answer) at(path string) *answer {
	a.t.Helper()
	if a.path != path {
		a.t.Fatalf("ended at %s, want %s", a.path, path)
	}
	return a
}

// each calls f with every element of the page.
func (a *answer) each(f func(n *html.Node)) {
	doc, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		a.t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			f(n)
		}
	}
}

func attr(n *html.Node, name string) string {
	for _, at := range n.Attr {
		if at.Key == name {
			return at.Val
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
	return strings.Join(strings.Fields(b.String()), " ")
}

// first is the text of the first element with this tag.
func (a *answer) first(tag string) (found string) {
	a.each(func(n *html.Node) {
		if n.Data == tag && found == "" {
			found = text(n)
		}
	})
	return found
}

func (a *answer) title() string { return a.first("title") }

// field is the value of the first field with this name.
func (a *answer) field(name string) (value string) {
	a.each(func(n *html.Node) {
		if n.Data == "input" && attr(n, "name") == name && value == "" {
			value = attr(n, "value")
		}
	})
	return value
}

// csrf is the page's token.
func (a *answer) csrf() string {
	a.t.Helper()
	token := a.field("csrf")
	if token == "" {
		a.t.Fatalf("%s (%s) has no page token", a.path, a.title())
	}
	return token
}

// links are the addresses of the page's links and forms.
func (a *answer) links() (hrefs, actions []string) {
	a.each(func(n *html.Node) {
		switch n.Data {
		case "a":
			hrefs = append(hrefs, attr(n, "href"))
		case "form":
			actions = append(actions, attr(n, "action"))
		}
	})
	return hrefs, actions
}

// posts reports whether the page has a form that posts to path.
func (a *answer) posts(path string) bool {
	_, actions := a.links()
	return slices.Contains(actions, path)
}

// leads reports whether the page has a link to path.
func (a *answer) leads(path string) bool {
	hrefs, _ := a.links()
	return slices.Contains(hrefs, path)
}

// byID is the text of the element with this id.
func (a *answer) byID(id string) (found string) {
	a.each(func(n *html.Node) {
		if attr(n, "id") == id && found == "" {
			found = text(n)
		}
	})
	return found
}

// options are the passkey options in the page.
func (a *answer) options() []byte {
	a.t.Helper()
	o := a.byID("passkey-options")
	if o == "" {
		a.t.Fatalf("%s (%s) has no passkey options", a.path, a.title())
	}
	return []byte(o)
}
