package seller

import (
	"net/http"

	"countersign/approvals"
	"countersign/templates"
	"countersign/web/problem"
)

// answerView is one way S6 is shown. The zero value shows what the link finds.
type answerView struct {
	state    templates.AnswerState // instead of what the link finds
	why      error                 // the refusal that led here, for the status
	unchosen bool
	stale    error // the form was not this browser's own; it is shown again
}

// answer shows S6 in the state the action and its link are in. An action that
// ended without anything to answer shows its status instead.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, a access, v answerView) error {
	found, why := h.answerState(a)
	if v.state != "" {
		found, why = v.state, v.why
	}
	if why == nil {
		why = v.stale
	}
	status := http.StatusOK
	if why != nil {
		p := problem.Of(r.Context(), why)
		p.Headers(w.Header(), h.now())
		status = p.Status
	}
	if found == "" {
		p, err := h.status(r, a)
		if err != nil {
			return err
		}
		return h.show(w, r, a, status, p)
	}
	p, err := h.answerPage(r, a, found)
	if err != nil {
		return err
	}
	if v.unchosen {
		status = http.StatusUnprocessableEntity
	}
	p.Unchosen = found == templates.AnswerOpen && (v.unchosen || v.stale != nil)
	if at := soon(v.why); !at.IsZero() {
		p.NotBefore = at
	}
	return h.show(w, r, a, status, p)
}

// answerPage fills S6.
func (h *Handler) answerPage(r *http.Request, a access, s templates.AnswerState) (templates.Answer, error) {
	facts, err := templates.FactsOf(a.action, a.seller)
	if err != nil {
		return templates.Answer{}, err
	}
	p := templates.Answer{
		Frame: h.frame(a, a.base), Facts: facts, State: s, Submit: confirmBase,
		NotBefore: a.action.NotBefore, ConfirmBy: a.action.ConfirmBy, Hold: templates.HoldOf(a.action), Cancel: a.action.Cancel,
	}
	if p.Way, err = h.askFor(r, a); err != nil {
		return p, err
	}
	if p.Hold.Code == "" && s == templates.AnswerLocked {
		p.Hold.Code = approvals.HoldLocked
	}
	if s != templates.AnswerOpen {
		p.Stop = templates.Link(a.stopPath())
	}
	if s == templates.AnswerReplaced || s == templates.AnswerLinkOver {
		p.NewLink = confirmBase + "/resend"
	}
	if s == templates.AnswerOver || s == templates.AnswerCancelled {
		p.Restart = templates.Link(a.action.ReturnURL)
	}
	if v, err := h.visiting(r); err == nil && v.Seller == a.action.SellerKey() && v.May(a.action.ID) {
		p.Status = templates.Link(actionPath(a.action) + "/status")
	}
	if proof, ok := a.action.Proof(approvals.StageConfirmation); ok {
		p.Answered = templates.Answered{What: templates.AnswerYes, At: proof.At}
	}
	return p, nil
}

// askFor is what "yes" will ask the seller for.
func (h *Handler) askFor(r *http.Request, a access) (templates.Way, error) {
	if recovering(a.action) {
		return templates.WayRecovery, nil
	}
	may, err := h.Auth.Permitted(r.Context(), a.action.SellerKey(), approvals.StageConfirmation)
	if err != nil && !nothingToProveWith(err) {
		return "", err
	}
	if may.Method == approvals.TOTP {
		return templates.WayCode, nil
	}
	return templates.WayPasskey, nil
}
