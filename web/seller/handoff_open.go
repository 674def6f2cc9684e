package seller

import (
	"net/http"

	"countersign/approvals"
	"countersign/templates"
	"countersign/web/problem"
	"countersign/web/session"
)

// handoffOpen is where the marketplace sends its seller. It begins a session
// that may open this one action, and spends nothing: a link fetched by a
// program before the seller comes goes on working for its ten minutes.
func (h *Handler) handoffOpen(w http.ResponseWriter, r *http.Request) error {
	opened, err := h.Approvals.Open(r.Context(), approvals.HandoffLink, r.PathValue("token"))
	if explains(err) {
		return h.handoffOver(w, r, opened.Action, err)
	}
	if err != nil {
		return err
	}
	a := opened.Action
	if onlyHead(r) {
		return seeOther(w, actionPath(a))
	}
	if err := h.leaveOthers(w, r, a.SellerKey(), approvals.HandoffLink); err != nil {
		return err
	}
	begin := session.Beginning{
		Seller: a.SellerKey(), Action: a.ID,
		Handoff: session.Handoff{Serial: opened.Link.Serial, Until: opened.Link.ExpiresAt},
	}
	if _, err := h.Sessions.Begin(w, r, begin); err != nil {
		return err
	}
	return seeOther(w, actionPath(a))
}

// handoffOver explains a link that is used or too old. A browser that is still
// in the session the link once began goes on to its action.
func (h *Handler) handoffOver(w http.ResponseWriter, r *http.Request, a approvals.Action, why error) error {
	if v, err := h.visiting(r); err == nil && v.Seller == a.SellerKey() && v.May(a.ID) {
		return seeOther(w, actionPath(a))
	}
	over := access{action: a}
	if err := h.parties(r.Context(), &over); err != nil {
		return err
	}
	page := templates.Handoff{Frame: h.frame(over, r.URL.Path), State: templates.HandoffExpired, Return: templates.Link(a.ReturnURL)}
	page.Languages = nil // the address holds the token
	if is(why, approvals.CodeLinkSpent) {
		page.State = templates.HandoffUsed
	}
	return h.show(w, r, over, problem.Of(r.Context(), why).Status, page)
}
