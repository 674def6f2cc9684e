package seller

import (
	"net/http"

	"countersign/approvals"
	"countersign/templates"
)

// verifyOpen is the link of the mail to a new address.
func (h *Handler) verifyOpen(w http.ResponseWriter, r *http.Request) error {
	return h.arrive(w, r, approvals.VerifyLink, verifyBase)
}

// verifyShow asks whether the address is the reader's. Opening it changes
// nothing: a mail program opens every link.
func (h *Handler) verifyShow(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byVerifyLink(w, r)
	if err != nil {
		return err
	}
	facts, err := templates.FactsOf(a.action, a.seller)
	if err != nil {
		return err
	}
	p := templates.Verify{Frame: h.frame(a, verifyBase), Facts: facts, State: verifyState(a.action), Submit: verifyBase}
	return h.show(w, r, a, http.StatusOK, p)
}

// verifyState is what the link finds. Once the address has answered it says so
// until the change is over.
func verifyState(a approvals.Action) templates.VerifyState {
	switch a.State {
	case approvals.Notifying, approvals.CoolingOff, approvals.AwaitingConfirmation:
		if a.Verified() {
			return templates.VerifyDone
		}
		return templates.VerifyOpen
	case approvals.AwaitingStepUp, approvals.Approved, approvals.Releasing, approvals.Executed, approvals.ExecutionFailed,
		approvals.Unresolved, approvals.Held, approvals.Cancelled, approvals.Denied, approvals.Expired, approvals.Failed:
	}
	return templates.VerifyOver
}

// verifyAnswer takes the reader's word. It proves nothing about who they are,
// only that mail to the address is read (NI-18).
func (h *Handler) verifyAnswer(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byVerifyLink(w, r)
	if err != nil {
		return err
	}
	if _, err := a.post(r); err != nil {
		return err
	}
	if _, err := h.Approvals.VerifyContact(r.Context(), a.action.Key(), a.hash); err != nil && !is(err, approvals.CodeState) {
		return err
	}
	return seeOther(w, verifyBase)
}
