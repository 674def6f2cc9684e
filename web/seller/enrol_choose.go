package seller

import (
	"net/http"

	"countersign/templates"
)

// Where set-up is.
const (
	enrolPath        = "/enrol"
	enrolPasskeyPath = "/enrol/passkey"
	enrolAppPath     = "/enrol/app"
	enrolDonePath    = "/enrol/done"
)

// enrolChoose is the first screen of S4. Who has no business there is led back.
func (h *Handler) enrolChoose(w http.ResponseWriter, r *http.Request) error {
	a, err := h.bySetup(w, r)
	if err != nil || a.setup == setupClosed {
		return leadBack(w, a, err)
	}
	p := templates.SetupChoose{Frame: h.frame(a, enrolPath), Passkey: enrolPasskeyPath, App: enrolAppPath}
	if a.wholly() {
		p.NotNow = securityPath
	}
	return h.show(w, r, a, http.StatusOK, p)
}

// leadBack sends a seller for whom set-up is not back to the action.
func leadBack(w http.ResponseWriter, a access, err error) error {
	if err != nil {
		return err
	}
	return seeOther(w, a.base)
}
