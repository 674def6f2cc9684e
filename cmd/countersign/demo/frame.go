package demo

import (
	"net"
	"net/http"
	"strconv"
	"time"
)

const (
	sellerCookie   = "bottega_seller"
	languageCookie = "bottega_language"
)

// frame is what the layout of every page shows.
type frame struct {
	Title, Notice string
	MailboxURL    string
	Language      string // that Countersign is asked to speak: en or it
	Path          string // of this page, for the language links
	Signed        *seller
}

// frame fills the layout for a request. ?lang= chooses the language of the
// gateway's pages and mails; the shop itself speaks English.
func (m *Marketplace) frame(w http.ResponseWriter, r *http.Request, title string) frame {
	f := frame{Title: title, Notice: Notice(m.config.Wait), MailboxURL: m.config.MailboxURL, Language: language(r), Path: r.URL.Path}
	if r.Method != http.MethodGet {
		f.Path = "/" // the page of a refused POST has no address of its own
	}
	if chosen := r.URL.Query().Get("lang"); chosen == "en" || chosen == "it" {
		f.Language = chosen
		remember(w, languageCookie, chosen)
	}
	if s, ok := m.signed(r); ok {
		f.Signed = &s
	}
	return f
}

func language(r *http.Request) string {
	if c, err := r.Cookie(languageCookie); err == nil && c.Value == "it" {
		return "it"
	}
	return "en"
}

// signed returns who is signed in. There is no password, so there is nothing
// that the cookie would have to prove, but that its session has not ended.
func (m *Marketplace) signed(r *http.Request) (seller, bool) {
	c, err := r.Cookie(sellerCookie)
	if err != nil {
		return seller{}, false
	}
	for _, s := range m.books.read().Sellers {
		if s.cookie() == c.Value {
			return s, true
		}
	}
	return seller{}, false
}

// cookie is what the browser of somebody signed in as s keeps.
func (s seller) cookie() string { return s.ID + "." + strconv.Itoa(s.Session) }

func remember(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// seeOther sends the browser on after a POST (FA-02: never 307).
func seeOther(w http.ResponseWriter, r *http.Request, to string) {
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// address is the browser's, as the marketplace sees it.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}

// local writes a time as the seller would read it, with the zone.
func local(t time.Time, s seller) string {
	if t.IsZero() {
		return ""
	}
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	return t.In(zone).Format("Monday 2 January 2006 at 15:04:05 (MST)")
}
