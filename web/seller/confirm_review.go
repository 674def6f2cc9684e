package seller

import (
	"net/http"

	"countersign/approvals"
	"countersign/templates"
)

// confirmReview is the review of S1 again, for the second proof, after "yes".
func (h *Handler) confirmReview(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byConfirmLink(w, r)
	if err != nil {
		return err
	}
	if state, _ := h.answerState(a); state != templates.AnswerOpen {
		return seeOther(w, a.base)
	}
	if recovering(a.action) {
		return seeOther(w, a.base+"/recovery")
	}
	return h.review(w, r, a, reviewView{stage: approvals.StageConfirmation, status: http.StatusOK})
}
