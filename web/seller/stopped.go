package seller

import (
	"context"
	"net/http"

	"countersign/approvals"
	"countersign/templates"
	"countersign/web/page"
)

// stoppedShow is the done page of S7. It says what is so, read from the action
// and its seller, so it can be opened again at any time.
func (h *Handler) stoppedShow(enter entrance) page.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		a, err := enter(w, r)
		if err != nil {
			return err
		}
		notMe := a.action.Cancel == approvals.NotMe || a.seller.Locked && a.seller.LockedBy == approvals.LockNotMe
		if a.action.State != approvals.Cancelled && !notMe {
			return seeOther(w, a.stopPath())
		}
		p, err := h.stopped(r.Context(), a, notMe)
		if err != nil {
			return err
		}
		return h.show(w, r, a, http.StatusOK, p)
	}
}

func (h *Handler) stopped(ctx context.Context, a access, notMe bool) (templates.Stopped, error) {
	facts, err := templates.FactsOf(a.action, a.seller)
	if err != nil {
		return templates.Stopped{}, err
	}
	p := templates.Stopped{Frame: h.frame(a, a.base+"/cancelled"), Facts: facts, Answer: templates.AnswerChangedMind}
	if a.action.State == approvals.Cancelled {
		p.Cancelled = a.action.EndedAt
	}
	if !notMe {
		p.Restart, p.NotMe = templates.Link(a.action.ReturnURL), templates.Link(a.stopPath())
		return p, nil
	}
	p.Answer, p.TooLate = templates.AnswerNotMe, templates.TooLate(a.action.State)
	if a.seller.Locked {
		// The webhook of the lock asks the marketplace to sign out every device.
		p.Locked, p.SignOut, p.LockedURL = a.seller.LockedAt, a.seller.LockedAt, "/locked"
	}
	p.Case, err = h.caseNumber(ctx, a)
	return p, err
}

// caseNumber is the number of the seller's open case, empty if there is none
// or the reader is not to know it: an intruder in a session may be looking.
func (h *Handler) caseNumber(ctx context.Context, a access) (string, error) {
	if !a.trusted() {
		return "", nil
	}
	c, err := h.Cases.OpenCase(ctx, a.action.SellerKey())
	if is(err, approvals.CodeNotFound) {
		return "", nil
	}
	return c.Number, err
}

// trusted reports whether the reader came from a mail or gave a proof.
func (a access) trusted() bool { return a.visit == nil || a.visit.Proved }
