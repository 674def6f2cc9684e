package seller

import "net/http"

// actionBack leads from an address that only takes a form to the action.
func (h *Handler) actionBack(w http.ResponseWriter, r *http.Request) error {
	a, err := h.bySession(w, r)
	if err != nil {
		return err
	}
	return seeOther(w, a.base)
}
