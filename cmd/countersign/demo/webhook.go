package demo

import (
	"errors"
	"net/http"
	"strings"
)

// webhook hears that something happened to an action, and looks. What the
// event says is not believed beyond the action's id: an old event, a doubled
// one or one out of order leads to the same look. 503 asks for it again.
//
// A lock means that somebody else may be signed in, so it ends every session.
func (m *Marketplace) webhook(w http.ResponseWriter, r *http.Request) {
	event, err := m.hooks.Read(r)
	if err != nil {
		http.Error(w, "not a webhook of our gateway", http.StatusBadRequest)
		return
	}
	switch {
	case event.Type == "seller.locked":
		err = m.books.endSessions(event.Data.Seller)
	case strings.HasPrefix(event.Type, "action."):
		_, err = m.settle(r.Context(), event.Data.ID)
	}
	switch {
	case err == nil, errors.Is(err, errUnknownChange): // made with our key, but not by this shop
	case refused(err):
		m.config.Log.WarnContext(r.Context(), "the gateway refused", "action", event.Data.ID, "error", err)
	default:
		m.config.Log.ErrorContext(r.Context(), "work off a webhook", "type", event.Type, "action", event.Data.ID, "error", err)
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
