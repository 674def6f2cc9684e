package seller

import (
	"time"

	"countersign/approvals"
	"countersign/templates"
)

// justSent is how long a link asked for counts as being on its way.
const justSent = 2 * time.Minute

// answerState says what a confirmation link finds, and the refusal whose status
// the page is answered with: nil where it may be answered or was. An empty
// state is an end that only the status tells.
func (h *Handler) answerState(a access) (templates.AnswerState, error) {
	switch a.action.State {
	case approvals.AwaitingStepUp:
		if a.action.Generation > 1 {
			return templates.AnswerAgain, approvals.Refuse(approvals.CodeLinkReplaced)
		}
		return templates.AnswerEarly, approvals.Refuse(approvals.CodeTooEarly)
	case approvals.Notifying, approvals.CoolingOff:
		return templates.AnswerEarly, approvals.Refuse(approvals.CodeTooEarly)
	case approvals.AwaitingConfirmation:
		return h.openState(a)
	case approvals.Held:
		if a.action.Hold == approvals.HoldLocked {
			return templates.AnswerLocked, approvals.Refuse(approvals.CodeSellerLocked)
		}
		return templates.AnswerHeld, approvals.Refuse(approvals.CodeState)
	case approvals.Approved, approvals.Releasing, approvals.Executed, approvals.ExecutionFailed, approvals.Unresolved:
		return templates.AnswerAlready, nil
	case approvals.Cancelled:
		return templates.AnswerCancelled, approvals.Refuse(approvals.CodeTooLate)
	case approvals.Expired:
		return templates.AnswerOver, approvals.Refuse(approvals.CodeTooLate)
	case approvals.Denied, approvals.Failed:
	}
	return "", approvals.Refuse(approvals.CodeTooLate)
}

// openState is answerState while the action waits for the answer: what counts
// is the window, the lock and the link.
func (h *Handler) openState(a access) (templates.AnswerState, error) {
	now := h.now()
	switch {
	case !now.Before(a.action.ConfirmBy):
		return templates.AnswerOver, approvals.Refuse(approvals.CodeTooLate)
	case a.seller.Locked:
		return templates.AnswerLocked, approvals.Refuse(approvals.CodeSellerLocked)
	case is(a.stale, approvals.CodeLinkReplaced) && now.Before(a.action.ResentAt.Add(justSent)):
		return templates.AnswerSent, nil
	case is(a.stale, approvals.CodeLinkExpired):
		return templates.AnswerLinkOver, a.stale
	case a.stale != nil:
		return templates.AnswerReplaced, a.stale
	case !a.action.Verified():
		return templates.AnswerUnheard, approvals.Refuse(approvals.CodeContactUnverified)
	}
	return templates.AnswerOpen, nil
}
