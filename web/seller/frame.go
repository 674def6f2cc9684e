package seller

import (
	"bytes"
	"net/http"

	"countersign/templates"
)

// frame is what every page of an access carries. self is the address that
// shows this page by GET, for the language links.
func (h *Handler) frame(a access, self string) templates.Frame {
	f := templates.Frame{
		Marketplace: a.market.Name, Help: templates.Link(h.Help), CSRF: a.token,
		Now: h.now(), Zone: templates.Zone(a.seller.TimeZone),
	}
	if f.Marketplace == "" {
		f.Marketplace = h.host
	}
	for _, l := range templates.Locales() {
		f.Languages = append(f.Languages, templates.Language{Locale: l, URL: templates.Link(self + "?lang=" + string(l))})
	}
	return f
}

// chosenLocale remembers a language chosen by ?lang=. It is a preference,
// so a GET may keep it.
func (h *Handler) chosenLocale(w http.ResponseWriter, r *http.Request) error {
	l := templates.Locale(r.URL.Query().Get("lang"))
	if r.Method != http.MethodGet || !l.Known() {
		return nil
	}
	return h.Sessions.SetLocale(w, string(l))
}

// locale is the language of the answer: what the reader chose, now or before,
// else the seller's, else the browser's.
func (h *Handler) locale(r *http.Request, a access) templates.Locale {
	if l := templates.Locale(r.URL.Query().Get("lang")); l.Known() {
		return l
	}
	if l := templates.Locale(h.Sessions.Locale(r)); l.Known() {
		return l
	}
	return templates.Match(a.seller.Locale, r.Header.Get("Accept-Language"))
}

// show answers with a page. It is rendered whole before the first byte leaves.
func (h *Handler) show(w http.ResponseWriter, r *http.Request, a access, status int, p templates.Page) error {
	var body bytes.Buffer
	if err := h.Pages.Page(&body, h.locale(r, a), p); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w) // the reader may be gone
	return nil
}
