package templates

import (
	"slices"
	"testing"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// Every reason a case opens for has words, and the queue offers it.
func TestDesk_EveryCaseReason(t *testing.T) {
	t.Parallel()
	for _, r := range []approvals.CaseReason{
		approvals.CaseNotMe, approvals.CaseNotMeFast, approvals.CaseLock, approvals.CaseNotice, approvals.CaseMismatch, approvals.CaseUnresolved,
		approvals.CaseReview, approvals.CaseCancels, approvals.CaseRing, approvals.CaseRecovery, approvals.CaseAsked,
	} {
		if !CaseReasonKnown(r) || !slices.Contains(CaseReasons(), r) {
			t.Errorf("%s has no words, or is not offered", r)
		}
	}
}

// What the desk, a recovery and a marketplace's question write on a timeline is
// said in words of its own; what was refused is no more than an attempt.
func TestDesk_TimelineWords(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{
		"decide", "carry_out_decision", "settle", "ring_frozen", "case_asked",
		"recovery_asked", "recovery_agreed", "recovery_opened", "recovery_stopped", "recovery_declined", "recovery_lapsed", "recovery_done",
	} {
		if events[verb] == "" {
			t.Errorf("%s has no words", verb)
		}
	}
	for _, tt := range []struct {
		verb string
		data map[string]string
		want string
	}{
		{"approve_decision", map[string]string{"refused": "own_proposal"}, "Approving a decision: refused, own proposal."},
		{"propose_decision", map[string]string{"refused": "case_moved"}, "Proposing a decision: refused, case moved."},
		{"propose_decision", nil, "A decision was proposed."},
		{"case_asked", map[string]string{"note": "Called from a new number"}, "The marketplace asked for a look: Called from a new number"},
		{"lock", map[string]string{"note": "Called us"}, "The seller was locked: Called us"},
		{"lock", nil, "The seller was locked."},
		{"note_case", map[string]string{"note": "0190"}, "A note was added."},
	} {
		if got := EventText(audit.Event{Verb: tt.verb, Data: tt.data}); got != tt.want {
			t.Errorf("%s: %q, not %q", tt.verb, got, tt.want)
		}
	}
}
