package seller

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"countersign/approvals"
	"countersign/auth"
	"countersign/templates"
)

// askAbout starts an action about one of the seller's authenticators and leads
// to its review: what protects the seller changes like the account does, with a
// proof, notices, a wait and a confirmation.
func (h *Handler) askAbout(w http.ResponseWriter, r *http.Request, a access, kind approvals.Kind, one auth.Authenticator) error {
	details, err := json.Marshal(map[string]approvals.AuthenticatorRef{
		"authenticator": {ID: one.ID, Method: one.Method, Name: one.Name},
	})
	if err != nil {
		return fmt.Errorf("ask about authenticator %s: %w", one.ID, err)
	}
	from := approvals.OriginOf(r.Context())
	made, err := h.Approvals.Create(r.Context(), approvals.Request{
		Marketplace: a.market, Kind: kind, Seller: approvals.Seller{SellerKey: a.seller.SellerKey}, Details: details,
		Context: approvals.Context{IP: from.IP, UserAgent: from.UserAgent}, ReturnURL: a.home(), BySeller: true,
	})
	if err != nil {
		return err
	}
	to := actionPath(made)
	if a.visit.Values.Recover && recoverable(made) {
		to += "/recovery"
	}
	a.visit.Values.Recover = false
	if err := h.Sessions.Hand(w, r, a.visit, made.ID); err != nil {
		return err
	}
	return seeOther(w, to)
}

// securityRemove asks for the removal of an authenticator. The last one stays:
// without it nobody could confirm anything any more.
func (h *Handler) securityRemove(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byOwn(w, r)
	if err != nil {
		return err
	}
	f, err := a.post(r)
	if err != nil {
		return err
	}
	list, err := h.Auth.Authenticators(r.Context(), a.seller.SellerKey)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(one auth.Authenticator) bool { return one.ID == f.get("authenticator") && removable(one) })
	if i < 0 {
		return h.security(w, r, a, securityView{status: http.StatusUnprocessableEntity, fault: templates.FaultGone})
	}
	err = h.askAbout(w, r, a, approvals.AuthenticatorRemove, list[i])
	if is(err, approvals.CodeLastAuthenticator) {
		return h.security(w, r, a, securityView{status: http.StatusUnprocessableEntity, fault: templates.FaultLast})
	}
	return err
}

// removable reports whether an authenticator is there and not only pending.
func removable(one auth.Authenticator) bool { return one.DisabledAt.IsZero() && !one.Pending() }

// lastOne reports whether no more than one is there, so that its removal is not
// offered. What keeps it is the transaction.
func lastOne(list []auth.Authenticator) bool {
	n := 0
	for _, one := range list {
		if removable(one) {
			n++
		}
	}
	return n < 2
}
