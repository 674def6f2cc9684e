package seller

import (
	"net/http"

	"countersign/approvals"
	"countersign/templates"
)

// confirmCode is S3 for the second proof.
func (h *Handler) confirmCode(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byConfirmLink(w, r)
	if err != nil {
		return err
	}
	if state, _ := h.answerState(a); state != templates.AnswerOpen {
		return seeOther(w, a.base)
	}
	return h.codeOrReview(w, r, a, approvals.StageConfirmation, http.StatusOK)
}
