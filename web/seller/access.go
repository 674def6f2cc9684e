package seller

import (
	"context"
	"fmt"
	"net/http"

	"countersign/approvals"
	"countersign/web/session"
)

// access is how a request came to an action, and with it what it may do there.
type access struct {
	action approvals.Action
	seller approvals.Seller
	market approvals.Marketplace
	notice *approvals.SecurityNotice // by the link of a security notice, which has no action; else nil

	visit *session.Visit // by a session; else nil
	link  session.Pointer
	hash  [32]byte // of the mailed link's token
	// approver is whom the link was mailed to, where that is another person, and
	// serial the link's.
	approver approvals.ApproverID
	serial   int
	stale    error // why the mailed link counts no more, nil while it does

	recovery approvals.Recovery // that is being finished, else zero

	setup setup  // whether an authenticator can be set up, see bySetup
	base  string // the address of the action for this kind of access
	token string // the page token
	again string // where to start again once this has ended
}

// entrance finds the access of a request, or refuses it.
type entrance func(http.ResponseWriter, *http.Request) (access, error)

// bySession opens the action named in the path to a session that was handed
// it. Another seller's action, and one of the same seller that was never
// handed over, are not there.
func (h *Handler) bySession(w http.ResponseWriter, r *http.Request) (access, error) {
	a, err := h.bySessionIdle(w, r)
	if err != nil || onlyHead(r) {
		return a, err
	}
	if err := h.spendDoor(r, a.visit); err != nil && !is(err, approvals.CodeLinkSpent) {
		return access{}, err // stopping asks for no link, and going forward for a proof
	}
	return a, h.touch(w, r, a.visit)
}

// bySessionIdle is bySession for what a page asks by itself: it does not keep
// the session alive.
func (h *Handler) bySessionIdle(_ http.ResponseWriter, r *http.Request) (access, error) {
	v, err := h.visiting(r)
	if err != nil {
		return access{}, err
	}
	found, err := h.Approvals.Reader.ActionByReference(r.Context(), v.Seller, r.PathValue("ref"))
	if err != nil {
		return access{}, fmt.Errorf("open action: %w", err)
	}
	if !v.May(found.ID) && !v.Own() {
		return access{}, approvals.Refuse(approvals.CodeNotFound)
	}
	return h.visited(r.Context(), v, found)
}

// byNewest opens the action the session was handed last, for pages that are
// about the seller.
func (h *Handler) byNewest(w http.ResponseWriter, r *http.Request) (access, error) {
	v, err := h.visiting(r)
	if err != nil {
		return access{}, err
	}
	a, err := h.newest(r.Context(), v)
	if err != nil || onlyHead(r) {
		return a, err
	}
	if err := h.spendDoor(r, v); err != nil {
		return access{}, err
	}
	return a, h.touch(w, r, v)
}

// newest reads what a visit was handed last.
func (h *Handler) newest(ctx context.Context, v *session.Visit) (access, error) {
	if len(v.Values.Actions) == 0 && v.Own() {
		return h.whole(ctx, v)
	}
	if len(v.Values.Actions) == 0 {
		return access{}, approvals.Refuse(approvals.CodeSessionEnded)
	}
	id := v.Values.Actions[len(v.Values.Actions)-1]
	found, err := h.Approvals.Reader.Action(ctx, approvals.ActionKey{Marketplace: v.Seller.Marketplace, ID: id})
	if err != nil {
		return access{}, fmt.Errorf("open action %s: %w", id, err)
	}
	return h.visited(ctx, v, found)
}

// visiting is the live session of a request.
func (h *Handler) visiting(r *http.Request) (*session.Visit, error) {
	found, err := h.Sessions.Current(r)
	switch {
	case err != nil:
		return nil, err
	case found.Visit == nil, found.Ended:
		return nil, approvals.Refuse(approvals.CodeSessionEnded)
	}
	return found.Visit, nil
}

func (h *Handler) visited(ctx context.Context, v *session.Visit, a approvals.Action) (access, error) {
	out := access{action: a, visit: v, base: actionPath(a), token: v.Values.Page}
	return out, h.parties(ctx, &out)
}

// parties reads the seller and the marketplace of an access.
func (h *Handler) parties(ctx context.Context, a *access) (err error) {
	if a.seller, err = h.Approvals.Reader.Seller(ctx, a.action.SellerKey()); err != nil {
		return fmt.Errorf("open action %s: %w", a.action.ID, err)
	}
	if a.market, err = h.Registry.Marketplace(ctx, a.action.Marketplace); err != nil {
		return fmt.Errorf("open action %s: %w", a.action.ID, err)
	}
	return nil
}

// touch keeps a session alive. One that another request has ended in the
// meantime stays ended.
func (h *Handler) touch(w http.ResponseWriter, r *http.Request, v *session.Visit) error {
	return h.Sessions.Touch(w, r, v)
}

// stopPath is the address of the question of S7 for this kind of access.
func (a access) stopPath() string {
	if a.base == stopBase || a.base == noticeBase {
		return a.base
	}
	return a.base + "/cancel"
}

// actionPath is where a session finds an action.
func actionPath(a approvals.Action) string { return "/actions/" + a.Reference }
