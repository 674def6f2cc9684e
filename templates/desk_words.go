package templates

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"countersign/approvals"
	"countersign/approvals/desk"
)

// Words of the desk. What has none is said by its code, so that nothing new is
// left out.

var caseReasons = map[approvals.CaseReason]string{
	approvals.CaseNotMe:      "The seller did not ask for it",
	approvals.CaseNotMeFast:  "Disowned within seconds: a robot, perhaps",
	approvals.CaseLock:       "The marketplace locked the seller",
	approvals.CaseNotice:     "A notice did not arrive",
	approvals.CaseMismatch:   "Claimed with other details",
	approvals.CaseUnresolved: "Released, and no result came",
	approvals.CaseReview:     "The policy asks for a check",
	approvals.CaseCancels:    "Five changes cancelled in 30 days",
	approvals.CaseRing:       "Other sellers name the same account",
	approvals.CaseRecovery:   "The seller cannot sign in any more",
	approvals.CaseAsked:      "The marketplace asks for a look",
}

// CaseReasons lists the reasons a case opens for, in the order in which they are
// offered.
func CaseReasons() []approvals.CaseReason {
	return []approvals.CaseReason{
		approvals.CaseNotMe, approvals.CaseNotMeFast, approvals.CaseLock, approvals.CaseNotice, approvals.CaseMismatch,
		approvals.CaseUnresolved, approvals.CaseReview, approvals.CaseCancels, approvals.CaseRing,
		approvals.CaseRecovery, approvals.CaseAsked,
	}
}

// CaseReasonText is why a case opened, in words.
func CaseReasonText(r approvals.CaseReason) string { return worded(caseReasons, r) }

var caseVerbs = map[desk.CaseVerb]string{
	desk.Hold:                "Put on hold",
	desk.ExtendHold:          "Keep on hold for longer",
	desk.Lock:                "Lock the seller",
	desk.KeepLocked:          "Keep the seller locked and answer again in 72 hours",
	desk.CancelAction:        "Cancel",
	desk.StopRecovery:        "Stop the recovery",
	desk.FreezeRing:          "Hold everything that waits on the shared account",
	desk.DenyDestination:     "Put the account on the denied list",
	desk.CloseCase:           "Close the case",
	desk.Unlock:              "Unlock the seller",
	desk.Resume:              "Resume: it begins again at its first proof, with its full wait",
	desk.DenyAction:          "Deny for good",
	desk.ResetAuthenticators: "Replace all sign-in methods, after 72 hours",
	desk.DeclareShared:       "Declare the account known and shared",
	desk.Split:               "Take back that the account is shared knowingly",
	desk.EndRing:             "End the ring; what is held stays held",
	desk.AllowDestination:    "Take the account off the denied list",
	desk.SettleExecuted:      "Settle: it was put in place",
	desk.SettleFailed:        "Settle: it was not put in place",
}

// CaseVerbText is what is decided, in words.
func CaseVerbText(v desk.CaseVerb) string { return worded(caseVerbs, v) }

var decisionReasons = map[desk.Reason]string{
	desk.CalledBack:     "call-back to an old number",
	desk.Document:       "document",
	desk.Video:          "video",
	desk.KnownDevice:    "known device and passkey",
	desk.StoryDiffers:   "the story differs",
	desk.ContactChanged: "contact changed lately",
	desk.SharedPlace:    "shared account",
	desk.NotReached:     "could not be reached",
	desk.KnownShared:    "known shared account",
	desk.OurError:       "our error",
}

// ReasonText is a reason code with its words.
func ReasonText(r desk.Reason) string {
	if text := decisionReasons[r]; text != "" {
		return string(r) + " " + text
	}
	return string(r)
}

var decisionStates = map[desk.DecisionState]string{
	desk.Waiting:          "waits for a second person",
	desk.CarriedOut:       "carried out",
	desk.DecisionRejected: "rejected",
	desk.DecisionLapsed:   "lapsed: nobody answered in four hours",
	desk.DecisionVoid:     "void: what it rested on changed",
}

// DecisionStateText is where a decision stands, in words.
func DecisionStateText(s desk.DecisionState) string { return worded(decisionStates, s) }

var actionStates = map[approvals.State]string{
	approvals.AwaitingStepUp:       "waiting for the seller's first proof",
	approvals.Notifying:            "telling the seller's addresses",
	approvals.CoolingOff:           "cooling off",
	approvals.AwaitingConfirmation: "waiting for the seller's confirmation",
	approvals.Approved:             "confirmed, waiting for the marketplace",
	approvals.Releasing:            "being put in place",
	approvals.Executed:             "in place",
	approvals.ExecutionFailed:      "confirmed, not in place yet",
	approvals.Unresolved:           "released, and the outcome is not known",
	approvals.Held:                 "on hold",
	approvals.Cancelled:            "cancelled",
	approvals.Denied:               "denied",
	approvals.Expired:              "ended without an answer",
	approvals.Failed:               "ended after too many tries",
}

var holdCodes = map[approvals.HoldCode]string{
	approvals.HoldNotice:   "a notice did not arrive",
	approvals.HoldLocked:   "the seller is locked",
	approvals.HoldMismatch: "claimed with other details",
	approvals.HoldReview:   "review",
	approvals.HoldFrozen:   "the account is frozen",
	approvals.HoldAgent:    "paused by an agent",
}

// ActionStateText is where an action stands, in words.
func ActionStateText(s approvals.State, hold approvals.HoldCode) string {
	text := worded(actionStates, s)
	if s == approvals.Held && hold != "" {
		text += ": " + worded(holdCodes, hold)
	}
	return text
}

var actionKinds = map[approvals.Kind]string{
	approvals.PayoutAccountChange: "Change of payout account",
	approvals.PayoutAccountSwitch: "Switch of payout account",
	approvals.LoanDisbursement:    "Loan",
	approvals.ContactChange:       "Change of email address",
	approvals.AuthenticatorAdd:    "New sign-in method",
	approvals.AuthenticatorRemove: "Removal of a sign-in method",
	approvals.ApproverAdd:         "New person who approves",
	approvals.ApproverRemove:      "Removal of a person who approves",
}

// ActionKindText is what an action is, in words.
func ActionKindText(k approvals.Kind) string { return worded(actionKinds, k) }

// ActionText is what an action is, in words: of a defined kind in those of the policy
// that it was created under.
func ActionText(a approvals.Action) string {
	if d := a.Decision.Definition; d != nil {
		return cmp.Or(d.Name[string(EN)], d.Name[string(IT)], ActionKindText(a.Kind))
	}
	return ActionKindText(a.Kind)
}

var revealFields = map[desk.RevealField]string{
	desk.RevealName:    "The seller's name",
	desk.RevealContact: "The seller's email address",
	desk.RevealAccount: "The new account of",
	desk.RevealBefore:  "The old account of",
	desk.RevealIP:      "The IP address of",
}

// RevealText is what is shown, in words; reference names the action it is of.
func RevealText(f desk.RevealField, reference string) string {
	return strings.TrimSpace(worded(revealFields, f) + " " + reference)
}

// worded is the text for a code, or the code itself as a sentence would have it.
func worded[K ~string](texts map[K]string, code K) string {
	if text := texts[code]; text != "" {
		return text
	}
	return capital(strings.NewReplacer("_", " ", ".", " ").Replace(string(code)))
}

func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}

// MaskName shows a name to somebody who knows it: "F••••• C••••••••". How long it is
// it does not say.
func MaskName(name string) string {
	var out []string
	for _, word := range strings.Fields(name) {
		first, _ := utf8.DecodeRuneInString(word)
		if len(out) == 2 {
			break
		}
		out = append(out, string(first)+"•••••")
	}
	if len(out) == 0 {
		return "•••••"
	}
	return strings.Join(out, " ")
}

// MaskIP shows the network of an address, and not the host.
func MaskIP(ip string) string {
	parts := strings.Split(ip, ".")
	if len(parts) == 4 {
		return parts[0] + "." + parts[1] + ".•.•"
	}
	if head, _, ok := strings.Cut(ip, ":"); ok && head != "" {
		return head + ":•"
	}
	return "•"
}

// CaseReasonKnown reports whether a case opens for this.
func CaseReasonKnown(r approvals.CaseReason) bool { return caseReasons[r] != "" }
