package approvals_test

import (
	"slices"
	"testing"

	"countersign/approvals"
)

// forTheDesk are the moves that no verb of this package makes yet: what two
// agents decide, and the way back into a state that was held.
var forTheDesk = map[approvals.State][]approvals.State{
	approvals.AwaitingStepUp:       {approvals.Denied},
	approvals.Notifying:            {approvals.Denied},
	approvals.CoolingOff:           {approvals.Denied},
	approvals.AwaitingConfirmation: {approvals.Denied},
	approvals.Approved:             {approvals.Denied},
	approvals.Held:                 {approvals.Notifying, approvals.AwaitingConfirmation, approvals.Approved, approvals.Denied},
}

// TestNextHoldsNothingElse: every legal move is made by a verb or is on the
// list of those left to the desk.
func TestNextHoldsNothingElse(t *testing.T) {
	t.Parallel()
	made := map[[2]approvals.State]bool{
		{approvals.Held, approvals.CoolingOff}:              true, // TestNoticeAcceptedAfterAll
		{approvals.AwaitingConfirmation, approvals.Expired}: true, // "due, a month late"
	}
	for _, v := range verbs() {
		for _, s := range approvals.States {
			if c, _ := v.take(reach(t, s)); c.Action.Version > 0 {
				made[[2]approvals.State{s, c.Action.State}] = true
			}
		}
	}
	for _, from := range approvals.States {
		for _, to := range approvals.Next(from) {
			left := slices.Contains(forTheDesk[from], to)
			if made[[2]approvals.State{from, to}] == left {
				t.Errorf("%s to %s: made by a verb %v, left to the desk %v", from, to, !left, left)
			}
		}
	}
}

// TestStatesAreCounted: 14 states, five ends, and every state is reached from
// the beginning.
func TestStatesAreCounted(t *testing.T) {
	t.Parallel()
	if len(approvals.States) != 14 {
		t.Errorf("%d states, want 14", len(approvals.States))
	}
	seen := map[approvals.State]bool{}
	queue := approvals.Initial()
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		if !seen[s] {
			seen[s] = true
			queue = append(queue, approvals.Next(s)...)
		}
	}
	var ends []approvals.State
	for _, s := range approvals.States {
		if !seen[s] {
			t.Errorf("%s cannot be reached", s)
		}
		if s.Final() {
			ends = append(ends, s)
		}
	}
	want := []approvals.State{approvals.Executed, approvals.Cancelled, approvals.Denied, approvals.Expired, approvals.Failed}
	if !slices.Equal(ends, want) {
		t.Errorf("ends %v, want %v", ends, want)
	}
}

// TestNextIsACopy: a caller that writes into the answer changes no rule.
func TestNextIsACopy(t *testing.T) {
	t.Parallel()
	approvals.Next(approvals.Releasing)[0] = approvals.Cancelled
	approvals.Initial()[0] = approvals.Approved
	if slices.Contains(approvals.Next(approvals.Releasing), approvals.Cancelled) || slices.Contains(approvals.Initial(), approvals.Approved) {
		t.Error("the move table can be written to")
	}
}

// TestStateWords says for each state whether it blocks another action (DESIGN
// rule 6) and whether it can still be stopped (rule 5).
func TestStateWords(t *testing.T) {
	t.Parallel()
	open := []approvals.State{
		approvals.AwaitingStepUp, approvals.Notifying, approvals.CoolingOff, approvals.AwaitingConfirmation,
		approvals.Approved, approvals.Releasing, approvals.Unresolved, approvals.Held,
	}
	stoppable := []approvals.State{
		approvals.AwaitingStepUp, approvals.Notifying, approvals.CoolingOff, approvals.AwaitingConfirmation,
		approvals.Approved, approvals.Held,
	}
	for _, s := range approvals.States {
		if s.Open() != slices.Contains(open, s) {
			t.Errorf("%s: open %v", s, s.Open())
		}
		if s.Stoppable() != slices.Contains(stoppable, s) {
			t.Errorf("%s: stoppable %v", s, s.Stoppable())
		}
		if s.Waiting() != (s.Stoppable() && s != approvals.Held) {
			t.Errorf("%s: waiting %v", s, s.Waiting())
		}
	}
}
