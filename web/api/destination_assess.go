package api

import (
	"encoding/json"
	"net/http"
	"time"

	"countersign/approvals"
)

// assessRequest is the body of POST /v1/destinations/assess: that of a create,
// without what only an action needs, or a question about a payout.
type assessRequest struct {
	Kind      approvals.Kind  `json:"kind"`
	Seller    sellerRequest   `json:"seller"`
	Details   json.RawMessage `json:"details"`
	Context   contextRequest  `json:"context"`
	Supersede bool            `json:"supersede"`
}

// assessment is what would become of such a create now. It names the
// destination masked: whoever asks knows it.
type assessment struct {
	Object      string            `json:"object"`
	Kind        approvals.Kind    `json:"kind"`
	Outcome     approvals.Outcome `json:"outcome"`
	State       approvals.State   `json:"state,omitempty"`
	Refusal     *refusalView      `json:"refusal,omitempty"`
	Policy      policy            `json:"policy"`
	Methods     []methodWait      `json:"methods"`
	Destination *maskedTo         `json:"destination,omitempty"`
	AssessedAt  string            `json:"assessed_at"`
}

type refusalView struct {
	Code     approvals.Code `json:"code"`
	ActionID string         `json:"action_id,omitempty"`
	RetryAt  string         `json:"retry_at,omitempty"`
}

type methodWait struct {
	Method     approvals.Method `json:"method"`
	DelayHours float64          `json:"delay_hours"`
}

type maskedTo struct {
	Masked  string `json:"masked"`
	Country string `json:"country,omitempty"`
}

// payoutQuestion stands in the place of a kind where the question is about money
// that is about to leave. It is no kind: there is no such action.
const payoutQuestion = "payout"

// destinationAssess changes nothing. Its answer is kept under its key all the
// same: one rule for every POST.
func (a *API) destinationAssess(c *call) error {
	var in assessRequest
	if err := approvals.DecodeStrict(c.body, &in, ""); err != nil {
		return err
	}
	var f fields
	r := createRequest{Kind: in.Kind, Seller: in.Seller, Details: in.Details, Context: in.Context, Supersede: in.Supersede}.
		request(&f, c.marketplace)
	if err := f.err(); err != nil {
		return err
	}
	found, err := a.assess(c, r)
	if err != nil {
		return err
	}
	if _, err := a.make(c, http.StatusOK, "", assessed(found, in.Kind, a.Now())); err != nil {
		return err
	}
	return a.save(c)
}

func (a *API) assess(c *call, r approvals.Request) (approvals.Assessment, error) {
	if r.Kind != payoutQuestion {
		return a.Service.Assess(c.ctx(), r)
	}
	p, err := approvals.ParsePayout(r.Details)
	if err != nil {
		return approvals.Assessment{}, err
	}
	return a.Service.AssessPayout(c.ctx(), r.Seller.SellerKey, p)
}

func assessed(found approvals.Assessment, kind approvals.Kind, now time.Time) assessment {
	d := found.Decision
	out := assessment{
		Object: "assessment", Kind: kind, Outcome: d.Outcome, State: found.State, Methods: []methodWait{}, AssessedAt: approvals.FormatTime(now),
	}
	var longest time.Duration
	for _, m := range []approvals.Method{approvals.Passkey, approvals.TOTP, approvals.RecoveryCode} {
		if wait, permitted := d.Wait[m]; permitted {
			out.Methods = append(out.Methods, methodWait{m, wait.Hours()})
			longest = max(longest, wait)
		}
	}
	out.Policy = decided(d, longest)
	if r := found.Refusal; r != nil {
		out.Refusal = &refusalView{r.Code, r.Facts["action_id"], r.Facts["retry_at"]}
	}
	if found.To != nil {
		out.Destination = &maskedTo{found.To.Masked(), found.To.CountryCode()}
	}
	return out
}
