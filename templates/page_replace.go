package templates

import (
	"time"

	"countersign/approvals"
)

// Replace is the page behind the mailed link of a recovery: what will happen, and
// one button. Opening it changes nothing.
type Replace struct {
	Frame
	State  ReplaceState
	Start  Post      // ReplaceOpen: leads to the set-up
	Until  time.Time // ReplaceOpen: of the recovery
	Payout time.Time // ReplaceOpen: what is set up now can approve payouts from then
}

// ReplaceState is what the link finds.
type ReplaceState string

const (
	ReplaceOpen   ReplaceState = "open"
	ReplaceDone   ReplaceState = "done"   // something new was set up by it
	ReplaceOver   ReplaceState = "over"   // stopped, lapsed, or a link that a newer one replaced
	ReplaceLocked ReplaceState = "locked" // the account is
	ReplaceTravel ReplaceState = "travel"
)

func (Replace) name() string                     { return "replace" }
func (p Replace) title(w *words) (string, error) { return w.t("replace.title." + string(p.State)) }

// recoveryEffect says what follows from what the desk did about lost sign-in
// methods: what will happen when, what has not, and what stops it.
func (w *words) recoveryEffect(n SecurityNotice, zone *time.Location) ([]string, error) {
	from, err := w.full(zone, n.From)
	if err != nil {
		return nil, err
	}
	until, err := w.full(zone, n.Until)
	if err != nil {
		return nil, err
	}
	more := map[approvals.SecurityEvent][]string{
		approvals.SecurityRecoveryAsked:  {"1", "2"},
		approvals.SecurityRecoveryAgreed: {"1", "2", "3"},
		approvals.SecurityRecoveryOpen:   {"1", "2"},
		approvals.SecurityRecoveryDone:   {"1", "2"},
	}[n.What]
	var out []string
	for _, part := range append(more, "last") {
		s, err := w.t("notice.effect."+string(n.What)+"."+part, "From", from, "Until", until)
		if err != nil {
			return nil, err
		}
		out = append(out, sentence(s))
	}
	return out, nil
}

// sampleSupport are the notices of a recovery by the desk.
func sampleSupport() map[string]SecurityNotice {
	at := sampleTime(22, 17, 21)
	opens := at.Add(approvals.RecoveryWait)
	by := func(what approvals.SecurityEvent, from, until time.Time) SecurityNotice {
		return SecurityNotice{What: what, At: at, From: from, Until: until}
	}
	done := by(approvals.SecurityRecoveryDone, at.Add(approvals.RecoveryQuarantine), time.Time{})
	done.Method, done.Label, done.Remote = approvals.Passkey, "iPhone", true
	done.Device, done.Place = Device{Browser: "Safari", System: "iPhone"}, Place{Country: "IT", IP: "203.0.113.24"}
	return map[string]SecurityNotice{
		"support-asked":    by(approvals.SecurityRecoveryAsked, time.Time{}, time.Time{}),
		"support-agreed":   by(approvals.SecurityRecoveryAgreed, opens, opens.Add(approvals.RecoveryQuarantine)),
		"support-open":     by(approvals.SecurityRecoveryOpen, at.Add(approvals.RecoveryLife), at.Add(approvals.RecoveryLinkLife)),
		"support-stopped":  by(approvals.SecurityRecoveryStopped, time.Time{}, time.Time{}),
		"support-declined": by(approvals.SecurityRecoveryDeclined, time.Time{}, time.Time{}),
		"support-lapsed":   by(approvals.SecurityRecoveryLapsed, time.Time{}, time.Time{}),
		"support-done":     done,
	}
}

// sampleRecover is the link of a sample mail.
func sampleRecover(n SecurityNotice) Link {
	if n.What != approvals.SecurityRecoveryOpen {
		return ""
	}
	return "https://approve.market.example/replace/rT7"
}

// sampleReplaces are the pages behind the link, and S9 with its last way.
func sampleReplaces() []Sample {
	now := sampleTime(22, 17, 21)
	base := Recover{Frame: sampleFrame(), Back: "/security"}
	ask, asked, waiting, open := base, base, base, base
	ask.Ask, ask.Preview = "/recover/support", approvals.PreviewRecovery(now)
	asked.Asked = now.Add(-time.Hour)
	waiting.Running = ask.Preview
	open.Running, open.LinkSent = ask.Preview, true
	out := []Sample{{"recover-ask", ask}, {"recover-asked", asked}, {"recover-waiting", waiting}, {"recover-open", open}}
	for _, s := range []ReplaceState{ReplaceOpen, ReplaceDone, ReplaceOver, ReplaceLocked, ReplaceTravel} {
		p := Replace{Frame: sampleFrame(), State: s}
		if s == ReplaceOpen {
			p.Start, p.Until, p.Payout = "/replace", now.Add(approvals.RecoveryLife), now.Add(approvals.RecoveryQuarantine)
		}
		out = append(out, Sample{"replace-" + string(s), p})
	}
	return out
}
