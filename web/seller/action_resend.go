package seller

import (
	"net/http"

	"countersign/approvals"
	"countersign/templates"
)

// actionResend mails the confirmation link again, from the status page. The
// page that follows says whether it went or came too soon after the last.
func (h *Handler) actionResend(w http.ResponseWriter, r *http.Request) error {
	a, err := h.bySession(w, r)
	if err != nil {
		return err
	}
	if _, err := a.post(r); err != nil {
		return err
	}
	a.visit.Values.Done = string(templates.ResultResent)
	_, err = h.Approvals.Resend(r.Context(), a.action.Key())
	switch {
	case is(err, approvals.CodeResendLimit):
		a.visit.Values.Done = string(templates.ResultTooSoon)
	case is(err, approvals.CodeState), is(err, approvals.CodeTooLate):
		a.visit.Values.Done = ""
	case err != nil:
		return err
	}
	if err := h.touch(w, r, a.visit); err != nil {
		return err
	}
	return seeOther(w, a.base+"/status")
}
