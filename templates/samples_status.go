package templates

import (
	"time"

	"countersign/approvals"
)

// SampleStatuses are S5 in every state, with the variants that read
// differently.
func SampleStatuses() []Sample {
	base := Status{
		Frame: sampleFrame(), Facts: SampleFacts(), Method: approvals.Passkey, Wait: 24 * time.Hour,
		Times:     Times{StepUpBy: sampleTime(23, 17, 21), Approved: sampleTime(22, 17, 24)},
		Addresses: []string{"g•••@ferri.example", "u•••@ferri.example"},
		Version:   4, Poll: "/actions/BD-7K4Q-2M9X/state", Self: "/actions/BD-7K4Q-2M9X/status",
		Stop: "/actions/BD-7K4Q-2M9X/stop", Return: "https://market.example/back",
	}
	with := func(name string, state approvals.State, change func(*Status)) Sample {
		p := base
		p.State = state
		change(&p)
		return Sample{"status-" + name, p}
	}
	cooling := func(p *Status) {
		p.Now, p.Times.NotBefore, p.Times.ConfirmBy = sampleTime(23, 2, 21), sampleTime(23, 17, 21), sampleTime(26, 17, 21)
	}
	window := func(p *Status) { cooling(p); p.Now = sampleTime(24, 10, 0) }
	confirmed := func(p *Status) { window(p); p.Times.Confirmed = sampleTime(24, 9, 58) }
	ended := func(p *Status) {
		cooling(p)
		p.Times.Ended, p.Poll, p.Restart = sampleTime(23, 2, 20), "", "https://market.example/bank"
	}
	cancelled := func(r approvals.CancelReason) func(*Status) {
		return func(p *Status) { ended(p); p.Cancel = r }
	}
	held := func(h Hold) func(*Status) { return func(p *Status) { cooling(p); p.Hold = h } }
	expired := func(e End) func(*Status) { return func(p *Status) { ended(p); p.End = e } }

	return []Sample{
		with("awaiting-step-up", approvals.AwaitingStepUp, func(p *Status) {
			p.Method, p.Times.Approved, p.Wait, p.Approve = "", time.Time{}, 0, "/actions/BD-7K4Q-2M9X"
		}),
		with("notifying", approvals.Notifying, func(p *Status) { p.Result = ResultApproved }),
		with("cooling-off", approvals.CoolingOff, cooling),
		with("cooling-off-open-end", approvals.CoolingOff, func(p *Status) { cooling(p); p.Times.ConfirmBy = time.Time{}; p.Method = approvals.TOTP }),
		with("cooling-off-first", approvals.CoolingOff, func(p *Status) { cooling(p); p.Facts = sampleFirst() }),
		with("awaiting-confirmation", approvals.AwaitingConfirmation, func(p *Status) { window(p); p.Resend = "/actions/BD-7K4Q-2M9X/resend" }),
		with("resent", approvals.AwaitingConfirmation, func(p *Status) { window(p); p.Result = ResultResent }),
		with("too-soon", approvals.AwaitingConfirmation, func(p *Status) { window(p); p.Result, p.Addresses = ResultTooSoon, p.Addresses[:1] }),
		with("approved", approvals.Approved, func(p *Status) { confirmed(p); p.Result = ResultConfirmed }),
		with("releasing", approvals.Releasing, confirmed),
		with("executed", approvals.Executed, func(p *Status) { confirmed(p); p.Times.Executed = sampleTime(24, 9, 59); p.Poll = "" }),
		with("executed-first", approvals.Executed, func(p *Status) {
			confirmed(p)
			p.Facts, p.Times.Executed = sampleFirst(), sampleTime(24, 9, 59)
		}),
		with("unresolved", approvals.Unresolved, confirmed),
		with("execution-failed", approvals.ExecutionFailed, confirmed),
		with("held-bounced", approvals.Held, held(Hold{Code: approvals.HoldNotice, Address: "g•••@ferri.example", Until: sampleTime(30, 2, 20)})),
		with("held-notice", approvals.Held, held(Hold{Code: approvals.HoldNotice})),
		with("held-locked", approvals.Held, held(Hold{Code: approvals.HoldLocked})),
		with("held-mismatch", approvals.Held, held(Hold{Code: approvals.HoldMismatch})),
		with("held-review", approvals.Held, held(Hold{Code: approvals.HoldReview})),
		with("held-agent", approvals.Held, held(Hold{Code: approvals.HoldAgent})),
		with("cancelled-mind", approvals.Cancelled, cancelled(approvals.ChangedMind)),
		with("cancelled-not-me", approvals.Cancelled, cancelled(approvals.NotMe)),
		with("cancelled-marketplace", approvals.Cancelled, cancelled(approvals.ByMarketplace)),
		with("cancelled-superseded", approvals.Cancelled, func(p *Status) { cancelled(approvals.Superseded)(p); p.Newer = "/actions/BD-9P2R-4T6V" }),
		with("cancelled-support", approvals.Cancelled, cancelled(approvals.BySupport)),
		with("denied", approvals.Denied, func(p *Status) {
			ended(p)
			p.Deny = "A payout account that appears in a fraud case cannot be used."
		}),
		with("expired-silence", approvals.Expired, expired(EndSilence)),
		with("expired-marketplace", approvals.Expired, expired(EndMarketplace)),
		with("expired-hold", approvals.Expired, expired(EndHold)),
		with("failed", approvals.Failed, func(p *Status) {
			p.Method, p.Times.Approved = "", time.Time{}
			p.Times.Ended, p.Retry = sampleTime(22, 17, 25), sampleTime(22, 17, 40)
		}),
	}
}
