package demo

import "net/http"

type homePage struct {
	frame
	Sellers []seller
}

// home lists the sellers to sign in as.
func (m *Marketplace) home(w http.ResponseWriter, r *http.Request) {
	data := homePage{m.frame(w, r, "Welcome"), m.books.read().Sellers}
	page{"home", data}.write(w, r, http.StatusOK)
}

// signIn makes the browser a seller's. Whoever asks is let in.
func (m *Marketplace) signIn(w http.ResponseWriter, r *http.Request) {
	books := m.books.read()
	s, ok := books.seller(r.PostFormValue("seller"))
	if !ok {
		m.oops(w, r, http.StatusBadRequest, "Choose one of the sellers.")
		return
	}
	remember(w, sellerCookie, s.cookie())
	seeOther(w, r, "/bank")
}

func (m *Marketplace) signOut(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: sellerCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	seeOther(w, r, "/")
}

type oopsPage struct {
	frame
	Text string
}

// oops says in one sentence what went wrong.
func (m *Marketplace) oops(w http.ResponseWriter, r *http.Request, status int, text string) {
	page{"oops", oopsPage{m.frame(w, r, "There is a problem"), text}}.write(w, r, status)
}
