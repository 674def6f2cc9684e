package templates

import (
	"time"

	"countersign/approvals"
)

// SampleAnswers are the states of S6.
func SampleAnswers() []Sample {
	base := Answer{
		Frame: sampleFrame(), Facts: SampleFacts(), State: AnswerOpen, Way: WayPasskey, Submit: "/confirm",
		NotBefore: sampleTime(23, 17, 21), ConfirmBy: sampleTime(26, 17, 21),
	}
	with := func(name string, state AnswerState, change func(*Answer)) Sample {
		p := base
		p.State = state
		if state != AnswerOpen {
			p.Status, p.Stop = "/confirm/status", "/confirm/stop"
		}
		change(&p)
		return Sample{"answer-" + name, p}
	}
	already := func(what GivenAnswer) func(*Answer) {
		return func(p *Answer) {
			p.Answered = Answered{What: what, At: sampleTime(24, 9, 58), Device: Device{Browser: "Safari", System: "iPhone"}}
		}
	}
	none := func(*Answer) {}
	return []Sample{
		with("open", AnswerOpen, none),
		with("unchosen", AnswerOpen, func(p *Answer) { p.Unchosen, p.Way = true, WayCode }),
		with("first", AnswerOpen, func(p *Answer) { p.Facts = sampleFirst() }),
		with("early", AnswerEarly, none),
		with("already-yes", AnswerAlready, already(AnswerYes)),
		with("already-mind", AnswerAlready, already(AnswerChangedMind)),
		with("already-not-me", AnswerAlready, already(AnswerNotMe)),
		with("replaced", AnswerReplaced, func(p *Answer) { p.NewLink = "/confirm/new" }),
		with("link-over", AnswerLinkOver, func(p *Answer) { p.NewLink = "/confirm/new" }),
		with("sent", AnswerSent, none),
		with("wait", AnswerWait, none),
		with("over", AnswerOver, func(p *Answer) { p.Restart = "https://market.example/bank" }),
		with("held", AnswerHeld, func(p *Answer) { p.Hold = Hold{Code: approvals.HoldReview} }),
		with("locked", AnswerLocked, none),
		with("cancelled", AnswerCancelled, func(p *Answer) { p.Cancel = approvals.Superseded }),
		with("again", AnswerAgain, none),
		with("elsewhere", AnswerElsewhere, none),
	}
}

// SampleStops are the states of S7 and its done pages.
func SampleStops() []Sample {
	stop := Stop{Frame: sampleFrame(), Facts: SampleFacts(), State: StopOpen, Submit: "/cancel", Back: "/actions/BD-7K4Q-2M9X"}
	status := SampleStatuses()[2].Page.(Status)
	stop.Status = &status
	unchosen, late, first := stop, stop, stop
	unchosen.Unchosen = true
	late.State, late.Back, late.Status = StopLate, "", nil
	lateUnchosen := late
	lateUnchosen.Unchosen = true
	first.Facts = sampleFirst()

	at := sampleTime(22, 17, 40)
	mind := Stopped{
		Frame: sampleFrame(), Facts: SampleFacts(), Answer: AnswerChangedMind, Cancelled: at,
		Restart: "https://market.example/bank", NotMe: "/cancel",
	}
	mindFirst := mind
	mindFirst.Facts = sampleFirst()
	notMe := Stopped{
		Frame: sampleFrame(), Facts: SampleFacts(), Answer: AnswerNotMe, Cancelled: at, Locked: at, SignOut: at,
		Case: "C-10442", LockedURL: "/locked",
	}
	tooLate := notMe
	tooLate.Cancelled, tooLate.SignOut, tooLate.Case, tooLate.TooLate = time.Time{}, time.Time{}, "", true
	tooLateFirst := tooLate
	tooLateFirst.Facts = sampleFirst()
	return []Sample{
		{"stopped-not-me-late-first", tooLateFirst},
		{"stop-open", stop}, {"stop-unchosen", unchosen}, {"stop-late", late}, {"stop-late-unchosen", lateUnchosen}, {"stop-first", first},
		{"stopped-mind", mind}, {"stopped-mind-first", mindFirst}, {"stopped-not-me", notMe}, {"stopped-not-me-late", tooLate},
	}
}

// SampleLocked are the variants of S8.
func SampleLocked() []Sample {
	known := Locked{
		Frame: sampleFrame(), Old: "3456", Why: approvals.LockNotMe, Since: sampleTime(22, 17, 40), Trusted: true,
		Case: "C-10442", AnswerBy: sampleTime(23, 17, 40), Support: "mailto:support@market.example",
	}
	unknown := Locked{Frame: sampleFrame(), Why: approvals.LockMarketplace, Since: sampleTime(22, 17, 40), Case: "C-10442"}
	late := known
	late.TooLate = "4300"
	paidOut, loan := known, sampleLoan(SampleFacts())
	paidOut.Loan = &loan
	carriedOut, defined := known, sampleDefined(SampleFacts())
	carriedOut.Loan = &defined
	return []Sample{{"locked-mail", known}, {"locked-session", unknown}, {"locked-late", late}, {"locked-late-loan", paidOut}, {"locked-late-defined", carriedOut}}
}

// SampleHandoffs are the states of S12.
func SampleHandoffs() []Sample {
	return []Sample{
		{"handoff-used", Handoff{Frame: sampleFrame(), State: HandoffUsed, Return: "https://market.example/bank"}},
		{"handoff-expired", Handoff{Frame: sampleFrame(), State: HandoffExpired}},
	}
}

// SampleProblems are the kinds of S13.
func SampleProblems() []Sample {
	var out []Sample
	for _, k := range ProblemKinds {
		p := Problem{Frame: sampleFrame(), Kind: k}
		switch k {
		case ProblemLink:
			p.Lookup = "/find"
		case ProblemTooMany:
			p.Until = sampleTime(22, 17, 40)
		case ProblemConflict:
			p.Stop, p.Return = "/actions/BD-7K4Q-2M9X/stop", "https://market.example/bank"
		case ProblemInternal:
			p.Request = "01JD5Z8Q"
		case ProblemSession:
			p.Restart = "/restart"
		case ProblemNotFound, ProblemForbidden, ProblemMethod, ProblemGone, ProblemTooLarge, ProblemInput, ProblemUnavailable, ProblemTravel:
		}
		out = append(out, Sample{"problem-" + string(k), p})
	}
	out = append(out, Sample{"problem-travel-until", Problem{Frame: sampleFrame(), Kind: ProblemTravel, Until: sampleTime(30, 0, 0), Stop: "/cancel"}})
	return append(out, Sample{"problem-too_many-unsure", Problem{Frame: sampleFrame(), Kind: ProblemTooMany}})
}
