package api

import (
	"encoding/json"
	"net/http"
	"time"

	"countersign/approvals"
)

// claimed is the answer to the one claim that wins.
type claimed struct {
	ReleaseToken string     `json:"release_token"`
	ExpiresAt    string     `json:"expires_at"`
	Action       actionView `json:"action"`
}

// actionClaim hands an approved action over, once. The token is made in the
// transaction of the claim and kept with it, so that a lost answer is the same
// when it is asked for again.
func (a *API) actionClaim(c *call) error {
	var in struct {
		Details json.RawMessage `json:"details"`
	}
	if err := approvals.DecodeStrict(c.body, &in, ""); err != nil {
		return err
	}
	if len(in.Details) == 0 || in.Details[0] != '{' {
		return approvals.Invalid(approvals.FieldError{Field: "details", Message: "must be an object: what the action was created with"})
	}
	_, err := a.Service.Claim(c.ctx(), c.action(), in.Details, a.with(c, http.StatusOK, a.viewClaimed))
	return err
}

func (a *API) viewClaimed(x approvals.Action) (any, error) {
	release, err := approvals.ReleaseOf(x, a.PublicURL)
	if err != nil {
		return nil, err
	}
	token, err := a.Releases.SignRelease(release)
	if err != nil {
		return nil, err
	}
	v, err := a.view(x)
	return claimed{token, approvals.FormatTime(time.Unix(release.ExpiresAt, 0)), v}, err
}

// actionResult takes the marketplace's report of a release.
func (a *API) actionResult(c *call) error {
	var in struct {
		Outcome   approvals.ReportedOutcome `json:"outcome"`
		Reference string                    `json:"reference"`
		Error     string                    `json:"error"`
	}
	if err := approvals.DecodeStrict(c.body, &in, ""); err != nil {
		return err
	}
	var f fields
	if in.Outcome != approvals.ResultExecuted && in.Outcome != approvals.ResultFailed {
		f.add("outcome", "must be executed or failed")
	}
	f.short("reference", in.Reference, maxNote)
	f.short("error", in.Error, maxNote)
	if err := f.err(); err != nil {
		return err
	}
	result := approvals.Result{Outcome: in.Outcome, Reference: in.Reference, Error: in.Error}
	if _, err := a.Service.Report(c.ctx(), c.action(), result, a.with(c, http.StatusOK, a.viewAny)); err != nil {
		return err
	}
	return a.ensureSaved(c)
}
