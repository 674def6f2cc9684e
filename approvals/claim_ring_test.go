package approvals_test

import (
	"errors"
	"testing"

	"countersign/approvals"
)

// TestClaim_destinationStopped: the denied list and the rings are read again with
// the claim. What was approved before is held, with a case, and the marketplace is
// told no more than that it is held.
func TestClaim_destinationStopped(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(*approvals.Gate){
		"denied": func(g *approvals.Gate) { g.Denied = true }, "frozen": func(g *approvals.Gate) { g.Frozen = true },
	} {
		g := newGateway()
		a := g.reach(t, approvals.Approved)
		stop(&g.store.gate)
		_, err := g.Claim(t.Context(), a.Key(), a.Details, nil)
		refusal, _ := errors.AsType[*approvals.Error](err)
		if refusal == nil || refusal.Code != approvals.CodeNotApproved || refusal.Facts["state"] != "held" {
			t.Errorf("%s: %v", name, err)
		}
		if b := g.reload(a); b.State != approvals.Held || b.Hold != approvals.HoldFrozen || b.Claims != 0 {
			t.Errorf("%s: %s %s with %d claims, want held frozen", name, b.State, b.Hold, b.Claims)
		}
		if last := g.store.cases[len(g.store.cases)-1]; last != approvals.CaseRing {
			t.Errorf("%s: the case is %s", name, last)
		}
	}
}

// TestPush_destinationStopped: what the gateway sends itself is held alike, and what
// waits for another attempt is given up.
func TestPush_destinationStopped(t *testing.T) {
	t.Parallel()
	p := newPushing(t, true)
	p.store.gate.Frozen = true
	_ = p.push()
	if a := p.action(); a.State != approvals.Held || a.Hold != approvals.HoldFrozen || len(a.Push.Attempts) != 0 {
		t.Errorf("%s %s after %d attempts, want held frozen after none", a.State, a.Hold, len(a.Push.Attempts))
	}
	for want, before := range map[approvals.State]approvals.PushOutcome{approvals.ExecutionFailed: notSent, approvals.Unresolved: unknown} {
		p := newPushing(t, true)
		p.comes(before)
		p.store.gate.Denied = true
		p.again()
		_ = p.push()
		p.is(want, 1)
		p.nothingDue()
	}
}
