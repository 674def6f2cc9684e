package seller

import (
	"net/http"

	"countersign/web/page"
)

// state is what the status page polls: enough to know that something changed.
type state struct {
	Version int `json:"version"`
}

// actionState answers the poll of a page that is open. It is no act of the
// seller.
func (h *Handler) actionState(w http.ResponseWriter, r *http.Request) error {
	a, err := h.bySessionIdle(w, r)
	if err != nil {
		return err
	}
	return page.JSON(w, state{a.action.Version})
}
