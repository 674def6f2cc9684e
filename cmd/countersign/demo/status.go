package demo

import (
	"context"
	"fmt"
	"time"

	"countersign/client"
)

// status is a change as a page shows it.
type status struct {
	ID, Reference string
	From, To      client.Destination
	Loan          *client.Loan // where it is one; From is empty then
	Payout        *payout      // likewise
	Words         string       // what the state means for the seller
	Kind          string       // of the note: info, ok, warn, danger
	State         client.State
	Reason        string // of a cancelled one
	NotBefore     string // when the seller can confirm, in their zone

	CanOpen, CanContinue, CanSkip, CanCancel, Answer, Done bool
}

// look settles a change and shows where it stands. Without an answer of the
// gateway the page still says what is certain.
func (m *Marketplace) look(ctx context.Context, c change, s seller) status {
	st := status{ID: c.ID, Reference: c.Reference, To: c.Details.To, Kind: "info"}
	if c.Details.From != nil {
		st.From = *c.Details.From
	}
	if c.Loan != nil {
		st.Loan, st.To = c.Loan, c.Loan.Destination
	}
	if c.Payout != nil {
		st.Payout, st.To = c.Payout, c.Payout.Destination
	}
	a, err := m.settle(ctx, c.ID)
	if err != nil {
		m.config.Log.WarnContext(ctx, "look at a change", "action", c.ID, "error", err)
		st.Kind, st.Words = "warn", "We could not finish asking Countersign about this change. Until it is in place, the old account is paid. Load this page again."
		return st
	}
	st.State, st.Reason, st.NotBefore = a.State, a.CancelReason, local(a.NotBefore, s)
	st.Words, st.Kind = words(a)
	if said, differs := loanWords[a.State]; differs && c.kind() != client.PayoutAccountChange {
		st.Words = said
	}
	st.Done = a.State == client.ExecutedState
	st.CanOpen = !over(a.State) // the gateway hands nobody over to what has ended
	st.CanContinue = a.State == client.AwaitingStepUp
	st.CanSkip = a.State == client.CoolingOff && a.NotBefore.After(m.config.Now())
	st.CanCancel = !over(a.State) && !claimable(a.State) && a.State != client.Unresolved || a.State == client.Approved
	st.Answer = a.State == client.AwaitingConfirmation || a.State == client.CoolingOff && !st.CanSkip
	return st
}

// words says what a state means, and how the note is coloured.
func words(a *client.Action) (text, kind string) {
	switch a.State {
	case client.AwaitingStepUp:
		return "Waiting for your approval. Nothing has changed yet.", "info"
	case client.Notifying:
		return "Approved. Every known address is being told; the wait has not started.", "info"
	case client.CoolingOff:
		return "Cooling-off. The account you are paid into has not changed.", "info"
	case client.AwaitingConfirmation:
		return "You can confirm now: open our newest email and answer it.", "info"
	case client.Approved, client.Releasing, client.ExecutionFailed:
		return "Confirmed. We are putting it in place.", "info"
	case client.Unresolved:
		return "Confirmed. We are finding out whether it is in place.", "warn"
	case client.ExecutedState:
		return "In use: you are paid into the new account.", "ok"
	case client.Held:
		text = "On hold."
		if a.Hold != nil {
			text = "On hold. " + a.Hold.Text
		}
		return text, "warn"
	case client.Cancelled:
		return "Cancelled" + cancelledBy(a.CancelReason) + ". Nothing changed.", "ok"
	case client.Denied:
		return "Not allowed by the policy. Nothing changed.", "danger"
	case client.Expired:
		return "Ended without an answer. Nothing changed.", "warn"
	case client.FailedState:
		return "Ended after too many tries. Nothing changed.", "danger"
	}
	return fmt.Sprintf("Countersign says %q.", a.State), "info"
}

// loanWords are the states that mean something else where money is lent, or paid out.
var loanWords = map[client.State]string{
	client.AwaitingStepUp:  "Waiting for your approval. Nothing is paid out yet.",
	client.CoolingOff:      "Cooling-off. Nothing is paid out yet.",
	client.Approved:        "Confirmed. We are paying it out.",
	client.Releasing:       "Confirmed. We are paying it out.",
	client.ExecutionFailed: "Confirmed. We are paying it out.",
	client.Unresolved:      "Confirmed. We are finding out whether it is paid out.",
	client.ExecutedState:   "Paid out.",
}

func cancelledBy(reason string) string {
	switch reason {
	case "not_me":
		return ": the owner answered \u201cI did not ask for this\u201d"
	case "changed_mind":
		return ": changed their mind"
	case "superseded":
		return ": replaced by a newer one"
	}
	return ""
}

// untilConfirm is how far the test clock has to go for the wait to be over.
func untilConfirm(a *client.Action, now time.Time) time.Duration {
	if a.State != client.CoolingOff {
		return 0
	}
	return a.NotBefore.Sub(now)
}
