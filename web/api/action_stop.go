package api

import (
	"net/http"

	"countersign/approvals"
)

// actionHandoff makes a fresh URL to send the seller to. The older one
// opens it too, until the first proof spends both.
func (a *API) actionHandoff(c *call) error {
	if err := c.noFields(); err != nil {
		return err
	}
	_, err := a.Service.Handoff(c.ctx(), c.action(), by(c.marketplace), a.with(c, http.StatusOK, func(x approvals.Action) (any, error) {
		return a.handoff(x), nil
	}))
	return err
}

// actionCancel stops an action. The reasons are those a marketplace can know.
func (a *API) actionCancel(c *call) error {
	var in struct {
		Reason approvals.CancelReason `json:"reason"`
	}
	if err := approvals.DecodeStrict(c.body, &in, ""); err != nil {
		return err
	}
	switch in.Reason {
	case approvals.ChangedMind, approvals.NotMe, approvals.ByMarketplace:
	case approvals.Superseded, approvals.BySupport:
		fallthrough
	default:
		return approvals.Invalid(approvals.FieldError{Field: "reason", Message: "must be changed_mind, not_me or marketplace"})
	}
	if _, err := a.Service.CancelAnswered(c.ctx(), c.action(), in.Reason, by(c.marketplace), a.with(c, http.StatusOK, a.viewAny)); err != nil {
		return err
	}
	return a.ensureSaved(c)
}
