package seller

import (
	"net/http"

	"countersign/approvals"
	"countersign/auth"
	"countersign/templates"
)

// enrolPasskeyAdd adds a passkey. The name typed for it comes back with a
// refusal.
func (h *Handler) enrolPasskeyAdd(w http.ResponseWriter, r *http.Request) error {
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
	made, err := h.finishPasskey(r, a, auth.PasskeyAnswer{
		Name: f.get("name"), Credential: []byte(f.get("credential")), Onboarded: a.seller.OnboardedAt, Device: deviceOf(r, f),
	})
	if err != nil {
		fault, status, ok := setupFault(r, err)
		if !ok {
			return err
		}
		return h.setupPasskey(w, r, a, status, templates.SetupPasskey{Label: f.get("name"), Fault: fault})
	}
	return h.enrolled(w, r, a, made)
}

// enrolled gives the session a new id, because it now belongs to somebody with
// an authenticator, and leads to the last screen, or to the approval of one
// more. That a set-up happened is no proof: whoever sits in the session could
// have done it.
func (h *Handler) enrolled(w http.ResponseWriter, r *http.Request, a access, made auth.Authenticator) error {
	a.visit.Values.Enrolment = ""
	if err := h.Sessions.Renew(w, r, a.visit, false); err != nil {
		return err
	}
	if a.setup == setupReplace {
		return h.replaced(w, r, a)
	}
	if a.setup == setupMore {
		return h.askAbout(w, r, a, approvals.AuthenticatorAdd, made)
	}
	return seeOther(w, enrolDonePath)
}
