package forwardauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"countersign/approvals"
)

// check decides about one question. An error is 403.
func (h *handler) check(ctx context.Context, r *http.Request) (verdict, error) {
	if !h.Trusted.Has(r.RemoteAddr) {
		return verdict{}, approvals.Refuse(codeUntrusted)
	}
	q, err := read(r)
	if err != nil {
		return verdict{}, err
	}
	if q.action == "" {
		return waits(codeNoAction, ""), nil
	}
	if err := h.open(ctx); err != nil {
		return verdict{}, err
	}
	a, err := h.Service.Reader.Action(ctx, h.key(q))
	if err != nil {
		return verdict{}, fmt.Errorf("find action: %w", err)
	}
	return h.judge(ctx, q, a, r.RemoteAddr)
}

func (h *handler) key(q question) approvals.ActionKey {
	return approvals.ActionKey{Marketplace: h.Marketplace, ID: q.action}
}

// open refuses everything while releases are halted or the clock is unsure,
// also what a claim would not be asked for (DESIGN rule 17).
func (h *handler) open(ctx context.Context) error {
	if h.Service.Sure != nil {
		if err := h.Service.Sure(); err != nil {
			return err
		}
	}
	gate, err := h.Gate.Gate(ctx)
	if err != nil {
		return fmt.Errorf("read gate: %w", err)
	}
	return gate.Open(h.Now())
}

// judge answers by the action's state. What still waits for its proofs or its
// time is asked about again and again, and is answered without a word in the
// history; everything else goes through the claim, which checks every rule and
// records what it refuses.
func (h *handler) judge(ctx context.Context, q question, a approvals.Action, from string) (verdict, error) {
	switch a.State {
	case approvals.AwaitingStepUp:
		return waits(approvals.CodeNotApproved, h.page(a)), nil
	case approvals.AwaitingConfirmation:
		return waits(approvals.CodeNotApproved, h.page(a)+"/status"), nil
	case approvals.Notifying, approvals.CoolingOff:
		return waits(approvals.CodeNotApproved, ""), nil
	case approvals.Releasing:
		if v, err := h.again(ctx, q, a); err == nil || !isRefusal(err) {
			return v, err
		}
	case approvals.Approved, approvals.ExecutionFailed, approvals.Held, approvals.Executed, approvals.Unresolved,
		approvals.Cancelled, approvals.Denied, approvals.Expired, approvals.Failed:
	}
	v, err := h.try(ctx, q, a, from)
	if errors.Is(err, approvals.Refuse(approvals.CodeAlreadyClaimed)) {
		return h.lost(ctx, q, err)
	}
	return v, err
}

// try claims, unless the very same was refused a moment ago, or too much is asked:
// whoever knows an action's id could fill its history without being anybody.
func (h *handler) try(ctx context.Context, q question, a approvals.Action, from string) (verdict, error) {
	key := refusalKey{a.ID, a.Version, q.hash()}
	if err := h.refused.last(key, h.Now()); err != nil {
		return verdict{}, err
	}
	if h.Limit != nil {
		if err := h.Limit(ctx, a.ID, from); err != nil {
			return verdict{}, err
		}
	}
	v, err := h.claim(ctx, q, a)
	if refusal, ok := errors.AsType[*approvals.Error](err); ok {
		h.refused.keep(key, refusal, h.Now())
	}
	return v, err
}

// page is the action's own page. It opens for a session that was handed the
// action, and for nobody else: a link that opens by itself would hand the action
// to whoever knows its id.
func (h *handler) page(a approvals.Action) string { return h.PublicURL + "/actions/" + a.Reference }

// claim takes the release and makes its token, in one transaction. Another
// request than the approved one is a claim of another payload: it is refused and
// recorded, and holds the action (DESIGN rule 7).
func (h *handler) claim(ctx context.Context, q question, a approvals.Action) (verdict, error) {
	details, err := presented(q, a)
	if err != nil {
		return verdict{}, err
	}
	v := verdict{status: http.StatusOK, action: a.ID}
	_, err = h.Service.Claim(ctx, a.Key(), details, func(x approvals.Action) (*approvals.Answer, error) {
		release, err := approvals.ReleaseOf(x, h.PublicURL)
		if err != nil {
			return nil, err
		}
		if v.token, err = h.Releases.SignRelease(release); err != nil {
			return nil, err
		}
		return h.keep(q, x, v.token), nil
	})
	if err != nil {
		return verdict{}, err
	}
	return v, nil
}

// presented is the details that the question stands for: the action's own, with
// the request that is really there in the place of the approved one.
func presented(q question, a approvals.Action) (json.RawMessage, error) {
	approved, bound := approvals.RequestOf(a)
	switch {
	case !bound: // to be claimed with the API
		return nil, approvals.Refuse(codeUnbound)
	case approved == q.request:
		return a.Details, nil
	}
	var details map[string]json.RawMessage
	if err := json.Unmarshal(a.Details, &details); err != nil {
		return nil, fmt.Errorf("read details: %w", err)
	}
	var err error
	if details["request"], err = json.Marshal(q.request); err != nil {
		return nil, fmt.Errorf("write request: %w", err)
	}
	return json.Marshal(details)
}

func isRefusal(err error) bool {
	_, ok := errors.AsType[*approvals.Error](err)
	return ok
}
