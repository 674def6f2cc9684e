package demo

import (
	"encoding/json"
	"errors"
	"net/http"

	"countersign/client"
)

// testSeller is the one that the hooks of package client/conformance speak of.
const testSeller = "S-2201"

// sandboxStart does what the form does, for the test seller. Only a shop where
// nobody needs a password may have it.
func (m *Marketplace) sandboxStart(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Account client.Destination `json:"account"`
	}
	books := m.books.read()
	s, ok := books.seller(testSeller)
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || !ok {
		http.Error(w, "no account to change to", http.StatusBadRequest)
		return
	}
	remember(w, sellerCookie, s.cookie())
	action, err := m.ask(r.Context(), asked{seller: *s, to: in.Account, language: "en", context: client.Context{LoginMethod: "none (demo)"}})
	if p, refused := errors.AsType[*client.Problem](err); refused && p.Status < http.StatusInternalServerError {
		http.Error(w, p.Code, http.StatusConflict)
		return
	}
	if err != nil {
		m.config.Log.WarnContext(r.Context(), "start a change for the test seller", "error", err)
		http.Error(w, "the gateway could not be asked", http.StatusBadGateway)
		return
	}
	w.Header().Set("Location", "/changes/"+action.ID)
	w.WriteHeader(http.StatusCreated)
}

// sandboxSession answers 200 to whoever is signed in as the test seller.
func (m *Marketplace) sandboxSession(w http.ResponseWriter, r *http.Request) {
	if s, ok := m.signed(r); !ok || s.ID != testSeller {
		w.WriteHeader(http.StatusUnauthorized)
	}
}

// sandboxAccount says where the test seller is paid, and how often that was
// changed.
func (m *Marketplace) sandboxAccount(w http.ResponseWriter, _ *http.Request) {
	books := m.books.read()
	s, ok := books.seller(testSeller)
	if !ok {
		http.Error(w, "no test seller", http.StatusNotFound)
		return
	}
	changes := 0
	for _, id := range books.Releases {
		if c, known := books.change(id); known && c.Seller == testSeller {
			changes++
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"account": s.Account.IBAN, "changes": changes})
}
