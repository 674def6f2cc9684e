package approvaldb_test

import (
	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// deviceShortcuts are ways around independent proof (THREATS finding 2).
var deviceShortcuts = []shortcut{
	{"a code alone where more is asked for", approvals.AwaitingConfirmation, resting("")},
	{"another person's word that is none", approvals.AwaitingConfirmation, resting(approvals.ByApprover)},
	{"agents who looked at nothing yet", approvals.AwaitingConfirmation, resting(approvals.ByAgents)},
	{"a proof on a device of nobody", approvals.AwaitingStepUp, proved(approvals.Notifying, func(p *approvals.Proof) {
		p.Device, p.DeviceKnownFrom = approvalstest.NewID(), p.At
	})},
	{"an independent step-up", approvals.AwaitingStepUp, proved(approvals.Notifying, func(p *approvals.Proof) { p.Independent = approvals.ByApprover })},
	{"independent by a passkey that is none", approvals.AwaitingConfirmation, proved(approvals.Approved, func(p *approvals.Proof) {
		p.Method, p.UV, p.Independent = approvals.TOTP, false, approvals.ByPasskey
	})},
	{"independent by a device that is none", approvals.AwaitingConfirmation, proved(approvals.Approved, func(p *approvals.Proof) { p.Independent = approvals.ByDevice })},
	{"independent by magic", approvals.AwaitingConfirmation, proved(approvals.Approved, func(p *approvals.Proof) { p.Independent = "magic" })},
	{"known without a device", approvals.AwaitingStepUp, proved(approvals.Notifying, func(p *approvals.Proof) { p.DeviceKnownFrom = p.At })},
}

// resting is an approval whose confirmation rests on this, where it has to be
// independent.
func resting(on approvals.Independence) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(w *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		b, proofs := guarded(w, a, approvals.Approved)
		b.Decision.Require, proofs[0].Independent = []approvals.Requirement{approvals.IndependentProof}, on
		return moveRaw(tx, a, b, proofs...)
	}
}
