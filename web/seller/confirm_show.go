package seller

import (
	"net/http"
)

// confirmShow is S6: what the mail is about, and three answers of which none is
// chosen. Opening it changes nothing.
func (h *Handler) confirmShow(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byConfirmLink(w, r)
	if err != nil {
		return err
	}
	return h.answer(w, r, a, answerView{})
}
