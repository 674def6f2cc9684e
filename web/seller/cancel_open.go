package seller

import (
	"net/http"

	"countersign/approvals"
)

// cancelOpen is the stop link, which is in every mail about an action.
func (h *Handler) cancelOpen(w http.ResponseWriter, r *http.Request) error {
	return h.arrive(w, r, approvals.StopLink, stopBase)
}
