package seller

import (
	"context"
	"net/http"

	"countersign/approvals"
	"countersign/web/session"
)

// Where mailed links lead.
const (
	confirmBase = "/confirm"
	stopBase    = "/cancel"
	verifyBase  = "/verify"
)

// byConfirmLink opens the action of the confirmation mail this browser has
// opened. A link that counts no more still opens its page, which says why.
func (h *Handler) byConfirmLink(_ http.ResponseWriter, r *http.Request) (access, error) {
	return h.byLink(r, approvals.ConfirmLink, confirmBase)
}

// byStopLink opens the action of any mail's stop link. It never expires.
func (h *Handler) byStopLink(_ http.ResponseWriter, r *http.Request) (access, error) {
	return h.byLink(r, approvals.StopLink, stopBase)
}

// byVerifyLink opens the contact.change whose new address this browser reads.
func (h *Handler) byVerifyLink(_ http.ResponseWriter, r *http.Request) (access, error) {
	return h.byLink(r, approvals.VerifyLink, verifyBase)
}

func (h *Handler) byLink(r *http.Request, p approvals.Purpose, base string) (access, error) {
	link, ok := h.Sessions.Pointed(r, p)
	if !ok || link.Ended {
		return access{}, approvals.Refuse(approvals.CodeSessionEnded)
	}
	return h.pointed(r.Context(), link, base)
}

// pointed reads what a link leads to.
func (h *Handler) pointed(ctx context.Context, link session.Pointer, base string) (access, error) {
	opened, err := h.Approvals.Open(ctx, link.Purpose, link.Token)
	if err != nil && !explains(err) {
		return access{}, err
	}
	a := access{
		action: opened.Action, link: link, hash: opened.Link.Hash, approver: opened.Link.Approver, serial: opened.Link.Serial, stale: err,
		base: base, token: link.Page(),
	}
	return a, h.parties(ctx, &a)
}

// arrive opens a mailed link: its token moves from the address into a cookie.
// Nothing else happens, however often and by whomever it is opened.
func (h *Handler) arrive(w http.ResponseWriter, r *http.Request, p approvals.Purpose, to string) error {
	token := r.PathValue("token")
	opened, err := h.Approvals.Open(r.Context(), p, token)
	if err != nil && !explains(err) {
		return err
	}
	if onlyHead(r) {
		return seeOther(w, to)
	}
	if err := h.leaveOthers(w, r, opened.Action.SellerKey(), p); err != nil {
		return err
	}
	if err := h.Sessions.Point(w, session.Pointer{Purpose: p, Token: token}); err != nil {
		return err
	}
	return seeOther(w, to)
}

// leaveOthers makes sure that nothing of another seller is left in a browser
// in which seller has just arrived (RELIABILITY D2).
func (h *Handler) leaveOthers(w http.ResponseWriter, r *http.Request, seller approvals.SellerKey, by approvals.Purpose) error {
	if by != approvals.HandoffLink { // a hand-off begins a session of its own
		found, err := h.Sessions.Current(r)
		if err != nil {
			return err
		}
		if found.Visit != nil && found.Visit.Seller != seller {
			if err := h.Sessions.End(w, r); err != nil {
				return err
			}
		}
	}
	for _, p := range []approvals.Purpose{approvals.ConfirmLink, approvals.StopLink, approvals.NoticeLink, approvals.VerifyLink, approvals.JoinLink, approvals.ApproveLink, approvals.RecoverLink} {
		link, ok := h.Sessions.Pointed(r, p)
		if !ok || p == by || h.pointsTo(r.Context(), link, seller) {
			continue
		}
		if err := h.Sessions.Unpoint(w, p); err != nil {
			return err
		}
	}
	return nil
}

// pointsTo reports whether a link is known and about seller or an action of
// seller.
func (h *Handler) pointsTo(ctx context.Context, link session.Pointer, seller approvals.SellerKey) bool {
	if link.Purpose == approvals.NoticeLink {
		found, err := h.Approvals.OpenNotice(ctx, link.Token)
		return err == nil && found.Seller.SellerKey == seller
	}
	if link.Purpose == approvals.RecoverLink {
		found, _ := h.Approvals.OpenRecovery(ctx, link.Token)
		return found.Seller == seller
	}
	opened, err := h.Approvals.Open(ctx, link.Purpose, link.Token)
	return (err == nil || explains(err)) && opened.Action.SellerKey() == seller
}
