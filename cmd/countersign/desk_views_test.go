package main

import (
	"log/slog"
	"testing"

	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// TestRule17_BrokenAtTheDesk: what people decide in cases halts all releases where it
// meets a broken assertion.
func TestRule17_BrokenAtTheDesk(t *testing.T) {
	t.Parallel()
	db := approvalstest.OpenSQLite(t)
	g := &Gateway{Clock: &Clock{}, db: db, Log: slog.New(slog.DiscardHandler), parts: approvaldb.New(db, approvaldb.Config{NewID: newID})}
	g.deskCases().Broken(t.Context(), "approve_decision")
	if gate, err := g.parts.Governor.Gate(t.Context()); err != nil || !gate.Halted {
		t.Errorf("releases are not halted: %+v, %v", gate, err)
	}
}
