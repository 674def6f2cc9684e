package seller

import (
	"countersign/approvals"
	"countersign/templates"
)

// timesOf reads the moments of an action's life. Those it has not had are zero.
func timesOf(a approvals.Action) templates.Times {
	t := templates.Times{StepUpBy: a.StepUpBy, NotBefore: a.NotBefore, ConfirmBy: a.ConfirmBy}
	if p, ok := a.Proof(approvals.StageStepUp); ok {
		t.Approved = p.At
	}
	if p, ok := a.Proof(approvals.StageConfirmation); ok {
		t.Confirmed = p.At
	}
	switch {
	case a.State == approvals.Executed:
		t.Executed = a.EndedAt
	case a.State == approvals.Held:
		t.Held = a.MovedAt
	default:
		t.Ended = a.EndedAt
	}
	return t
}
