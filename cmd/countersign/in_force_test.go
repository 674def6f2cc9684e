package main

import (
	"errors"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// TestRule12_PolicyClock: the policy is not written by a clock far from the time that
// all nodes have marked, also while nothing has looked at it yet (DESIGN rule 12).
func TestRule12_PolicyClock(t *testing.T) {
	t.Parallel()
	db := approvalstest.OpenSQLite(t)
	g := &Gateway{Clock: &Clock{}, db: db, parts: approvaldb.New(db, approvaldb.Config{NewID: newID})}
	if err := g.parts.Governor.MarkClock(t.Context(), g.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	if err := g.surePolicy(); err != nil {
		t.Errorf("the right time: %v", err)
	}
	for name, ahead := range map[string]time.Duration{"a day ahead": 24 * time.Hour, "a minute behind": -time.Minute} {
		wrong := &Gateway{Clock: &Clock{}, db: db, parts: g.parts}
		wrong.Clock.offset.Store(int64(ahead))
		if err := wrong.surePolicy(); !errors.Is(err, approvals.Refuse(approvals.CodeClock)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	g.skewed.Store(true)
	if err := g.surePolicy(); !errors.Is(err, approvals.Refuse(approvals.CodeClock)) {
		t.Errorf("a node that is not ready: %v", err)
	}
}
