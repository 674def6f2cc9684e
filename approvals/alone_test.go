package approvals_test

import (
	"errors"
	"testing"

	"countersign/approvals"
)

// freed is an action that asks for another person, of a seller who has none: two
// agents looked at it, and it waits for its confirmation again.
func freed(t *testing.T) approvals.Action {
	t.Helper()
	d := defaultDecision()
	d.Require = []approvals.Requirement{approvals.SecondApprover}
	d = d.Alone()
	if d.Outcome != approvals.Review {
		t.Fatalf("nobody can agree: %s", d.Outcome)
	}
	a := must(t)(approvals.Propose(mustDraft(t), seller, d, t0)).Action
	if a.State != approvals.Held || a.Hold != approvals.HoldReview {
		t.Fatalf("%s, held for %q", a.State, a.Hold)
	}
	a = must(t)(a.Restart(seller, agent, soon(a))).Action
	return forward(t, a, seller, approvals.AwaitingConfirmation)
}

// TestAlone_AgentsStandIn: what needs another person, where there is none, is
// looked at by two agents; freed by them it can be completed, by the seller's two
// proofs.
func TestAlone_AgentsStandIn(t *testing.T) {
	t.Parallel()
	a := freed(t)
	if a.NeedsApprover() {
		t.Fatal("it waits for nobody")
	}
	a = forward(t, a, seller, approvals.Approved)
	must(t)(a.ClaimFor(a.Details, seller, gate(a), soon(a)))
	for name, spoil := range map[string]func(*approvals.Action){
		"they looked at something else": func(a *approvals.Action) { a.Decision.Agents = []approvals.Requirement{approvals.IndependentProof} },
		"they looked at nothing":        func(a *approvals.Action) { a.Decision.Agents = nil },
		"nobody freed it": func(a *approvals.Action) {
			a.Generation = 1
			for i := range a.Proofs {
				a.Proofs[i].Generation = 1
			}
		},
	} {
		b := copyOf(t, a)
		spoil(&b)
		if _, err := b.ClaimFor(b.Details, seller, gate(b), soon(b)); !errors.Is(err, approvals.ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAlone_OnlyWherePeopleAgree: a decision that asks for nobody else is as it was.
func TestAlone_OnlyWherePeopleAgree(t *testing.T) {
	t.Parallel()
	d := defaultDecision()
	d.Require = []approvals.Requirement{approvals.IndependentProof}
	if got := d.Alone(); got.Outcome != approvals.Allow || len(got.Rules) != len(d.Rules) {
		t.Errorf("%+v", got)
	}
	d.Require, d.Outcome = []approvals.Requirement{approvals.SecondApprover}, approvals.Freeze
	if got := d.Alone(); got.Outcome != approvals.Freeze {
		t.Errorf("a freeze became %s", got.Outcome)
	}
}
