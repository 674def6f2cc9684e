package templates

import (
	"time"

	"countersign/approvals"
)

// sampleOwn are the facts of the kinds that are about no bank account.
func sampleOwn() []Facts {
	facts := func(k approvals.Kind, ref string, from *Account, to string) Facts {
		f := SampleFacts()
		f.Kind, f.Reference, f.From, f.To = k, ref, from, Account{Text: to}
		return f
	}
	return []Facts{
		facts(approvals.ContactChange, "EM-7K4Q-2M9X", &Account{Text: "giulia@ferri.example"}, "g.ferri@post.example"),
		facts(approvals.AuthenticatorAdd, "SI-7K4Q-2M9X", nil, "iPhone"),
		facts(approvals.AuthenticatorRemove, "SI-3P8R-6T2W", nil, "MacBook"),
		facts(approvals.ApproverAdd, "PE-5H2V-8K3N", nil, "Marco Neri, marco@neri.example"),
		facts(approvals.ApproverRemove, "PE-9W4D-2B7C", nil, "Marco Neri, marco@neri.example"),
	}
}

// sampleOwnPages are the pages of an action whose words depend on its kind.
func sampleOwnPages() []Sample {
	var out []Sample
	for _, f := range sampleOwn() {
		add := func(page string, p Page) { out = append(out, Sample{page + "-" + f.family(), p}) }
		passkey := samplePasskey("/actions/x/approve", "/actions/x/challenge", sampleGet)
		review := Review{
			Frame: sampleFrame(), Facts: f, Stage: approvals.StageStepUp, Way: WayPasskey, Passkey: &passkey,
			Wait: 72 * time.Hour, Refuse: "/actions/x/cancel", Digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		}
		if f.Kind == approvals.AuthenticatorAdd {
			review.Recovery = "/actions/x/recovery"
			only := review
			only.Way, only.Passkey = WayRecovery, nil
			add("review-recovery", only)
		}
		add("review", review)
		review.Stage = approvals.StageConfirmation
		add("review-confirm", review)
		add("code", Code{Frame: sampleFrame(), Facts: f, Stage: approvals.StageStepUp, Submit: "/x", Back: "/x", Refuse: "/x", TriesLeft: 5})
		add("answer", Answer{Frame: sampleFrame(), Facts: f, State: AnswerOpen, Way: WayPasskey, Submit: "/confirm", ConfirmBy: sampleTime(26, 17, 21)})
		add("stop", Stop{Frame: sampleFrame(), Facts: f, State: StopOpen, Submit: "/cancel"})
		add("stopped", Stopped{Frame: sampleFrame(), Facts: f, Answer: AnswerChangedMind, Cancelled: sampleTime(22, 17, 40)})
		add("stopped-late", Stopped{Frame: sampleFrame(), Facts: f, Answer: AnswerNotMe, Locked: sampleTime(22, 17, 40), TooLate: true})
		status := Status{Frame: sampleFrame(), Facts: f, State: approvals.Executed, Method: approvals.Passkey}
		status.Times.Approved, status.Times.NotBefore = sampleTime(22, 17, 21), sampleTime(25, 17, 21)
		status.Times.Confirmed, status.Times.Executed = sampleTime(25, 18, 0), sampleTime(25, 18, 0)
		add("status-executed", status)
	}
	join, agree := samplePasskey("/join", "/join/options", sampleCreate), samplePasskey("/agree", "/agree/options", sampleGet)
	for _, s := range []ApproverState{ApproverInvited, ApproverJoined, ApproverGone, ApproverEarly, ApproverAsked, ApproverAgreed, ApproverStopped, ApproverOld, ApproverOver} {
		p := Approver{Frame: sampleFrame(), State: s, Owner: "Giulia Ferri", Until: sampleTime(26, 17, 21), From: sampleTime(29, 17, 21)}
		switch s {
		case ApproverInvited:
			p.Passkey = &join
		case ApproverAsked:
			p.Passkey, p.Facts, p.Stop, p.Fault = &agree, SampleFacts(), "/agree/stop", true
		case ApproverOld, ApproverEarly:
			p.Facts, p.Stop = SampleFacts(), "/agree/stop"
		case ApproverAgreed, ApproverStopped, ApproverOver:
			p.Facts = SampleFacts()
		case ApproverJoined, ApproverGone:
		}
		out = append(out, Sample{"approver-" + string(s), p})
	}
	out = append(out, sampleStatus("other", approvals.AwaitingConfirmation, sampleWindow, func(p *Status) { p.Other = "Marco Neri" }))
	contact := sampleOwn()[0]
	for _, s := range []VerifyState{VerifyOpen, VerifyDone, VerifyOver} {
		out = append(out, Sample{"verify-" + string(s), Verify{Frame: sampleFrame(), Facts: contact, State: s, Submit: "/verify"}})
	}
	return append(out, Sample{"answer-unverified", Answer{
		Frame: sampleFrame(), Facts: contact, State: AnswerUnheard, ConfirmBy: sampleTime(26, 17, 21), Status: "/confirm/status", Stop: "/confirm/cancel",
	}})
}

// toMarco is a mail to another person on the account.
func toMarco(f MailFrame) MailFrame {
	f.Facts.Name, f.Facts.Business, f.Stop = "Marco Neri", "", ""
	return f
}

// sampleOwnMails are the mails of such an action.
func sampleOwnMails(frame MailFrame) []MailSample {
	var out []MailSample
	at := sampleTime(25, 17, 21)
	for _, facts := range sampleOwn() {
		f := frame
		f.Facts = facts
		over := f
		over.Over = true
		for name, m := range map[string]Mail{
			"01-requested":      RequestedMail{f},
			"02-notice":         NoticeMail{MailFrame: f, Method: approvals.Passkey, Wait: 72 * time.Hour},
			"02-notice-now":     NoticeMail{MailFrame: f, Method: approvals.Passkey},
			"03-soon":           SoonMail{f, at},
			"04-confirm":        ConfirmMail{MailFrame: f, Method: approvals.Passkey, ConfirmBy: at, LinkLife: 24 * time.Hour, Confirm: "https://approve.market.example/confirm/cT7"},
			"04b-confirm-again": ConfirmMail{MailFrame: f, Method: approvals.Passkey, ConfirmBy: at, LinkLife: 24 * time.Hour, Confirm: "https://approve.market.example/confirm/cT7", Again: true},
			"05-executed":       ExecutedMail{over, at},
			"06-cancelled":      CancelledMail{over, approvals.ChangedMind, at},
			"07-ended":          EndedMail{MailFrame: over, End: EndSilence, At: at},
			"10b-again":         AgainMail{f, at},
		} {
			out = append(out, MailSample{name + "-" + facts.family(), m})
		}
	}
	for name, m := range map[string]Mail{
		"13-invited":     InvitedMail{toMarco(frame), "Giulia Ferri", "https://approve.market.example/join/jT7yRr9uEe1cGg2dI", at},
		"13-foretold":    ForetoldMail{toMarco(frame), "Giulia Ferri", "https://approve.market.example/agree/aT7yRr9uEe1cGg2dI"},
		"13-asked":       AskedMail{MailFrame: toMarco(frame), Owner: "Giulia Ferri", Approve: "https://approve.market.example/agree/aT7yRr9uEe1cGg2dI", Until: at},
		"13-asked-again": AskedMail{MailFrame: toMarco(frame), Owner: "Giulia Ferri", Approve: "https://approve.market.example/agree/aT7yRr9uEe1cGg2dI", Until: at, Again: true},
		"13-agreed":      AgreedMail{toMarco(frame), "Giulia Ferri", at},
	} {
		out = append(out, MailSample{name, m})
	}
	verify := frame
	verify.Facts, verify.Stop = sampleOwn()[0], ""
	return append(out, MailSample{"02-verify", VerifyMail{verify, "https://approve.market.example/verify/vT7yRr9uEe1cGg2dI"}})
}
