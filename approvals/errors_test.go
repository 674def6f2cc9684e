package approvals_test

import (
	"errors"
	"fmt"
	"testing"

	"countersign/approvals"
)

// TestRefusalsCompareByCode, wrapped or not, with facts or not.
func TestRefusalsCompareByCode(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("claim action 1: %w", approvals.Refuse(approvals.CodeNotApproved).With("state", "held"))
	if !errors.Is(err, approvals.Refuse(approvals.CodeNotApproved)) || errors.Is(err, approvals.Refuse(approvals.CodeState)) {
		t.Errorf("%v does not compare by its code", err)
	}
	var broken error = fmt.Errorf("claim: %w", approvals.ErrBroken)
	if errors.Is(broken, approvals.Refuse(approvals.CodeState)) {
		t.Error("a broken assertion passes for a refusal")
	}
}

// TestWithCopies: a fact added to one refusal is in no other.
func TestWithCopies(t *testing.T) {
	t.Parallel()
	a := approvals.Refuse(approvals.CodeState).With("state", "held")
	b := a.With("state", "approved").With("action_id", "1")
	if a.Facts["state"] != "held" || len(a.Facts) != 1 || b.Facts["state"] != "approved" || b.Facts["action_id"] != "1" {
		t.Errorf("%v and %v", a.Facts, b.Facts)
	}
}
