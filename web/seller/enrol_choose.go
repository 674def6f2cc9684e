package seller

import (
	"net/http"

	"countersign/approvals"
	"countersign/templates"
)

// Where set-up is.
const (
	enrolPath        = "/enrol"
	enrolPasskeyPath = "/enrol/passkey"
	enrolAppPath     = "/enrol/app"
	enrolDonePath    = "/enrol/done"
)

// enrolChoose is the first screen of S4. It is there for a seller who has
// nothing to prove with, and an action that waits for it or a session of the
// seller as a whole; everybody else is led back.
func (h *Handler) enrolChoose(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byNewest(w, r)
	if err != nil {
		return err
	}
	if open, err := h.enrolling(r, a); err != nil || !open {
		return leadBack(w, a, err)
	}
	p := templates.SetupChoose{Frame: h.frame(a, enrolPath), Passkey: enrolPasskeyPath, App: enrolAppPath}
	if a.wholly() {
		p.NotNow = securityPath
	}
	return h.show(w, r, a, http.StatusOK, p)
}

// enrolling reports whether set-up is for this seller now. Package auth asks
// again when something is added.
func (h *Handler) enrolling(r *http.Request, a access) (bool, error) {
	if a.seller.Locked {
		return false, approvals.Refuse(approvals.CodeSellerLocked)
	}
	if !a.wholly() && a.action.State != approvals.AwaitingStepUp {
		return false, nil
	}
	list, err := h.Auth.Authenticators(r.Context(), a.action.SellerKey())
	return len(list) == 0, err
}

// leadBack sends a seller for whom set-up is not back to the action.
func leadBack(w http.ResponseWriter, a access, err error) error {
	if err != nil {
		return err
	}
	return seeOther(w, a.base)
}
