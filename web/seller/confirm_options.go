package seller

import (
	"net/http"

	"countersign/approvals"
	"countersign/templates"
)

// confirmOptions is actionOptions for the second proof.
func (h *Handler) confirmOptions(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byConfirmLink(w, r)
	if err != nil {
		return err
	}
	state, _ := h.answerState(a)
	return h.freshOptions(w, r, a, approvals.StageConfirmation, state == templates.AnswerOpen)
}
