package seller

import (
	"net/http"

	"countersign/templates"
)

// actionStatus is S5: where the action stands, in every state of its life.
func (h *Handler) actionStatus(w http.ResponseWriter, r *http.Request) error {
	a, err := h.bySession(w, r)
	if err != nil {
		return err
	}
	p, err := h.status(r, a)
	if err != nil {
		return err
	}
	if done := a.visit.Values.Done; done != "" && !onlyHead(r) {
		p.Result = templates.Result(done)
		a.visit.Values.Done = ""
		if err := h.touch(w, r, a.visit); err != nil {
			return err
		}
	}
	return h.show(w, r, a, http.StatusOK, p)
}
