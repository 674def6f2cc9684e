package seller

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"countersign/approvals"
	"countersign/auth"
)

// setup is whether, and how, an authenticator can be set up now.
type setup int

const (
	setupClosed  setup = iota
	setupFirst         // the seller never had one
	setupMore          // one more, by an action that the ones there are prove
	setupReplace       // in the place of all there is, by an open recovery
)

// bySetup is the access of the set-up screens. The first authenticator is set up
// for the action that waits for it, or in a session of the seller as a whole;
// one more in such a session alone, and at a calm moment: not while anything of
// the seller waits. Package auth asks again when something is added.
func (h *Handler) bySetup(w http.ResponseWriter, r *http.Request) (access, error) {
	if v, err := h.visiting(r); err == nil && v.Values.Recovery != "" {
		a, err := h.inReplace(r, v)
		if err != nil || onlyHead(r) {
			return a, err
		}
		return a, h.touch(w, r, v)
	}
	a, err := h.byNewest(w, r)
	if err != nil {
		return a, err
	}
	return h.inSetup(r, a)
}

func (h *Handler) inSetup(r *http.Request, a access) (access, error) {
	if a.seller.Locked {
		return a, approvals.Refuse(approvals.CodeSellerLocked)
	}
	list, err := h.Auth.Authenticators(r.Context(), a.action.SellerKey())
	if err != nil {
		return a, err
	}
	if len(list) == 0 {
		if a.wholly() || a.action.State == approvals.AwaitingStepUp {
			a.setup = setupFirst
		}
		return a, nil
	}
	calm, err := h.calm(r.Context(), a)
	if err != nil || !calm || !a.visit.Own() {
		return a, err
	}
	if a, err = h.whole(r.Context(), a.visit); err == nil {
		a.setup = setupMore
	}
	return a, err
}

// calm reports whether nothing of the seller waits for somebody or is on hold:
// nothing that can still be stopped. There is one open action of a kind.
func (h *Handler) calm(ctx context.Context, a access) (bool, error) {
	open, err := h.Approvals.Reader.Actions(ctx, approvals.Query{
		Marketplace: a.action.Marketplace, Seller: a.action.Seller, Open: true, Limit: 100,
	})
	if err != nil {
		return false, fmt.Errorf("look for open actions: %w", err)
	}
	return !slices.ContainsFunc(open, func(x approvals.Action) bool { return x.State.Stoppable() }), nil
}

func (h *Handler) beginPasskey(r *http.Request, a access) ([]byte, error) {
	switch a.setup {
	case setupMore:
		return h.Auth.BeginPasskeyAdd(r.Context(), a.action.SellerKey(), displayName(a))
	case setupReplace:
		return h.Auth.BeginPasskeyRecovery(r.Context(), a.action.SellerKey(), displayName(a))
	case setupClosed, setupFirst:
	}
	return h.Auth.BeginPasskeyEnrolment(r.Context(), a.action.SellerKey(), displayName(a))
}

func (h *Handler) finishPasskey(r *http.Request, a access, answer auth.PasskeyAnswer) (auth.Authenticator, error) {
	switch a.setup {
	case setupMore:
		return h.Auth.FinishPasskeyAdd(r.Context(), a.action.SellerKey(), answer)
	case setupReplace:
		return h.Auth.FinishPasskeyRecovery(r.Context(), a.recovery, answer)
	case setupClosed, setupFirst:
	}
	return h.Auth.FinishPasskeyEnrolment(r.Context(), a.action.SellerKey(), answer)
}

func (h *Handler) beginCode(r *http.Request, a access) (auth.CodeEnrolment, error) {
	switch a.setup {
	case setupMore:
		return h.Auth.BeginCodeAdd(r.Context(), a.action.SellerKey(), account(a))
	case setupReplace:
		return h.Auth.BeginCodeRecovery(r.Context(), a.action.SellerKey(), account(a))
	case setupClosed, setupFirst:
	}
	return h.Auth.BeginCodeEnrolment(r.Context(), a.action.SellerKey(), account(a))
}

func (h *Handler) finishCode(r *http.Request, a access, answer auth.CodeAnswer) (auth.Authenticator, error) {
	switch a.setup {
	case setupMore:
		return h.Auth.FinishCodeAdd(r.Context(), a.action.SellerKey(), answer)
	case setupReplace:
		return h.Auth.FinishCodeRecovery(r.Context(), a.recovery, answer)
	case setupClosed, setupFirst:
	}
	return h.Auth.FinishCodeEnrolment(r.Context(), a.action.SellerKey(), answer)
}
