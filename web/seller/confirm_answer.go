package seller

import (
	"net/http"

	"countersign/approvals"
	"countersign/templates"
)

// confirmAnswer takes the answer to "Did you ask for this change?". Stopping is
// done at once, whatever has become of the link; "yes" leads to a fresh proof
// and does nothing by itself.
func (h *Handler) confirmAnswer(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byConfirmLink(w, r)
	if err != nil {
		return err
	}
	f, err := a.post(r)
	if is(err, approvals.CodeForbidden) {
		return h.answer(w, r, a, answerView{stale: err})
	}
	if err != nil {
		return err
	}
	given := templates.GivenAnswer(f.get("answer"))
	if given == templates.AnswerChangedMind || given == templates.AnswerNotMe {
		return h.stop(w, r, a, given)
	}
	if state, _ := h.answerState(a); state != templates.AnswerOpen {
		return h.answer(w, r, a, answerView{})
	}
	if given != templates.AnswerYes {
		return h.answer(w, r, a, answerView{unchosen: true})
	}
	return seeOther(w, a.reviewPath(approvals.StageConfirmation))
}
