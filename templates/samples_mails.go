package templates

import (
	"slices"
	"time"

	"countersign/approvals"
)

// MailSample is one mail in one state.
type MailSample struct {
	Name string
	Mail Mail
}

// SampleMails lists every mail in every state that reads differently.
func SampleMails() []MailSample {
	f := MailFrame{
		Marketplace: "Bottega", Facts: SampleFacts(), Zone: sampleZone(),
		Stop: "https://approve.market.example/cancel/sQ1Zk0V1xq6n8aTt4Jb5mX2v0o3sW7yRr9uEe1cGg2dI",
	}
	over, first, alone := f, f, f
	over.Over = true
	first.Facts = sampleFirst()
	firstOver := first
	firstOver.Over = true
	alone.Facts, alone.Stop = Facts{Name: "Giulia Ferri", Business: "Ferri Ceramiche"}, ""

	confirm := ConfirmMail{
		MailFrame: f, Method: approvals.Passkey, ConfirmBy: sampleTime(26, 17, 21), LinkLife: 24 * time.Hour,
		Confirm: "https://approve.market.example/confirm/cT7yRr9uEe1cGg2dIZk0V1xq6n8aTt4Jb5mX2v0o3sW",
	}
	confirmAgain, confirmFirst := confirm, confirm
	confirmAgain.Again, confirmAgain.Method = true, approvals.TOTP
	confirmFirst.MailFrame = first
	confirmFirstAgain := confirmFirst
	confirmFirstAgain.Again = true
	notice := NoticeMail{MailFrame: f, Method: approvals.Passkey, Label: "MacBook", Wait: 24 * time.Hour, Why: sampleReason()}

	all := []MailSample{
		{"01-requested", RequestedMail{f}},
		{"01-requested-first", RequestedMail{first}},
		{"02-notice", notice},
		{"02-notice-code", NoticeMail{MailFrame: f, Method: approvals.TOTP, Wait: 72 * time.Hour}},
		{"02-notice-again", NoticeMail{MailFrame: f, Method: approvals.TOTP, Label: "Aegis", Wait: 72 * time.Hour, Again: true, NotBefore: sampleTime(25, 17, 24)}},
		{"02-notice-first", NoticeMail{MailFrame: first, Method: approvals.Passkey, Wait: 90 * time.Second}},
		{"02-notice-demo", NoticeMail{MailFrame: f, Method: approvals.Passkey, Wait: 30 * time.Second}},
		{"02-notice-now", NoticeMail{MailFrame: f, Method: approvals.Passkey}},
		{"02-notice-now-first", NoticeMail{MailFrame: first, Method: approvals.Passkey}},
		{"03-soon", SoonMail{f, sampleTime(23, 17, 21)}},
		{"03-soon-vowel", SoonMail{first, sampleTime(8, 17, 21)}},
		{"04-confirm", confirm},
		{"04-confirm-first", confirmFirst},
		{"04b-confirm-again", confirmAgain},
		{"04b-confirm-again-first", confirmFirstAgain},
		{"05-executed", ExecutedMail{over, sampleTime(24, 9, 59)}},
		{"05-executed-first", ExecutedMail{firstOver, sampleTime(24, 9, 59)}},
	}
	all = slices.Concat(all, sampleOwnMails(f), sampleRecoveryMails(f), sampleEnds(over, firstOver))
	told := alone
	told.Stop = "https://approve.market.example/not-me/nQ1Zk0V1xq6n8aTt4Jb5mX2v0o3sW7yRr9uEe1cGg2dI"
	for name, n := range SampleNotices() {
		all = append(all, MailSample{"11-notice-" + name, SecurityMail{MailFrame: told, Notice: n, Recover: sampleRecover(n)}})
	}
	all = append(all,
		MailSample{"08-locked-not-me", LockedMail{MailFrame: over, Why: approvals.LockNotMe, Case: "C-10442", At: sampleTime(22, 17, 40)}},
		MailSample{"08-locked-not-me-late", LockedMail{MailFrame: over, Why: approvals.LockNotMe, At: sampleTime(24, 17, 40), TooLate: true}},
		MailSample{"08-locked-not-me-alone", LockedMail{MailFrame: alone, Why: approvals.LockNotMe, Case: "C-10442", At: sampleTime(22, 17, 40)}},
		MailSample{"09-locked-support", LockedMail{MailFrame: alone, Why: approvals.LockSupport, Case: "C-10442", At: sampleTime(22, 17, 40)}}, MailSample{"09-locked-marketplace", LockedMail{MailFrame: alone, Why: approvals.LockMarketplace, At: sampleTime(22, 17, 40)}},
		MailSample{"09b-held", HeldMail{f, Hold{Code: approvals.HoldReview}, "C-10442"}},
		MailSample{"09b-held-bounced", HeldMail{f, Hold{Code: approvals.HoldNotice, Address: "g•••@ferri.example"}, ""}},
		MailSample{"10b-again", AgainMail{f, sampleTime(25, 9, 0)}},
		MailSample{"10b-again-first", AgainMail{first, sampleTime(25, 9, 0)}},
	)
	return append(all, sampleKindMails(all)...)
}

// sampleEnds are mails 6 and 7.
func sampleEnds(over, firstOver MailFrame) []MailSample {
	at := sampleTime(23, 2, 20)
	all := []MailSample{{"06-cancelled-first", CancelledMail{firstOver, approvals.ChangedMind, at}}}
	for _, reason := range []approvals.CancelReason{
		approvals.ChangedMind, approvals.NotMe, approvals.ByMarketplace, approvals.Superseded, approvals.BySupport,
	} {
		all = append(all, MailSample{"06-cancelled-" + string(reason), CancelledMail{over, reason, at}})
	}
	for _, end := range []End{EndSilence, EndMarketplace, EndHold} {
		all = append(all, MailSample{"07-ended-" + string(end), EndedMail{MailFrame: over, End: end, At: at}})
	}
	return append(all,
		MailSample{"07-ended-failed", EndedMail{MailFrame: over, Failed: true, At: at, Retry: at.Add(15 * time.Minute)}},
		MailSample{"07-ended-first", EndedMail{MailFrame: firstOver, End: EndSilence, At: at}},
	)
}
