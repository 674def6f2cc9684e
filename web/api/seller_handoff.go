package api

import (
	"net/http"
	"slices"

	"countersign/approvals"
)

// sellerHandoff makes a URL to send a seller to who has no action to look at:
// to set up a first authenticator, to the settings, or to the history.
func (a *API) sellerHandoff(c *call) error {
	key, err := c.seller()
	if err != nil {
		return err
	}
	var in struct {
		Purpose approvals.SellerPurpose `json:"purpose"`
	}
	if err := approvals.DecodeStrict(c.body, &in, ""); err != nil {
		return err
	}
	if !slices.Contains(approvals.SellerPurposes, in.Purpose) {
		return approvals.Invalid(approvals.FieldError{Field: "purpose", Message: "must be enrol, security or history"})
	}
	return a.Service.HandSeller(c.ctx(), key, in.Purpose, by(c.marketplace), func(h approvals.SellerHandoff, token string) (*approvals.Answer, error) {
		return a.make(c, http.StatusOK, "", next{
			Type: "redirect", URL: a.PublicURL + "/h/seller/" + token, ExpiresAt: approvals.FormatTime(h.ExpiresAt),
		})
	})
}
