package approvals_test

import (
	"errors"
	"testing"

	"countersign/approvals"
)

// A code alone is refused before the window is used up, and what a store says of
// a confirmation is not believed by the claim.
func TestIndependent_ConfirmAndClaim(t *testing.T) {
	t.Parallel()
	more := []approvals.Requirement{approvals.IndependentProof}
	a := reach(t, approvals.AwaitingConfirmation)
	a.Decision.Require = more
	a.Proofs[0].Method, a.Proofs[0].UV = approvals.TOTP, false
	p := proof(a, approvals.StageConfirmation, approvals.TOTP, soon(a))
	if _, err := a.Confirm(p, link(a), seller, soon(a)); code(err) != approvals.CodeIndependent {
		t.Fatalf("a code alone: %v", err)
	}
	p.Device, p.DeviceKnownFrom = "d", a.CreatedAt
	b := must(t)(a.Confirm(p, link(a), seller, soon(a)))
	if b.Proof.Independent != approvals.ByDevice {
		t.Errorf("stored as %q", b.Proof.Independent)
	}
	done := b.Action
	must(t)(done.ClaimFor(done.Details, seller, gate(done), soon(done)))
	done.Proofs[1].Independent = ""
	if _, err := done.ClaimFor(done.Details, seller, gate(done), soon(done)); !errors.Is(err, approvals.ErrBroken) {
		t.Errorf("a claim of what rests on nothing: %v", err)
	}
}
