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
	proof, err := h.prove(r.Context(), a, approvals.StageStepUp, f)
	if err != nil {
		return h.notProved(w, r, a, approvals.StageStepUp, f, err)
	}
	return h.stepped(w, r, a, proof, func() error { return seeOther(w, a.base+"/status") })
}

// stepped spends a first proof in a session with a new id, and then goes on.
func (h *Handler) stepped(w http.ResponseWriter, r *http.Request, a access, p approvals.Proof, on func() error) error {
	a.visit.Values.Done = string(templates.ResultApproved)
	if err := h.Sessions.Renew(w, r, a.visit, true); err != nil {
		return err
	}
	if _, err := h.Approvals.StepUp(r.Context(), a.action.Key(), p); err != nil {
		return h.overtaken(w, r, a, err)
	}
	return on()
}
