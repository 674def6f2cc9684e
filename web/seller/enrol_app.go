package seller

import (
	"net/http"

	"countersign/approvals"
	"countersign/auth"
	"countersign/templates"
)

// enrolApp is the second screen of S4 with an authenticator app. Opening it
// again shows the same key, for as long as it waits for its code.
func (h *Handler) enrolApp(w http.ResponseWriter, r *http.Request) error {
	a, err := h.bySetup(w, r)
	if err != nil || a.setup == setupClosed {
		return leadBack(w, a, err)
	}
	if onlyHead(r) {
		return h.show(w, r, a, http.StatusOK, templates.SetupChoose{Frame: h.frame(a, enrolAppPath), Passkey: enrolPasskeyPath, App: enrolAppPath})
	}
	e, err := h.pendingApp(w, r, a)
	if err != nil {
		return err
	}
	return h.setupApp(w, r, a, e, templates.CodeOK)
}

// pendingApp is the app this session is setting up, begun now where there is
// none yet.
func (h *Handler) pendingApp(w http.ResponseWriter, r *http.Request, a access) (auth.CodeEnrolment, error) {
	ctx, key := r.Context(), a.action.SellerKey()
	if id := a.visit.Values.Enrolment; id != "" {
		e, err := h.Auth.PendingCodeEnrolment(ctx, key, id)
		if !is(err, approvals.CodeNotFound) {
			return e, err
		}
	}
	e, err := h.beginCode(r, a)
	if err != nil {
		return auth.CodeEnrolment{}, err
	}
	a.visit.Values.Enrolment = e.ID
	return e, h.touch(w, r, a.visit)
}

// account is what the app shows beside the issuer.
func account(a access) string {
	if len(a.seller.Contacts) > 0 {
		return a.seller.Contacts[0].Email
	}
	return displayName(a)
}

// setupApp shows the screen: QR, key, and the field for one code.
func (h *Handler) setupApp(w http.ResponseWriter, r *http.Request, a access, e auth.CodeEnrolment, fault templates.CodeFault) error {
	p := templates.SetupApp{
		Frame: h.frame(a, enrolAppPath), App: templates.AppKey{Issuer: e.Issuer, Account: e.Account, Secret: e.Secret},
		Submit: enrolAppPath, Device: enrolAppPath + "/options", Back: enrolPath, Fault: fault,
	}
	var err error
	if p.QR, err = templates.NewQR(p.App.URI()); err != nil {
		return err
	}
	status := http.StatusOK
	if fault != templates.CodeOK {
		status = http.StatusUnprocessableEntity
	}
	return h.show(w, r, a, status, p)
}
