package templates

import (
	"time"

	"countersign/approvals"
)

// SampleStatuses are S5 in every state, with the variants that read
// differently.
func SampleStatuses() []Sample {
	return append(append(sampleOpen(), sampleHeld()...), sampleEnded()...)
}

// sampleStatus is one of them, made from the story's status by changes.
func sampleStatus(name string, state approvals.State, changes ...func(*Status)) Sample {
	p := Status{
		Frame: sampleFrame(), Facts: SampleFacts(), State: state, Method: approvals.Passkey, Wait: 24 * time.Hour,
		Times:     Times{StepUpBy: sampleTime(23, 17, 21), Approved: sampleTime(22, 17, 24)},
		Addresses: []string{"g•••@ferri.example", "u•••@ferri.example"},
		Why:       sampleReason(), Version: 4, Poll: "/actions/BD-7K4Q-2M9X/state", Self: "/actions/BD-7K4Q-2M9X/status",
		Stop: "/actions/BD-7K4Q-2M9X/stop", Return: "https://market.example/back",
	}
	for _, change := range changes {
		change(&p)
	}
	return Sample{"status-" + name, p}
}

// sampleReason is why the story's change waits.
func sampleReason() Sentence {
	return Sentence{"en": "The new account is in another country than the old one.", "it": "Il nuovo conto è in un Paese diverso da quello precedente."}
}

// The changes follow the story: the wait, the window, the confirmation, an
// end in the middle of the wait.
func sampleCooling(p *Status) {
	p.Now, p.Times.NotBefore, p.Times.ConfirmBy = sampleTime(23, 2, 21), sampleTime(23, 17, 21), sampleTime(26, 17, 21)
}

func sampleWindow(p *Status) {
	sampleCooling(p)
	p.Now = sampleTime(24, 10, 0)
}

func sampleConfirmed(p *Status) {
	sampleWindow(p)
	p.Times.Confirmed = sampleTime(24, 9, 58)
}

func sampleEnd(p *Status) {
	sampleCooling(p)
	p.Times.Ended, p.Poll, p.Restart = sampleTime(23, 2, 20), "", "https://market.example/bank"
}

func sampleOpen() []Sample {
	unproved := func(p *Status) {
		p.Method, p.Times.Approved, p.Wait, p.Approve = "", time.Time{}, 0, "/actions/BD-7K4Q-2M9X"
	}
	openEnd := func(p *Status) { p.Times.ConfirmBy, p.Method = time.Time{}, approvals.TOTP }
	first := func(p *Status) { p.Facts = sampleFirst() }
	executed := func(p *Status) { p.Times.Executed, p.Poll, p.Own = sampleTime(24, 9, 59), "", "/security" }
	result := func(r Result) func(*Status) { return func(p *Status) { p.Result = r } }
	return []Sample{
		sampleStatus("awaiting-step-up", approvals.AwaitingStepUp, unproved),
		sampleStatus("notifying", approvals.Notifying, result(ResultApproved)),
		sampleStatus("cooling-off", approvals.CoolingOff, sampleCooling),
		sampleStatus("cooling-off-open-end", approvals.CoolingOff, sampleCooling, openEnd),
		sampleStatus("cooling-off-first", approvals.CoolingOff, sampleCooling, first),
		sampleStatus("awaiting-confirmation", approvals.AwaitingConfirmation, sampleWindow, func(p *Status) { p.Resend = "/actions/BD-7K4Q-2M9X/resend" }),
		sampleStatus("elsewhere", approvals.CoolingOff, sampleCooling, func(p *Status) { p.Method, p.Elsewhere = approvals.TOTP, true }),
		sampleStatus("resent", approvals.AwaitingConfirmation, sampleWindow, result(ResultResent)),
		sampleStatus("too-soon", approvals.AwaitingConfirmation, sampleWindow, result(ResultTooSoon), func(p *Status) { p.Addresses = p.Addresses[:1] }),
		sampleStatus("approved", approvals.Approved, sampleConfirmed, result(ResultConfirmed)),
		sampleStatus("releasing", approvals.Releasing, sampleConfirmed),
		sampleStatus("executed", approvals.Executed, sampleConfirmed, executed),
		sampleStatus("executed-first", approvals.Executed, sampleConfirmed, executed, first),
		sampleStatus("unresolved", approvals.Unresolved, sampleConfirmed),
		sampleStatus("execution-failed", approvals.ExecutionFailed, sampleConfirmed),
	}
}

func sampleHeld() []Sample {
	held := func(name string, h Hold) Sample {
		return sampleStatus("held-"+name, approvals.Held, sampleCooling, func(p *Status) { p.Hold = h })
	}
	return []Sample{
		held("bounced", Hold{Code: approvals.HoldNotice, Address: "g•••@ferri.example", Until: sampleTime(30, 2, 20)}),
		held("notice", Hold{Code: approvals.HoldNotice}),
		held("locked", Hold{Code: approvals.HoldLocked}),
		held("mismatch", Hold{Code: approvals.HoldMismatch}),
		held("review", Hold{Code: approvals.HoldReview}),
		held("agent", Hold{Code: approvals.HoldAgent}),
	}
}

func sampleEnded() []Sample {
	cancelled := func(name string, r approvals.CancelReason) Sample {
		return sampleStatus("cancelled-"+name, approvals.Cancelled, sampleEnd, func(p *Status) {
			if p.Cancel = r; r == approvals.Superseded {
				p.Newer = "/actions/BD-9P2R-4T6V"
			}
		})
	}
	expired := func(e End) Sample {
		return sampleStatus("expired-"+string(e), approvals.Expired, sampleEnd, func(p *Status) { p.End = e })
	}
	return []Sample{
		cancelled("mind", approvals.ChangedMind),
		cancelled("not-me", approvals.NotMe),
		cancelled("marketplace", approvals.ByMarketplace),
		cancelled("superseded", approvals.Superseded),
		cancelled("support", approvals.BySupport),
		sampleStatus("denied", approvals.Denied, sampleEnd, func(p *Status) {
			p.Why = Sentence{"en": "A payout account that appears in a fraud case cannot be used.", "it": "Un conto che compare in un caso di frode non può essere usato."}
		}),
		expired(EndSilence), expired(EndMarketplace), expired(EndHold),
		sampleStatus("failed", approvals.Failed, sampleEnd, func(p *Status) {
			p.Now, p.Method, p.Wait = sampleTime(22, 17, 25), "", 0
			p.Times, p.Retry = Times{StepUpBy: p.Times.StepUpBy, Ended: p.Now}, sampleTime(22, 17, 40)
		}),
	}
}
