package client

import (
	"context"
	"errors"
	"net/url"
	"time"
)

// CreateAction asks the gateway to put an action before the seller, and
// returns it with the URL to send the seller to (Next.URL, good for 10
// minutes; Handoff makes a fresh one). Nothing has changed yet. There is no URL
// when the action is held or denied at once, because the seller is locked or
// the policy says so.
//
// A second open action of the same seller and kind is refused with
// CodeActionAlreadyOpen, unless Supersede is set.
func (c *Client) CreateAction(ctx context.Context, a NewAction, options ...CallOption) (*Action, error) {
	var made Action
	if err := c.post(ctx, "/v1/actions", a, &made, options); err != nil {
		return nil, err
	}
	return &made, nil
}

// Action fetches one action, the only source of truth about it.
func (c *Client) Action(ctx context.Context, id string) (*Action, error) {
	path, err := actionPath(id, "")
	if err != nil {
		return nil, err
	}
	var a Action
	if err := c.get(ctx, path, &a); err != nil {
		return nil, err
	}
	return &a, nil
}

// ActionQuery narrows a list. Empty fields do not narrow.
type ActionQuery struct {
	Seller string
	State  State
	Kind   string
	Cursor string // NextCursor of the page before
}

// ActionPage is one page of a list, newest first. NextCursor is empty on the
// last page.
type ActionPage struct {
	Data       []Action `json:"data"`
	NextCursor string   `json:"next_cursor"`
}

// Actions lists the marketplace's own actions.
func (c *Client) Actions(ctx context.Context, q ActionQuery) (*ActionPage, error) {
	values := url.Values{}
	for name, value := range map[string]string{"seller": q.Seller, "state": string(q.State), "kind": q.Kind, "cursor": q.Cursor} {
		if value != "" {
			values.Set(name, value)
		}
	}
	path := "/v1/actions"
	if len(values) > 0 {
		path += "?" + values.Encode()
	}
	var page ActionPage
	if err := c.get(ctx, path, &page); err != nil {
		return nil, err
	}
	return &page, nil
}

// Handoff returns a fresh URL for the seller's browser, good for 10 minutes.
// Opening it spends nothing.
func (c *Client) Handoff(ctx context.Context, id string, options ...CallOption) (*Next, error) {
	var next Next
	if err := c.postAction(ctx, id, "/handoff", struct{}{}, &next, options); err != nil {
		return nil, err
	}
	return &next, nil
}

// CancelAction stops an action on the marketplace's behalf. reason is
// changed_mind, not_me or marketplace. It is refused once the action was
// claimed.
func (c *Client) CancelAction(ctx context.Context, id, reason string, options ...CallOption) (*Action, error) {
	var a Action
	body := struct {
		Reason string `json:"reason"`
	}{reason}
	if err := c.postAction(ctx, id, "/cancel", body, &a, options); err != nil {
		return nil, err
	}
	return &a, nil
}

// Claimed is the answer of a claim.
type Claimed struct {
	ReleaseToken string    `json:"release_token"` // for ReleaseVerifier.Verify
	ExpiresAt    time.Time `json:"expires_at"`    // of the token: 5 minutes at most
	Action       Action    `json:"action"`
}

// Claim takes an approved action over, once. details must be the very payload
// the action was created with: anything else is refused with
// CodePayloadMismatch and holds the action.
//
// The caller carries the action out only after ReleaseVerifier.Verify, and
// then reports. Give an IdempotencyKey of your own to get the same token
// again after a crash; after a refusal, which is kept under its key too, claim
// with another.
func (c *Client) Claim(ctx context.Context, id string, details any, options ...CallOption) (*Claimed, error) {
	var claimed Claimed
	body := struct {
		Details any `json:"details"`
	}{details}
	if err := c.postAction(ctx, id, "/claim", body, &claimed, options); err != nil {
		return nil, err
	}
	if claimed.ReleaseToken == "" {
		return nil, errors.New("countersign: the claim was answered without a release token")
	}
	return &claimed, nil
}

// Result is what became of a claimed action.
type Result struct {
	Outcome   string `json:"outcome"` // executed or failed
	Reference string `json:"reference,omitempty"`
	Error     string `json:"error,omitempty"` // for an engineer; no bank data
}

// Executed is the result of an action that is in place.
func Executed(reference string) Result {
	return Result{Outcome: "executed", Reference: reference}
}

// Failed is the result of an action that is not in place and may be claimed
// again. Do not report it when unsure: report nothing.
func Failed(reason string) Result { return Result{Outcome: "failed", Error: reason} }

// Report tells the gateway what became of a claimed action.
func (c *Client) Report(ctx context.Context, id string, r Result, options ...CallOption) (*Action, error) {
	var a Action
	if err := c.postAction(ctx, id, "/result", r, &a, options); err != nil {
		return nil, err
	}
	return &a, nil
}

func (c *Client) postAction(ctx context.Context, id, verb string, body, into any, options []CallOption) error {
	path, err := actionPath(id, verb)
	if err != nil {
		return err
	}
	return c.post(ctx, path, body, into, options)
}

// actionPath refuses an empty id, which would silently name the list.
func actionPath(id, verb string) (string, error) {
	if id == "" {
		return "", errors.New("countersign: the action id is empty")
	}
	return "/v1/actions/" + url.PathEscape(id) + verb, nil
}
