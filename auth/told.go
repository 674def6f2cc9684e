package auth

import (
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// WarnBelow is how near what a seller proves with must be to being switched off
// for good before the seller is told (DESIGN §5, STANDARDS PS-06).
const WarnBelow = 20

// LastTries reports whether this many failures in a row are told to the seller:
// when WarnBelow are left, and once more before the last ones.
func LastTries(failures int) bool {
	return failures == MaxFailures-WarnBelow || failures == MaxFailures-MaxTries
}

// Told returns the notice that goes with an audit line of this package, false
// where nobody is told. A store saves it with the line.
//
// Whether a refused code was wrong or right and spent, the seller's contacts
// may learn and nobody else: both lines have a notice, and the one of a wrong
// code goes nowhere, so that writing them costs the same (STANDARDS C6).
func Told(e audit.Event) (approvals.SecurityNotice, bool) {
	n := approvals.SecurityNotice{
		At: e.At, Method: approvals.Method(e.Data["method"]), From: timeOf(e, "usable_from"), Until: timeOf(e, "until"),
	}
	switch e.Verb {
	case "authenticator_added":
		n.What = approvals.SecurityFirstAuthenticator
	case "recovery_done":
		n.What = approvals.SecurityRecoveryDone
	case "device_added":
		n.What = approvals.SecurityDeviceAdded
	case "passkey_counter_back":
		n.What = approvals.SecurityCounter
	case "approver_joined":
		n.What, n.Name = approvals.SecurityApproverJoined, e.Data["name"]
	case "authenticator_usable":
		n.What = approvals.SecurityAuthenticatorUsable
	case "authenticator_disabled":
		n.What = approvals.SecurityAuthenticatorOff
	case "recovery_codes_made":
		n.What = approvals.SecurityCodesMade
	case "recovery_code_used":
		n.What = approvals.SecurityCodeUsed
		if e.Data["stage"] == string(approvals.StageStepUp) {
			n.What = approvals.SecurityRecoveryStarted
		}
	case "proving_blocked":
		n.What = approvals.SecurityBlocked
	case "proof_refused":
		if n.Method != approvals.TOTP {
			return n, false
		}
		n.What = approvals.SecurityWrongCode
		if e.Data["reason"] == string(replayed) {
			n.What = approvals.SecurityReplay
		}
	default:
		return n, false
	}
	return n, true
}

func timeOf(e audit.Event, fact string) time.Time {
	at, _ := time.Parse(approvals.TimeFormat, e.Data[fact]) // zero where there is none
	return at
}
