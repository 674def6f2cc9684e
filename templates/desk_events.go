package templates

import (
	"slices"

	"countersign/approvals/audit"
	"countersign/approvals/desk"
)

// events are the lines of a timeline in words.
var events = map[string]string{
	"create":            "Asked for",
	"step_up":           "The seller approved it with a first proof",
	"notice_accepted":   "A mail server took a notice",
	"notice_refused":    "A mail server refused a notice",
	"notices_accepted":  "Every address was told, and the wait began",
	"open_confirmation": "The wait is over: the seller can confirm",
	"renew_link":        "A new confirmation link was mailed",
	"resend_link":       "The confirmation was mailed again",
	"confirm":           "The seller confirmed it with a second proof",
	"approve":           "Another person on the account approved it",
	"verify_contact":    "Whoever reads the new address confirmed it",
	"wait_longer":       "The seller chose a longer wait",
	"claim":             "The marketplace began to put it in place",
	"result":            "The marketplace said what became of it",
	"result_overdue":    "No result came in time",
	"push":              "It was sent to the marketplace",
	"push_result":       "The marketplace answered",
	"push_waits":        "The marketplace could not take it yet",
	"push_put_off":      "Sending it was put off",
	"push_given_up":     "Sending it was given up",
	"cancel":            "Cancelled",
	"not_me":            "The seller said “I did not ask for this”",
	"hold":              "Put on hold",
	"restart":           "Freed: it begins again at its first proof",
	"expire":            "Ended without an answer",
	"fail":              "Ended after too many tries",
	"handoff":           "The marketplace sent the seller's browser here",
	"handoff_seller":    "The marketplace sent the seller's browser here",

	"open_case":          "A case opened",
	"join_case":          "Fresh trouble joined the case",
	"close_case":         "The case was closed",
	"claim_case":         "The case was claimed",
	"take_over_case":     "The case was taken over",
	"leave_case":         "The case was left",
	"note_case":          "A note was added",
	"reveal":             "A masked field was shown",
	"draft_decision":     "Drafting a decision",
	"propose_decision":   "A decision was proposed",
	"carry_out_decision": "A decision was approved and carried out",
	"decide":             "One person decided, and it was carried out",
	"approve_decision":   "Approving a decision",
	"reject_decision":    "A decision was rejected",
	"lapse_decision":     "A proposal lapsed",
	"void_decision":      "A proposal became void: what it rested on changed",
	"unlock":             "The seller was unlocked",
	"keep_locked":        "The seller stays locked for now",
	"resume":             "Freed: it begins again at its first proof",
	"deny":               "Denied for good",
	"extend_hold":        "It stays on hold for longer",
	"settle":             "It was settled what became of it",
	"case_asked":         "The marketplace asked for a look",
	"ring_frozen":        "What waits on the shared account was held",

	"recovery_asked":    "It was said that the seller cannot sign in any more",
	"recovery_agreed":   "Two people agreed to replace all sign-in methods",
	"recovery_opened":   "The wait is over: the seller can set up new sign-in methods",
	"recovery_stopped":  "The replacement of the sign-in methods was stopped",
	"recovery_declined": "The request to replace the sign-in methods was declined",
	"recovery_lapsed":   "The replacement of the sign-in methods lapsed",
	"recovery_done":     "All sign-in methods were replaced",

	"account_checked":        "The seller was told that the check of the account is over",
	"lock":                   "The seller was locked",
	"ring":                   "Other sellers name the same account",
	"ring_freed":             "The ring was ended; what is held stays held",
	"destination_denied":     "The account was put on the denied list",
	"destination_allowed":    "The account was taken off the denied list",
	"destination_declared":   "The account was declared known and shared",
	"destination_undeclared": "The account is no longer declared as shared",
	"proof_refused":          "A proof was refused",
	"enrolment_refused":      "Setting up a sign-in method was refused",
	"proving_blocked":        "Too many wrong answers: proving was paused",
	"proving_freed":          "Proving is possible again",
	"authenticator_added":    "A sign-in method was set up",
	"authenticator_pending":  "A new sign-in method waits for its confirmation",
	"authenticator_usable":   "A sign-in method can approve payouts from now on",
	"authenticator_removed":  "A sign-in method was removed",
	"authenticator_renamed":  "A sign-in method got another name",
	"authenticator_disabled": "A sign-in method was switched off after too many tries",
	"passkey_counter_back":   "A passkey was used whose counter went back",
	"recovery_code_used":     "A recovery code was used",
	"recovery_codes_made":    "New recovery codes were made",
	"contact_changed":        "An email address was replaced",
	"device_added":           "A new device can approve changes",
	"device_removed":         "A known device was removed",
	"session_ended":          "A device was signed out",
	"signed_out_everywhere":  "All devices were signed out",
	"travel_locked":          "The seller set a travel lock",
	"wait_lengthened":        "The seller chose a longer wait",
	"preferences_changed":    "Language or time zone was changed",
	"approver_joined":        "A person who approves with the seller joined",
	"approver_proved":        "A person who approves with the seller gave a proof",
	"approval_refused":       "A person who approves with the seller refused",
}

// attempts are the same where it was refused, so that nothing came of it.
var attempts = map[string]string{
	"propose_decision": "Proposing a decision",
	"reject_decision":  "Rejecting a decision",
}

// said are the verbs whose note is the marketplace's own words to the agents.
var said = []string{"case_asked", "lock"}

// EventText is one line of a timeline, in a plain sentence.
func EventText(e audit.Event) string {
	text := worded(events, e.Verb)
	if tried := attempts[e.Verb]; tried != "" && e.Data["refused"] != "" {
		text = tried
	}
	if verb := e.Data["decides"]; verb != "" {
		text += " (" + CaseVerbText(desk.CaseVerb(verb)) + ")"
	}
	if code := e.Data["refused"]; code != "" {
		return text + ": refused, " + plain(code) + "."
	}
	if note := e.Data["note"]; note != "" && slices.Contains(said, e.Verb) {
		return text + ": " + note
	}
	return text + "."
}

// actors are the parties that have no name here.
var actors = map[audit.ActorType]string{
	audit.Seller:      "the seller",
	audit.Approver:    "another person on the account",
	audit.Marketplace: "the marketplace",
	audit.Agent:       "a person at the desk",
	audit.Developer:   "an engineer of the marketplace",
	audit.System:      "Countersign",
	audit.Operator:    "the operator, by command",
}

// ActorText is who did something, where no name is known.
func ActorText(t audit.ActorType) string { return worded(actors, t) }
