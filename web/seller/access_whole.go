package seller

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"

	"countersign/approvals"
	"countersign/web/session"
)

// ownBase is the address of what concerns a seller as a whole.
const (
	ownBase      = "/security"
	securityPath = ownBase
	historyPath  = "/history"
)

// byOwn opens the pages of a seller as a whole: to a session that the
// marketplace began for the seller and not for one action, and to one in which
// the seller has given a proof. To any other they are not there. A form spends
// the link that the session began with; where another session was first, it
// does nothing.
func (h *Handler) byOwn(w http.ResponseWriter, r *http.Request) (access, error) {
	v, err := h.visiting(r)
	if err != nil {
		return access{}, err
	}
	if !v.Own() {
		return access{}, approvals.Refuse(approvals.CodeNotFound)
	}
	a, err := h.whole(r.Context(), v)
	if err != nil || onlyHead(r) {
		return a, err
	}
	if err := h.spendDoor(r, v); err != nil {
		return access{}, err
	}
	return a, h.touch(w, r, v)
}

// whole reads the seller of a visit. No action is part of it.
func (h *Handler) whole(ctx context.Context, v *session.Visit) (access, error) {
	a := access{
		action: approvals.Action{Marketplace: v.Seller.Marketplace, Seller: v.Seller.Seller},
		visit:  v, base: ownBase, token: v.Values.Page,
	}
	return a, h.parties(ctx, &a)
}

// wholly reports whether the access is of a seller and of no action.
func (a access) wholly() bool { return a.action.ID == "" }

// home is where the marketplace is.
func (a access) home() string {
	if a.action.ReturnURL == "" && len(a.market.ReturnURLs) > 0 {
		return a.market.ReturnURLs[0]
	}
	return a.action.ReturnURL
}

// spendDoor spends the hand-off that a visit began with, on its first form. The
// caller saves the visit.
func (h *Handler) spendDoor(r *http.Request, v *session.Visit) error {
	if r.Method != http.MethodPost || v.Values.Door == "" {
		return nil
	}
	var hash [32]byte
	if n, err := hex.Decode(hash[:], []byte(v.Values.Door)); err != nil || n != len(hash) {
		return fmt.Errorf("read session: a door of %d bytes: %w", n, err)
	}
	if err := h.Approvals.SpendSeller(r.Context(), hash); err != nil {
		return err
	}
	v.Values.Door = ""
	return nil
}
