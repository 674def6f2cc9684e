package seller

import (
	"net/http"

	"countersign/approvals"
	"countersign/auth"
)

// enrolAppAdd adds the authenticator app once one of its codes was right. That
// code is spent.
func (h *Handler) enrolAppAdd(w http.ResponseWriter, r *http.Request) error {
	a, err := h.bySetup(w, r)
	if err != nil {
		return err
	}
	f, err := a.post(r)
	if err != nil {
		return err
	}
	if a.setup == setupClosed {
		return approvals.Refuse(approvals.CodeEnrolmentClosed)
	}
	e, err := h.pendingApp(w, r, a)
	if err != nil {
		return err
	}
	made, err := h.finishCode(r, a, auth.CodeAnswer{
		Enrolment: e.ID, Code: f.get("totp"), Onboarded: a.seller.OnboardedAt, Device: deviceOf(r, f),
	})
	if is(err, approvals.CodeProofWrong) || is(err, approvals.CodeInvalid) {
		return h.setupApp(w, r, a, e, codeFault(f, err))
	}
	if err != nil {
		return err
	}
	return h.enrolled(w, r, a, made)
}
