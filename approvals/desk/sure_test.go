package desk

import (
	"context"
	"errors"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/approvals/risk"
)

// ledger counts what is written.
type ledger struct {
	shelf
	written int
}

func (l *ledger) UpdatePolicy(_ context.Context, step func(Standing) (Change, error)) error {
	c, err := step(l.standing)
	l.written += len(c.Versions)
	return err
}

// TestRule12_UnsureNodeWritesNothing: a node whose clock is wrong neither ends the day
// of what was scheduled, nor begins one; what is in force it can read.
func TestRule12_UnsureNodeWritesNothing(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	scheduled := Version{Number: 1, State: Scheduled, ApprovedAt: now, EffectiveAt: now.Add(LoosenAfter)}
	l := &ledger{shelf: shelf{standing: Standing{Open: &scheduled, Last: 1}}}
	unsure := approvals.Refuse(approvals.CodeClock)
	p := &Policies{
		Store: l, Default: risk.Default(), Now: func() time.Time { return now.Add(48 * time.Hour) },
		Sure: func() error { return unsure },
	}
	f := NewInForce(p, 1)
	if err := f.Follow(t.Context()); err != nil || f.Known() != nil || f.Number() != 0 {
		t.Errorf("the policy in force is not read: %v, %v", err, f.Known())
	}
	draft := Version{Proposer: ada}
	signed := func(v Version, verb Verb) approvals.Signature {
		return approvals.Signature{Person: ada, Role: roleAdmin, Subject: v.Subject(verb)}
	}
	for name, err := range map[string]error{
		"apply":   p.Apply(t.Context(), draft, audit.Actor{Type: audit.Operator}),
		"propose": p.Propose(t.Context(), draft, signed(draft, Propose)),
		"approve": p.Approve(t.Context(), 1, signed(scheduled, Approve)),
		"reject":  p.Reject(t.Context(), 1, signed(scheduled, Reject)),
	} {
		if !errors.Is(err, unsure) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if l.written != 0 {
		t.Errorf("%d versions written by a clock that is not sure", l.written)
	}
	p.Sure = nil
	if _, err := p.Advance(t.Context()); err != nil || l.written != 1 {
		t.Errorf("a node that is sure wrote %d versions, %v", l.written, err)
	}
}

const ada = "0190c000-0000-7000-8000-000000000001"
