package seller

import (
	"net/http"

	"countersign/approvals"
	"countersign/templates"
)

// actionStepUp takes the first proof. The session gets a new id as soon as an
// authenticator has answered; then the proof is spent. A page left open while
// the action moved, in another tab for one, leads to where it stands now.
func (h *Handler) actionStepUp(w http.ResponseWriter, r *http.Request) error {
	a, err := h.bySession(w, r)
	if err != nil {
		return err
	}
	if a.action.State != approvals.AwaitingStepUp {
		return seeOther(w, a.base+"/status")
	}
	f, err := a.post(r)
	if err != nil {
		return h.notPosted(w, r, a, approvals.StageStepUp, f, err)
	}
	done, err := h.turn(r.Context(), &a)
	if err != nil {
		return err
	}
	defer done()
	if a.action.State != approvals.AwaitingStepUp {
		return seeOther(w, a.base+"/status")
	}
	proof, err := h.prove(r, a, approvals.StageStepUp, f)
	if err != nil {
		return h.notProved(w, r, a, approvals.StageStepUp, f, err)
	}
	a.visit.Values.Done = string(templates.ResultApproved)
	if err := h.Sessions.Renew(w, r, a.visit, true); err != nil {
		return err
	}
	proof.Language = r.Header.Get("Accept-Language")
	if _, err := h.Approvals.StepUp(r.Context(), a.action.Key(), proof); err != nil {
		return h.overtaken(w, r, a, err)
	}
	return seeOther(w, a.base+"/status")
}
