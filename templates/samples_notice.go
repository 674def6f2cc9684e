package templates

import (
	"maps"
	"time"

	"countersign/approvals"
)

// SampleNotices are security notices, one of each that reads differently.
func SampleNotices() map[string]SecurityNotice {
	all := sampleNotices()
	maps.Copy(all, supportNotices(sampleTime(22, 17, 21)))
	maps.Copy(all, sampleSupport())
	return all
}

func sampleNotices() map[string]SecurityNotice {
	at := sampleTime(22, 17, 21)
	with := func(what approvals.SecurityEvent, change func(*SecurityNotice)) SecurityNotice {
		n := SecurityNotice{
			What: what, At: at, Remote: true, Device: Device{Browser: "Firefox", System: "Windows"}, Place: Place{Country: "NL", IP: "203.0.113.24"},
		}
		change(&n)
		return n
	}
	passkey := func(n *SecurityNotice) {
		n.Method, n.Label, n.From = approvals.Passkey, "iPhone", sampleTime(29, 17, 21)
	}
	app := func(n *SecurityNotice) { n.Method, n.Label, n.From = approvals.TOTP, "Aegis", sampleTime(29, 17, 21) }
	unnamed := func(m approvals.Method) func(*SecurityNotice) { return func(n *SecurityNotice) { n.Method = m } }
	alone := func(more func(*SecurityNotice)) func(*SecurityNotice) {
		return func(n *SecurityNotice) {
			n.Remote, n.Device, n.Place = false, Device{}, Place{}
			more(n)
		}
	}
	return map[string]SecurityNotice{
		"first-passkey":    with(approvals.SecurityFirstAuthenticator, passkey),
		"first-app":        with(approvals.SecurityFirstAuthenticator, unnamed(approvals.TOTP)),
		"added-passkey":    with(approvals.SecurityAuthenticatorAdded, passkey),
		"added-app":        with(approvals.SecurityAuthenticatorAdded, app),
		"added-unnamed":    with(approvals.SecurityAuthenticatorAdded, unnamed(approvals.Passkey)),
		"added-other":      with(approvals.SecurityAuthenticatorAdded, alone(unnamed(""))),
		"added-other-name": with(approvals.SecurityAuthenticatorAdded, func(n *SecurityNotice) { n.Label = "Key" }),
		"usable-passkey":   with(approvals.SecurityAuthenticatorUsable, alone(passkey)),
		"usable-app":       with(approvals.SecurityAuthenticatorUsable, alone(unnamed(approvals.TOTP))),
		"removed-passkey":  with(approvals.SecurityAuthenticatorRemoved, alone(passkey)),
		"removed-app":      with(approvals.SecurityAuthenticatorRemoved, alone(app)),
		"removed-other":    with(approvals.SecurityAuthenticatorRemoved, alone(func(n *SecurityNotice) { n.Label = "Key" })),
		"off-passkey":      with(approvals.SecurityAuthenticatorOff, unnamed(approvals.Passkey)),
		"off-app":          with(approvals.SecurityAuthenticatorOff, unnamed(approvals.TOTP)),
		"off-other":        with(approvals.SecurityAuthenticatorOff, alone(unnamed(""))),
		"person":           with(approvals.SecurityApproverJoined, func(n *SecurityNotice) { n.Label, n.From = "Marco Neri", sampleTime(29, 17, 21) }),
		"person-unnamed":   with(approvals.SecurityApproverJoined, func(n *SecurityNotice) { n.From = sampleTime(29, 17, 21) }),
		"device":           with(approvals.SecurityDeviceAdded, func(n *SecurityNotice) { n.From = at.AddDate(0, 0, 30) }),
		"codes-made":       with(approvals.SecurityCodesMade, unnamed("")),
		"code-used":        with(approvals.SecurityCodeUsed, func(n *SecurityNotice) { n.Left = 9 }),
		"code-used-last":   with(approvals.SecurityCodeUsed, func(n *SecurityNotice) { n.Left = 1 }),
		"code-used-none":   with(approvals.SecurityCodeUsed, unnamed("")),
		"recovery":         with(approvals.SecurityRecoveryStarted, unnamed(approvals.RecoveryCode)),
		"wait":             with(approvals.SecurityWait, unnamed("")),
		"travel":           with(approvals.SecurityTravel, unnamed("")),
		"language":         with(approvals.SecurityLanguage, unnamed("")),
		"signed-out":       with(approvals.SecuritySignedOut, unnamed("")),
		"last-tries":       with(approvals.SecurityLastTries, func(n *SecurityNotice) { n.Method, n.Left = approvals.TOTP, 20 }),
		"last-try": with(approvals.SecurityLastTries, func(n *SecurityNotice) {
			n.Method, n.Left, n.Label, n.Until = approvals.Passkey, 1, "iPhone", at.Add(time.Hour)
		}),
		"blocked":   with(approvals.SecurityBlocked, func(n *SecurityNotice) { n.Until = at.Add(15 * time.Minute) }),
		"downgrade": with(approvals.SecurityDowngrade, unnamed(approvals.TOTP)),
		"counter":   with(approvals.SecurityCounter, passkey),
		"replayed":  with(approvals.SecurityReplay, unnamed(approvals.TOTP)),
	}
}

// SampleNoticeStops are S7 and its done pages about a security notice.
func SampleNoticeStops() []Sample {
	stop := Stop{Frame: sampleFrame(), State: StopNotice, Submit: "/not-me", Notice: SampleNotices()["added-passkey"]}
	unchosen, alone := stop, stop
	unchosen.Unchosen, unchosen.Notice = true, SampleNotices()["blocked"]
	alone.Notice = SampleNotices()["removed-app"]

	at := sampleTime(22, 17, 40)
	done := Stopped{Frame: sampleFrame(), Answer: AnswerNotMe, Locked: at, SignOut: at, All: true, Case: "C-10442"}
	fast := Stopped{Frame: sampleFrame(), Answer: AnswerNotMe, Fast: true, NotMe: "/not-me", Case: "C-10442"}
	fine := Stopped{Frame: sampleFrame(), Answer: AnswerWasMe, NotMe: "/not-me"}
	return []Sample{
		{"stopped-notice-fine", fine}, {"stop-notice", stop}, {"stop-notice-unchosen", unchosen}, {"stop-notice-alone", alone},
		{"stopped-notice", done}, {"stopped-notice-fast", fast},
	}
}
