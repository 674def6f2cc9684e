package seller

import (
	"net/http"

	"countersign/approvals"
	"countersign/templates"
)

// confirmResend mails a new link to whoever came with an old one. It goes to
// the seller's addresses, never to one the request names.
func (h *Handler) confirmResend(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byConfirmLink(w, r)
	if err != nil {
		return err
	}
	if _, err := a.post(r); err != nil {
		return err
	}
	_, err = h.Approvals.Resend(r.Context(), a.action.Key())
	if is(err, approvals.CodeResendLimit) {
		return h.answer(w, r, a, answerView{state: templates.AnswerWait, why: err})
	}
	if err != nil && !is(err, approvals.CodeState) && !is(err, approvals.CodeTooLate) {
		return err
	}
	return seeOther(w, a.base)
}
