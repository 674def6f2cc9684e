package seller

import (
	"strings"

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

// holdOf says why an action is held, and which address could not be reached.
func holdOf(a approvals.Action) templates.Hold {
	if a.State != approvals.Held {
		return templates.Hold{}
	}
	h := templates.Hold{Code: a.Hold, Until: a.HoldBy}
	for _, c := range a.Contacts {
		if a.Hold == approvals.HoldNotice && !c.RefusedAt.IsZero() {
			h.Address = maskEmail(c.Email)
		}
	}
	return h
}

// denial is the sentence of the rule that refused an action, in the reader's
// language where it has one.
func denial(a approvals.Action, l templates.Locale) string {
	if a.State != approvals.Denied || len(a.Decision.Rules) == 0 {
		return ""
	}
	text := a.Decision.Rules[len(a.Decision.Rules)-1].Text
	if s := text[string(l)]; s != "" {
		return s
	}
	return text[string(templates.EN)]
}

// maskEmail shows whose address it is to somebody who knows it: "g•••@x.example".
func maskEmail(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 1 {
		return "•••"
	}
	first := []rune(address[:at])[0]
	return string(first) + "•••" + address[at:]
}
