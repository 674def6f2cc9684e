package seller

import (
	"net/http"

	"countersign/approvals"
	"countersign/templates"
)

// actionCode is S3: one field for the code of an authenticator app, for sellers
// who have no passkey to prove with.
func (h *Handler) actionCode(w http.ResponseWriter, r *http.Request) error {
	a, err := h.bySession(w, r)
	if err != nil {
		return err
	}
	if a.action.State != approvals.AwaitingStepUp {
		return seeOther(w, a.base+"/status")
	}
	return h.codeOrReview(w, r, a, approvals.StageStepUp, http.StatusOK)
}

// codeOrReview shows the code page where a code is what the seller may prove
// with, and leads back to the review, which says what is, where it is not.
func (h *Handler) codeOrReview(w http.ResponseWriter, r *http.Request, a access, stage approvals.Stage, status int) error {
	until, left, err := h.Auth.Blocked(r.Context(), a.action.SellerKey())
	if err != nil {
		return err
	}
	may, err := h.Auth.Permitted(r.Context(), a.action.SellerKey(), stage)
	if err != nil && !nothingToProveWith(err) {
		return err
	}
	if may.Method != approvals.TOTP || !until.IsZero() {
		return seeOther(w, a.reviewPath(stage))
	}
	return h.code(w, r, a, codeView{stage: stage, status: status, left: left})
}

// codeView is one way the code page is shown.
type codeView struct {
	stage  approvals.Stage
	status int
	fault  templates.CodeFault
	left   int // tries before the action ends
}

func (h *Handler) code(w http.ResponseWriter, r *http.Request, a access, v codeView) error {
	facts, err := templates.FactsOf(a.action, a.seller)
	if err != nil {
		return err
	}
	p := templates.Code{
		Frame: h.frame(a, a.base+"/code"), Facts: facts, Stage: v.stage,
		Submit: templates.Post(a.proofPath(v.stage)), Device: templates.Post(a.base + "/options"), Back: templates.Link(a.reviewPath(v.stage)),
		Refuse: templates.Link(a.stopPath()), TriesLeft: v.left, Fault: v.fault,
	}
	if p.LastTries, err = h.lastTries(r.Context(), a); err != nil {
		return err
	}
	may, err := h.Auth.Permitted(r.Context(), a.action.SellerKey(), v.stage)
	if err != nil && !nothingToProveWith(err) {
		return err
	}
	if may.Method == "" { // a code was sent by somebody who has no app: the page does not tell
		may.Method = approvals.TOTP
	}
	if v.stage == approvals.StageStepUp {
		p.Wait, p.PasskeyWait = h.waits(a, may), a.action.Decision.Wait[approvals.Passkey]
	}
	if err := h.youngDevice(r.Context(), a, &p); err != nil {
		return err
	}
	return h.show(w, r, a, v.status, p)
}
