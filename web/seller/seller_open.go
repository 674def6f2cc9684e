package seller

import (
	"encoding/hex"
	"net/http"

	"countersign/approvals"
	"countersign/templates"
	"countersign/web/problem"
	"countersign/web/session"
)

// sellerOpen is where the marketplace sends a seller who has no action to look
// at. It begins a session of the whole seller and spends nothing.
func (h *Handler) sellerOpen(w http.ResponseWriter, r *http.Request) error {
	opened, err := h.Approvals.OpenSeller(r.Context(), r.PathValue("token"))
	if explains(err) {
		return h.sellerOver(w, r, opened, err)
	}
	if err != nil {
		return err
	}
	if onlyHead(r) {
		return seeOther(w, landing(opened.Purpose))
	}
	if err := h.leaveOthers(w, r, opened.Seller, approvals.HandoffLink); err != nil {
		return err
	}
	if _, err := h.Sessions.Begin(w, r, session.Beginning{Seller: opened.Seller, Door: hex.EncodeToString(opened.Hash[:])}); err != nil {
		return err
	}
	return seeOther(w, landing(opened.Purpose))
}

// sellerOver explains a link that is used or too old. A browser that is still in
// the session the link once began goes on.
func (h *Handler) sellerOver(w http.ResponseWriter, r *http.Request, opened approvals.SellerHandoff, why error) error {
	if v, err := h.visiting(r); err == nil && v.Seller == opened.Seller && v.Own() {
		return seeOther(w, landing(opened.Purpose))
	}
	over := access{action: approvals.Action{Marketplace: opened.Seller.Marketplace, Seller: opened.Seller.Seller}}
	if err := h.parties(r.Context(), &over); err != nil {
		return err
	}
	page := templates.Handoff{Frame: h.frame(over, r.URL.Path), State: templates.HandoffExpired, Return: templates.Link(over.home())}
	page.Languages = nil // the address holds the token
	if is(why, approvals.CodeLinkSpent) {
		page.State = templates.HandoffUsed
	}
	return h.show(w, r, over, problem.Of(r.Context(), why).Status, page)
}

// landing is the page that a hand-off is for.
func landing(p approvals.SellerPurpose) string {
	switch p {
	case approvals.ForEnrol:
		return enrolPath
	case approvals.ForHistory:
		return historyPath
	case approvals.ForSecurity:
	}
	return securityPath
}
