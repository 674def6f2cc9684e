package seller

import (
	"net/http"

	"countersign/approvals"
	"countersign/templates"
)

// actionReveal shows the new account number in full, to the session that was
// handed the action and to nobody else. It is a POST, so that no link and no
// history entry shows it, and nothing remembers that it was shown. The old
// number has no such page: whoever sits in the session must not learn it.
func (h *Handler) actionReveal(w http.ResponseWriter, r *http.Request) error {
	a, err := h.bySession(w, r)
	if err != nil {
		return err
	}
	if _, err := a.post(r); err != nil {
		return err
	}
	if !a.visit.May(a.action.ID) { // the whole seller's session did not type it
		return approvals.Refuse(approvals.CodeNotFound)
	}
	if a.action.State != approvals.AwaitingStepUp {
		return seeOther(w, a.base+"/status")
	}
	return h.review(w, r, a, reviewView{stage: approvals.StageStepUp, status: http.StatusOK, full: true})
}

// reveal fills the full number, or offers to.
func (h *Handler) reveal(p *templates.Review, a access, full bool) error {
	if a.visit == nil || !a.visit.May(a.action.ID) || a.action.Kind.Own() { // an address and a device are never masked
		return nil
	}
	to, err := a.action.Destination()
	if err != nil || to == nil {
		return err
	}
	if !full {
		p.ShowFull = templates.Post(a.base + "/reveal")
		return nil
	}
	p.Facts.To.Full = to.Grouped()
	return nil
}
