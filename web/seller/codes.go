package seller

import (
	"net/http"
	"time"

	"countersign/templates"
)

const codesPath = securityPath + "/codes"

// codesShow says how the seller's printed codes stand.
func (h *Handler) codesShow(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byOwn(w, r)
	if err != nil {
		return err
	}
	return h.codes(w, r, a, codesView{status: http.StatusOK})
}

// codesView is one way the page is shown.
type codesView struct {
	status int
	failed templates.ProofFault
	fault  templates.CodeFault
}

func (h *Handler) codes(w http.ResponseWriter, r *http.Request, a access, v codesView) error {
	set, err := h.Auth.RecoverySet(r.Context(), a.seller.SellerKey)
	if err != nil {
		return err
	}
	p := templates.RecoveryCodes{
		Frame: h.frame(a, codesPath), Left: set.Left, MadeAt: set.MadeAt, Failed: v.failed, Fault: v.fault, Back: securityPath,
	}
	p.From = h.toCome(set.CountFrom)
	if !a.seller.Locked {
		if err := h.codesWay(r, a, &p); err != nil {
			return err
		}
	}
	return h.show(w, r, a, v.status, p)
}

// codesMade makes ten and shows them, once.
func (h *Handler) codesMade(w http.ResponseWriter, r *http.Request, a access) error {
	made, err := h.Auth.MakeRecoveryCodes(r.Context(), a.seller.SellerKey)
	if err != nil {
		return err
	}
	set, err := h.Auth.RecoverySet(r.Context(), a.seller.SellerKey)
	if err != nil {
		return err
	}
	return h.show(w, r, a, http.StatusOK, templates.RecoveryCodes{
		Frame: h.frame(a, codesPath), Made: made.Codes, From: h.toCome(set.CountFrom), Back: securityPath,
	})
}

// toCome is t, or nothing where it is over.
func (h *Handler) toCome(t time.Time) time.Time {
	if h.now().Before(t) {
		return t
	}
	return time.Time{}
}
