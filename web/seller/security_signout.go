package seller

import (
	"context"
	"net/http"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/templates"
)

// securitySignOut ends one of the seller's sessions.
func (h *Handler) securitySignOut(w http.ResponseWriter, r *http.Request) error {
	return h.change(w, r, func(ctx context.Context, a access, f form) (templates.SecuritySaved, templates.SecurityFault, error) {
		err := h.Sessions.EndDevice(r, a.visit, f.get("device"))
		if is(err, approvals.CodeNotFound) {
			return "", templates.FaultDevice, nil
		}
		if err != nil {
			return "", "", err
		}
		return templates.SavedDevice, "", h.happened(ctx, a, "session_ended", h.now())
	})
}

// securitySignOutAll ends all of them, this one too, and tells every contact:
// the seller may be putting somebody out, or be put out by somebody.
func (h *Handler) securitySignOutAll(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byOwn(w, r)
	if err != nil {
		return err
	}
	if _, err := a.post(r); err != nil {
		return err
	}
	if err := h.Sessions.EndAll(w, r, a.visit); err != nil {
		return err
	}
	now := h.now()
	if err := h.happened(r.Context(), a, "signed_out_everywhere", now); err != nil {
		return err
	}
	notice := approvals.SecurityNotice{What: approvals.SecuritySignedOut, At: now}
	if err := h.Approvals.NotifySeller(r.Context(), a.seller.SellerKey, notice); err != nil {
		return err
	}
	return seeOther(w, "/signed-out")
}

// happened puts what a session did into the log.
func (h *Handler) happened(ctx context.Context, a access, verb string, now time.Time) error {
	return h.Approvals.Store.Refuse(ctx, audit.Event{
		Marketplace: string(a.seller.Marketplace), Seller: string(a.seller.SellerKey.Seller), Verb: verb,
		Actor: a.action.SellerActor(), At: now,
	}, "")
}

// signedOut is the page after the last session has ended. It is there for
// everybody and says nothing of anybody.
func (h *Handler) signedOut(w http.ResponseWriter, r *http.Request) error {
	return h.show(w, r, access{}, http.StatusOK, templates.SignedOut{Frame: h.frame(access{}, "/signed-out")})
}
