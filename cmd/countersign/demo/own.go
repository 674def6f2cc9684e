package demo

import "net/http"

// own takes the seller to their own pages at the gateway: their security, and
// from there their history. Every visit needs a fresh URL, so this is a POST.
func (m *Marketplace) own(w http.ResponseWriter, r *http.Request) {
	s, ok := m.signed(r)
	if !ok {
		seeOther(w, r, "/")
		return
	}
	next, err := m.gateway.SellerHandoff(r.Context(), s.ID, r.PathValue("purpose"))
	if err != nil {
		m.couldNot(w, r, err)
		return
	}
	seeOther(w, r, next.URL)
}
