package client

import (
	"context"
	"time"
)

// Speed is how fast a payout leaves.
const (
	InstantPayout   = "instant"   // at the seller's request, and gone at once
	ScheduledPayout = "scheduled" // on the marketplace's own day
)

// Payout is money the marketplace is about to send a seller. Amount and
// Currency, as those of a Loan, may both be left out.
type Payout struct {
	Speed       string      `json:"speed"`
	Amount      string      `json:"amount,omitempty"`
	Currency    string      `json:"currency,omitempty"`
	Destination Destination `json:"destination"`
}

// Assessment is what the gateway would say at this moment. It promises nothing:
// creating an action decides again.
type Assessment struct {
	Outcome    string    `json:"outcome"` // allow, review, freeze or deny
	State      State     `json:"state,omitempty"`
	Policy     Policy    `json:"policy"`
	AssessedAt time.Time `json:"assessed_at"`
}

// Allowed reports whether nothing stands in the way. An outcome you do not know
// is none.
func (a Assessment) Allowed() bool { return a.Outcome == "allow" }

// Assess says what would become of an action, and creates nothing. ReturnURL and
// Metadata are not asked for.
func (c *Client) Assess(ctx context.Context, a NewAction, options ...CallOption) (*Assessment, error) {
	return c.assess(ctx, question{a.Kind, a.Seller, a.Details, &a.Context}, options)
}

// AssessPayout says whether a payout may leave now. Ask before every instant
// one: a seller whose account changed lately, or is about to, may be a thief's
// victim. When there is no answer, do not pay at once.
func (c *Client) AssessPayout(ctx context.Context, seller Seller, p Payout, options ...CallOption) (*Assessment, error) {
	return c.assess(ctx, question{"payout", seller, p, nil}, options)
}

type question struct {
	Kind    string   `json:"kind"`
	Seller  Seller   `json:"seller"`
	Details any      `json:"details"`
	Context *Context `json:"context,omitempty"`
}

func (c *Client) assess(ctx context.Context, q question, options []CallOption) (*Assessment, error) {
	var said Assessment
	if err := c.post(ctx, "/v1/destinations/assess", q, &said, options); err != nil {
		return nil, err
	}
	return &said, nil
}
