package seller

import (
	"context"
	"net/http"

	"countersign/approvals"
	"countersign/approvals/destination"
	"countersign/templates"
)

// lockedShow is S8. It is read from a session or from a mailed link; a seller
// who is not locked is led back to the action.
func (h *Handler) lockedShow(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byAny(w, r)
	if err != nil {
		return err
	}
	if !a.seller.Locked {
		return seeOther(w, a.base)
	}
	old, err := h.paidInto(r.Context(), a)
	if err != nil {
		return err
	}
	p := templates.Locked{
		Frame: h.frame(a, "/locked"), Why: a.seller.LockedBy, Since: a.seller.LockedAt,
		Trusted: a.trusted(), Support: templates.Link(h.Help),
	}
	if old != nil {
		p.Old = old.Last4()
	}
	if err := tooLate(a, &p); err != nil {
		return err
	}
	if p.Case, err = h.caseNumber(r.Context(), a); err != nil {
		return err
	}
	return h.show(w, r, a, http.StatusOK, p)
}

// tooLate says what could not be stopped any more, if anything was.
func tooLate(a access, p *templates.Locked) error {
	to, err := a.action.Destination()
	if err != nil || to == nil && !a.action.Kind.Defined() || !templates.TooLate(a.action.State) {
		return err
	}
	if a.action.Kind.SetsAccount() {
		p.TooLate = to.Last4()
		return nil
	}
	facts, err := templates.FactsOf(a.action, a.seller)
	p.Loan = &facts
	return err
}

// paidInto is where the seller is paid, as far as an action says so: the one of
// the access, or the newest of the seller.
func (h *Handler) paidInto(ctx context.Context, a access) (*destination.Destination, error) {
	if !a.wholly() && a.action.Kind.SetsAccount() {
		return a.action.EffectiveDestination()
	}
	var newest approvals.Action
	for _, kind := range []approvals.Kind{approvals.PayoutAccountChange, approvals.PayoutAccountSwitch} {
		found, err := h.Approvals.Reader.Actions(ctx, approvals.Query{
			Marketplace: a.action.Marketplace, Seller: a.action.Seller, Kind: kind, Limit: 1,
		})
		if err != nil {
			return nil, err
		}
		if len(found) > 0 && found[0].CreatedAt.After(newest.CreatedAt) {
			newest = found[0]
		}
	}
	return newest.EffectiveDestination()
}

// byAny is the access of a page that any of the three ways may read. A mailed
// link comes first, because it is trusted with more.
func (h *Handler) byAny(w http.ResponseWriter, r *http.Request) (access, error) {
	for _, enter := range []entrance{h.byStopLink, h.byConfirmLink} {
		if a, err := enter(w, r); err == nil {
			return a, nil
		}
	}
	return h.byNewest(w, r)
}
