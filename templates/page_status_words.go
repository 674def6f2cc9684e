package templates

import (
	"time"

	"countersign/approvals"
)

// stateText is the headline of an action's state (UX §1).
func (w *words) stateText(p Status) (string, error) {
	key := "state." + string(p.State)
	switch p.State {
	case approvals.AwaitingStepUp:
		return w.dateText(p, key, "Until", p.Times.StepUpBy)
	case approvals.CoolingOff:
		return w.windowText(p, key)
	case approvals.AwaitingConfirmation:
		return w.dateText(p, key, "Until", p.Times.ConfirmBy)
	case approvals.Executed:
		return w.dateText(p, key, "When", p.Times.Executed)
	case approvals.Held:
		reason, err := w.t("held." + string(p.Hold.Code))
		if err != nil {
			return "", err
		}
		return w.t(key, "Reason", reason)
	case approvals.Cancelled:
		reason, err := w.t("cancel."+string(p.Cancel), "Marketplace", p.Marketplace)
		if err != nil {
			return "", err
		}
		return w.t(key, "Reason", reason)
	case approvals.Denied:
		return w.t(key, "Rule", w.rule(p.Why))
	case approvals.Expired:
		return w.t(key+"."+string(p.End), "Marketplace", p.Marketplace)
	case approvals.Notifying, approvals.Approved, approvals.Releasing, approvals.ExecutionFailed,
		approvals.Unresolved, approvals.Failed:
		return w.t(key, "Marketplace", p.Marketplace)
	}
	return "", unknownState(p.State)
}

func (w *words) dateText(p Status, key, name string, at time.Time) (string, error) {
	date, err := w.full(p.Zone, at)
	if err != nil {
		return "", err
	}
	return w.t(key, name, date)
}

// windowText says from when the seller can confirm, and until when where that
// is fixed already.
func (w *words) windowText(p Status, key string) (string, error) {
	from, err := w.full(p.Zone, p.Times.NotBefore)
	if err != nil {
		return "", err
	}
	if p.Times.ConfirmBy.IsZero() {
		return w.t(key+".from", "From", from)
	}
	until, err := w.medium(p.Zone, p.Times.ConfirmBy)
	if err != nil {
		return "", err
	}
	return w.t(key, "From", from, "Until", until)
}

// stateMore are the sentences below the headline: what to do, who was told.
func (w *words) stateMore(p Status) ([]string, error) {
	s := sentences{words: w}
	switch p.State {
	case approvals.AwaitingStepUp:
		s.say("more.awaiting_step_up")
	case approvals.Notifying:
		s.why(p)
		s.addresses("more.notifying", p.Addresses)
		s.say("wait.idle")
	case approvals.CoolingOff:
		s.why(p)
		s.say("wait.idle")
		s.addresses("more.cooling_off", p.Addresses)
	case approvals.AwaitingConfirmation:
		s.addresses("more.awaiting_confirmation", p.Addresses)
	case approvals.Held:
		if p.Hold.Code != approvals.HoldReview { // of a review nothing more is said
			s.add(s.hold(p.Hold, p.Marketplace))
		}
		s.say("wait.idle")
		if !p.Hold.Until.IsZero() {
			s.dated("more.held.until", p, p.Hold.Until)
		}
	case approvals.Denied:
		s.say("more.denied", "Marketplace", p.Marketplace)
	case approvals.Failed:
		if !p.Retry.IsZero() {
			s.dated("more.failed", p, p.Retry)
		}
	case approvals.Cancelled:
		s.dated("more.ended", p, p.Times.Ended)
	case approvals.Expired:
		s.dated("more.ended", p, p.Times.Ended)
	case approvals.Approved, approvals.ExecutionFailed, approvals.Unresolved:
		s.say("wait.idle")
	case approvals.Releasing:
		s.say("more.releasing")
	case approvals.Executed:
		s.say("more.executed")
	}
	return s.all, s.err
}

// sentences collects sentences; the first error sticks.
type sentences struct {
	*words
	all []string
	err error
}

func (s *sentences) say(key string, pairs ...any) { s.add(s.t(key, pairs...)) }

func (s *sentences) add(text string, err error) {
	if err != nil && s.err == nil {
		s.err = err
	}
	s.all = append(s.all, sentence(text))
}

func (s *sentences) why(p Status) {
	text, err := s.words.why(p.Why)
	if text != "" && p.Wait > 0 || err != nil {
		s.add(text, err)
	}
}

func (s *sentences) dated(key string, p Status, at time.Time) {
	if at.IsZero() {
		return
	}
	date, err := s.full(p.Zone, at)
	if err != nil && s.err == nil {
		s.err = err
	}
	s.say(key, "When", date)
}

func (s *sentences) addresses(key string, masked []string) {
	list, err := s.list(masked)
	if err != nil && s.err == nil {
		s.err = err
	}
	if list != "" {
		s.say(key, "Addresses", list)
	}
}

// resultText is the line that tells a seller what they have just done (S12).
func (w *words) resultText(p Status) (string, error) {
	switch p.Result {
	case ResultApproved:
		return w.t("result.approved", "Clock", w.clock(p.Zone, p.Times.Approved))
	case ResultConfirmed:
		return w.t("result.confirmed", "Clock", w.clock(p.Zone, p.Times.Confirmed))
	case ResultNone:
		return "", nil
	case ResultResent, ResultTooSoon:
	}
	return w.t("result." + string(p.Result))
}

// Deadline is the instant the page counts down to, zero when nothing is
// counted.
func (p Status) Deadline() time.Time {
	switch p.State {
	case approvals.AwaitingStepUp:
		return p.Times.StepUpBy
	case approvals.CoolingOff:
		return p.Times.NotBefore
	case approvals.AwaitingConfirmation:
		return p.Times.ConfirmBy
	case approvals.Notifying, approvals.Approved, approvals.Releasing, approvals.Executed, approvals.ExecutionFailed,
		approvals.Unresolved, approvals.Held, approvals.Cancelled, approvals.Denied, approvals.Expired, approvals.Failed:
	}
	return time.Time{}
}

// Quiet reports whether silence still means that nothing changes.
func (p Status) Quiet() bool {
	return p.State.Stoppable() && p.State != approvals.Approved
}
