package templates

import (
	"time"

	"countersign/approvals"
	"countersign/approvals/destination"
)

// SampleReviews are the states of S1 and of its second use, after "yes".
func SampleReviews() []Sample {
	passkey := samplePasskey("/actions/BD-7K4Q-2M9X/approve", "/actions/BD-7K4Q-2M9X/challenge", sampleGet)
	base := Review{
		Frame: sampleFrame(), Facts: SampleFacts(), Stage: approvals.StageStepUp, Way: WayPasskey, Passkey: &passkey,
		Wait: 24 * time.Hour, Why: sampleReason(), Refuse: "/actions/BD-7K4Q-2M9X/stop", ShowFull: "/actions/BD-7K4Q-2M9X/full",
		Signed: []SignedField{
			{"kind", "payout_account.change"}, {"details.from.iban", "IT60 •••• … 3456"}, {"details.from.holder", "Ferri Ceramiche S.r.l."},
			{"details.to.iban", "NL91 •••• … 4300"}, {"details.to.holder", "G. Ferri"}, {"created_at", "2026-11-22T16:21:00Z"},
		},
		Digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	}
	with := func(name string, change func(*Review)) Sample {
		p := base
		change(&p)
		return Sample{"review-" + name, p}
	}
	return []Sample{
		with("open", func(*Review) {}),
		with("full-number", func(p *Review) { p.Facts.To.Full, p.ShowFull = "NL91 ABNA 0417 1643 00", "" }),
		with("first-account", func(p *Review) {
			p.Facts = sampleFirst()
			p.Passkey = &Passkey{Options: passkey.Options, Submit: passkey.Submit, Refresh: passkey.Refresh}
		}),
		with("no-wait", func(p *Review) { p.Wait, p.Facts.Asked.Login = 0, LoginCode }),
		with("refused", func(p *Review) {
			p.Fault, p.Facts.To.NameCheck, p.Facts.Asked.Login = ProofRefused, destination.PayeeUnavailable, LoginPasskey
		}),
		with("close-name", func(p *Review) { p.Facts.To.CheckName = "Giulio Ferri" }),
		with("late", func(p *Review) { p.Fault, p.Facts.Asked.Login = ProofLate, LoginSSO }),
		with("again", func(p *Review) { p.Again, p.Facts.To.NameCheck = true, destination.PayeeMatch }),
		with("code", func(p *Review) {
			p.Way, p.Passkey, p.Code, p.Wait = WayCode, nil, "/actions/BD-7K4Q-2M9X/code", 72*time.Hour
		}),
		with("young", func(p *Review) { p.Wait, p.Young = 168*time.Hour, sampleTime(30, 9, 5) }),
		with("barred", func(p *Review) { p.Way, p.Passkey, p.Recover = WayBarred, nil, "/recover" }),
		with("enrol", func(p *Review) { p.Way, p.Passkey, p.Enrol = WayEnrol, nil, "/enrol" }),
		with("quarantine", func(p *Review) { p.Way, p.Passkey, p.UsableFrom = WayQuarantine, nil, sampleTime(30, 9, 5) }),
		with("quarantine-app", func(p *Review) {
			p.Way, p.Passkey, p.UsableFrom, p.Method = WayQuarantine, nil, sampleTime(30, 9, 5), approvals.TOTP
		}),
		with("blocked", func(p *Review) { p.Way, p.Passkey, p.UsableFrom = WayBlocked, nil, sampleTime(22, 17, 40) }),
		with("no-match", func(p *Review) {
			p.NoMatch, p.Facts.To.NameCheck = "/actions/BD-7K4Q-2M9X?seen=1", destination.PayeeNoMatch
		}),
		with("confirm", func(p *Review) { p.Stage = approvals.StageConfirmation }),
		with("confirm-code", func(p *Review) {
			p.Stage, p.Way, p.Passkey, p.Code = approvals.StageConfirmation, WayCode, nil, "/confirm/code"
		}),
		with("confirm-first", func(p *Review) { p.Stage, p.Facts = approvals.StageConfirmation, sampleFirst() }),
	}
}

// SampleCodes are the states of S3.
func SampleCodes() []Sample {
	base := Code{
		Device: "/actions/BD-7K4Q-2M9X/options",
		Frame:  sampleFrame(), Facts: SampleFacts(), Stage: approvals.StageStepUp, Submit: "/actions/BD-7K4Q-2M9X/code",
		Back: "/actions/BD-7K4Q-2M9X", Refuse: "/actions/BD-7K4Q-2M9X/stop", Wait: 72 * time.Hour, PasskeyWait: 24 * time.Hour, TriesLeft: 5,
	}
	with := func(name string, change func(*Code)) Sample {
		p := base
		change(&p)
		return Sample{"code-" + name, p}
	}
	return []Sample{
		with("open", func(*Code) {}),
		with("empty", func(p *Code) { p.Fault = CodeEmpty }),
		with("shape", func(p *Code) { p.Fault, p.TriesLeft = CodeShape, 4 }),
		with("wrong", func(p *Code) { p.Fault, p.TriesLeft = CodeWrong, 1 }),
		with("soon", func(p *Code) { p.Fault, p.TriesLeft = CodeSoon, 2 }),
		with("last", func(p *Code) { p.LastTries, p.Facts = 1, sampleFirst() }),
		with("young", func(p *Code) { p.Young, p.Known = true, "GgB-2JlWGcLbcD4lkTfB9WTvLZ5Oq7hSVE-8AoC8-VA" }),
		with("young-confirm", func(p *Code) { p.Young, p.Stage, p.Wait = true, approvals.StageConfirmation, 0 }),
		with("confirm", func(p *Code) { p.Stage, p.Wait = approvals.StageConfirmation, 0 }),
	}
}

// SampleSetups are the screens of S4.
func SampleSetups() []Sample {
	passkey := SetupPasskey{
		Frame: sampleFrame(), Passkey: samplePasskey("/enrol/passkey", "/enrol/passkey/challenge", sampleCreate),
		Label: "MacBook", Back: "/enrol",
	}
	faulty := func(f SetupFault) SetupPasskey { p := passkey; p.Fault = f; return p }
	key := AppKey{Issuer: "Bottega Demo", Account: "giulia@ferri.example", Secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}
	code, err := NewQR(key.URI())
	if err != nil {
		return nil
	}
	app := SetupApp{Frame: sampleFrame(), App: key, QR: code, Submit: "/enrol/app", Device: "/enrol/app/options", Back: "/enrol"}
	wrong := app
	wrong.Fault = CodeWrong
	done := SetupDone{
		Frame: sampleFrame(), Method: approvals.Passkey, Label: "MacBook", Continue: "/actions/BD-7K4Q-2M9X", ToAction: true, Another: "/enrol",
	}
	later := SetupDone{Frame: sampleFrame(), Method: approvals.TOTP, UsableFrom: sampleTime(30, 9, 5), Continue: "https://market.example/back"}
	return []Sample{
		{"setup-choose", SetupChoose{Frame: sampleFrame(), Passkey: "/enrol/passkey", App: "/enrol/app"}},
		{"setup-choose-calm", SetupChoose{Frame: sampleFrame(), Passkey: "/enrol/passkey", App: "/enrol/app", NotNow: "/"}},
		{"setup-passkey", passkey},
		{"setup-passkey-refused", faulty(SetupRefused)},
		{"setup-passkey-late", faulty(SetupLate)},
		{"setup-passkey-exists", faulty(SetupExists)},
		{"setup-app", app},
		{"setup-app-wrong", wrong},
		{"setup-done", done},
		{"setup-done-later", later},
	}
}
