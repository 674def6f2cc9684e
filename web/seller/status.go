package seller

import (
	"context"
	"net/http"
	"strings"

	"countersign/approvals"
	"countersign/templates"
)

// status fills S5 from the stored action.
func (h *Handler) status(r *http.Request, a access) (templates.Status, error) {
	facts, err := templates.FactsOf(a.action, a.seller)
	if err != nil {
		return templates.Status{}, err
	}
	p := templates.Status{
		Frame: h.frame(a, a.statusPath()), Facts: facts, State: a.action.State, Wait: a.action.Wait,
		Times: timesOf(a.action), Hold: templates.HoldOf(a.action), Cancel: a.action.Cancel, End: templates.EndOf(a.action),
		Version: a.action.Version, Self: templates.Link(a.statusPath()), Stop: templates.Link(a.stopPath()),
	}
	for _, c := range a.action.Contacts {
		p.Addresses = append(p.Addresses, templates.MaskEmail(c.Email))
	}
	if proof, ok := a.action.Proof(approvals.StageStepUp); ok {
		p.Method = proof.Method
	}
	p.Elsewhere = elsewhereOnly(a.action)
	p.Other = h.others(a)
	p.Why = templates.ReasonOf(a.action)
	h.statusLinks(&p, a)
	return p, h.statusLookUps(r.Context(), &p, a)
}

// others are the people of whom one has to agree as well, by name, while the
// action waits for that.
func (h *Handler) others(a access) string {
	if a.action.State != approvals.AwaitingConfirmation || !a.action.NeedsApprover() {
		return ""
	}
	var names []string
	for _, p := range a.seller.Agreeing(h.now()) {
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}

// statusLinks fills where the reader can go from a status.
func (h *Handler) statusLinks(p *templates.Status, a access) {
	if a.action.State.Final() && a.action.State != approvals.Executed {
		p.Restart = templates.Link(a.action.ReturnURL)
	} else {
		p.Return = templates.Link(a.action.ReturnURL) // what is done is not to be asked for again
	}
	if a.visit == nil {
		return
	}
	if a.visit.Own() {
		p.Own = securityPath
	}
	if !a.action.State.Final() {
		p.Poll = templates.Link(a.base + "/state")
	}
	switch a.action.State {
	case approvals.AwaitingStepUp:
		p.Approve = templates.Link(a.base)
	case approvals.AwaitingConfirmation:
		p.Resend = templates.Post(a.base + "/resend")
	case approvals.Notifying, approvals.CoolingOff, approvals.Approved, approvals.Releasing, approvals.Executed,
		approvals.ExecutionFailed, approvals.Unresolved, approvals.Held, approvals.Cancelled, approvals.Denied,
		approvals.Expired, approvals.Failed:
	}
}

// statusLookUps fills what is not in the action itself.
func (h *Handler) statusLookUps(ctx context.Context, p *templates.Status, a access) (err error) {
	if a.action.State == approvals.Failed {
		if p.Retry, _, err = h.Auth.Blocked(ctx, a.action.SellerKey()); err != nil {
			return err
		}
	}
	if err := h.offerCodes(ctx, p, a); err != nil {
		return err
	}
	if a.action.Cancel == approvals.Superseded && a.visit != nil {
		p.Newer, err = h.newer(ctx, a)
	}
	return err
}

// newer is the action that took this one's place, if the session may open it.
func (h *Handler) newer(ctx context.Context, a access) (templates.Link, error) {
	list, err := h.Approvals.Reader.Actions(ctx, approvals.Query{
		Marketplace: a.action.Marketplace, Seller: a.action.Seller, Kind: a.action.Kind, Limit: 1,
	})
	if err != nil || len(list) == 0 || list[0].ID == a.action.ID || !a.visit.May(list[0].ID) {
		return "", err
	}
	return templates.Link(actionPath(list[0])), nil
}

// statusPath is where GET shows the status: a mailed link has no page of its
// own for it, only the answer's.
func (a access) statusPath() string {
	if a.visit == nil {
		return a.base
	}
	return a.base + "/status"
}
