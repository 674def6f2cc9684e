package templates

import (
	"time"

	"countersign/approvals"
)

// sampleRecoveries are the pages of S9 and of printed codes.
func sampleRecoveries() []Sample {
	base := Recovery{
		Frame: sampleFrame(), Facts: sampleOwn()[1], Stage: approvals.StageStepUp, Submit: "/actions/x/recovery", Back: "/actions/x",
		Refuse: "/actions/x/cancel", Wait: 240 * time.Hour,
	}
	out := []Sample{{"recovery", base}}
	for _, f := range []CodeFault{CodeEmpty, CodeShape, CodeWrong, CodeSoon} {
		p := base
		p.Fault = f
		out = append(out, Sample{"recovery-" + string(f), p})
	}
	codes := RecoveryCodes{Frame: sampleFrame(), Left: 10, MadeAt: sampleTime(2, 9, 5), Back: "/security"}
	unproved, made := codes, codes
	unproved.Left = 1
	withPasskey, withCode, wrongCode, refused, blocked := unproved, unproved, unproved, unproved, unproved
	withPasskey.Way, withPasskey.Passkey = WayPasskey, &Passkey{Options: samplePasskey("", "", sampleGet).Options, Submit: "/security/codes/proof", Refresh: "/security/codes/options"}
	refused.Way, refused.Passkey, refused.Failed, refused.Left = WayPasskey, withPasskey.Passkey, ProofRefused, 0
	withCode.Way, withCode.Prove, withCode.Left = WayCode, "/security/codes/proof", 0
	withCode.MadeAt = time.Time{}
	wrongCode.Way, wrongCode.Prove, wrongCode.Fault = WayCode, withCode.Prove, CodeWrong
	blocked.Way, blocked.Until = WayBlocked, sampleTime(22, 17, 36)
	for i := range 10 {
		made.Made = append(made.Made, "7K2M-9QXT-4RWA-B3CD-E5FG-00"+string(rune('0'+i))+"H")
	}
	recover := Recover{Frame: sampleFrame(), Left: 9, Open: sampleTime(2, 17, 25).AddDate(0, 1, 0), Add: "/recover", Back: "/security"}
	empty, busy, early := recover, recover, recover
	early.Add, early.From = "", sampleTime(28, 9, 5)
	made.From = early.From
	busy.Add, busy.Busy = "", true
	elsewhere := recover
	elsewhere.Add, elsewhere.Out = "", true
	empty.Left, empty.Add = 0, ""
	return append(append(out, sampleReplaces()...),
		Sample{"recovered", Recovered{Frame: sampleFrame(), Code: "7K2M-9QXT-4RWA-B3CD-E5FG-0H1J", Next: "/actions/x/status"}},
		Sample{"codes-unproved", unproved}, Sample{"codes-made", made},
		Sample{"codes-passkey", withPasskey}, Sample{"codes-refused", refused}, Sample{"codes-app", withCode}, Sample{"codes-wrong", wrongCode}, Sample{"codes-blocked", blocked},
		sampleStatus("cooling-off-codes", approvals.CoolingOff, func(p *Status) { p.Codes, p.Own = "/security/codes", "/security" }),
		sampleRecoveryStatus(), Sample{"answer-recovery", Answer{
			Frame: sampleFrame(), Facts: base.Facts, State: AnswerOpen, Way: WayRecovery, Submit: "/confirm", ConfirmBy: sampleTime(26, 17, 21),
		}},
		Sample{"recover-busy", busy}, Sample{"recover-elsewhere", elsewhere}, Sample{"recover-early", early}, Sample{"recover", recover}, Sample{"recover-no-codes", empty},
	)
}

// sampleRecoveryStatus is the status of a recovery that waits.
func sampleRecoveryStatus() Sample {
	return sampleStatus("cooling-off-recovery", approvals.CoolingOff, func(p *Status) {
		p.Facts, p.Method, p.Wait = sampleOwn()[1], approvals.RecoveryCode, 240*time.Hour
		p.Times.NotBefore, p.Times.ConfirmBy = sampleTime(22, 17, 24).Add(p.Wait), sampleTime(22, 17, 24).Add(p.Wait+72*time.Hour)
	})
}

// sampleRecoveryMails are the mails of a recovery that name what proves it.
func sampleRecoveryMails(f MailFrame) []MailSample {
	f.Facts = sampleOwn()[1]
	at := sampleTime(12, 17, 21)
	notice := NoticeMail{MailFrame: f, Method: approvals.RecoveryCode, Wait: 240 * time.Hour}
	confirm := ConfirmMail{
		MailFrame: f, Method: approvals.RecoveryCode, ConfirmBy: at.AddDate(0, 0, 3), LinkLife: 24 * time.Hour,
		Confirm: "https://approve.market.example/confirm/cT7",
	}
	return []MailSample{{"02-notice-recovery", notice}, {"04-confirm-recovery", confirm}}
}
