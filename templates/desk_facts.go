package templates

import (
	"fmt"
	"strings"

	"countersign/approvals"
	"countersign/approvals/desk"
)

// FactSentences says what a decision rests on.
func FactSentences(f desk.Facts) []string {
	out := []string{locked(f)}
	for _, a := range f.Actions {
		out = append(out, fmt.Sprintf("%s is %s (round %d, version %d).", a.Reference, stands(a), a.Generation, a.Version))
	}
	if len(f.Actions) == 0 {
		out = append(out, "The seller has nothing open.")
	}
	if !f.SecurityAt.IsZero() {
		out = append(out, "A contact, a sign-in method or a person who approves changed last at "+approvals.FormatTime(f.SecurityAt)+".")
	}
	if f.Joined > 0 {
		out = append(out, "Fresh trouble has joined the case: "+times(f.Joined)+".")
	}
	for _, c := range f.Others {
		said := desk.Case{Number: c.Number}.Name() + " is open about the same seller"
		if c.Joined > 0 {
			said += ", and fresh trouble has joined it: " + times(c.Joined)
		}
		out = append(out, said+".")
	}
	if f.Recovery != "" {
		out = append(out, "A recovery is running: "+plain(f.Recovery)+".")
	}
	if f.Ring != nil {
		out = append(out, ring(*f.Ring))
	}
	return out
}

func locked(f desk.Facts) string {
	if f.Locked {
		return "The seller is locked."
	}
	return "The seller is not locked."
}

func ring(r desk.RingFact) string {
	said := "The account is named by nobody else"
	if r.Sellers == 1 {
		said = "The account is named by one seller"
	}
	if r.Sellers > 1 {
		said = fmt.Sprintf("The account is named by %d sellers", r.Sellers)
	}
	switch {
	case r.Denied:
		said += " and is denied."
	case approvals.Ring(r.Ring) == approvals.RingFrozen:
		said += " and is frozen."
	case approvals.Ring(r.Ring) == approvals.RingReview:
		said += " and under review."
	default:
		said += "."
	}
	if r.Declared > 0 {
		said += fmt.Sprintf(" Declared to share it: %d.", r.Declared)
	}
	if r.Disputed {
		said += " What was asked for with it is disputed."
	}
	return said
}

func stands(a desk.ActionFact) string { return ActionStateText(a.State, a.Hold) }

func plain(code string) string { return strings.ReplaceAll(code, "_", " ") }

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
