package seller

import (
	"net/http"

	"countersign/approvals"
)

// confirmOpen is the link of a confirmation mail. The token leaves the address
// at once; a link that counts no more leads to the page that says why.
func (h *Handler) confirmOpen(w http.ResponseWriter, r *http.Request) error {
	return h.arrive(w, r, approvals.ConfirmLink, confirmBase)
}
