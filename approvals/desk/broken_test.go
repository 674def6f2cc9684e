package desk

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// wreck is a store whose data contradicts itself, whatever is asked of it.
type wreck struct{ err error }

func (w wreck) Decide(context.Context, Look, func(Scene) (Ruling, error)) (Ruling, error) {
	return Ruling{}, w.err
}

func (w wreck) Work(context.Context, int64, string, func(Case, Person) (CaseWork, error)) (Case, error) {
	return Case{}, w.err
}

func (w wreck) Reveal(context.Context, int64, Reveal, func(RevealScene) (RevealWork, error)) error {
	return w.err
}

func (w wreck) Lapsing(context.Context, time.Time, int) ([]string, error) { return []string{"d"}, nil }

func (w wreck) Refuse(context.Context, audit.Event) error { return nil }

// TestRule17_BrokenInACase: a broken assertion in anything that people do in a case
// halts all releases; a refusal, and a database that cannot be asked, do not.
func TestRule17_BrokenInACase(t *testing.T) {
	t.Parallel()
	told := 0
	c := &Cases{NewID: func() string { return "id" }, Now: func() time.Time { return noon }, Broken: func(context.Context, string) { told++ }}
	ctx, d := t.Context(), Decision{ID: "d", Case: 1, Verb: Unlock}
	for name, do := range map[string]func() error{
		"draft":   func() error { _, err := c.Draft(ctx, Intent{Case: 1, Verb: Unlock, Person: "p1"}); return err },
		"propose": func() error { _, err := c.Propose(ctx, d, approvals.Signature{Person: "p1"}); return err },
		"approve": func() error {
			_, err := c.Approve(ctx, "d", Document, "", approvals.Signature{Person: "p1"})
			return err
		},
		"reject": func() error {
			_, err := c.Reject(ctx, "d", Document, "", approvals.Signature{Person: "p1"})
			return err
		},
		"lapse":  func() error { _, err := c.Advance(ctx); return err },
		"claim":  func() error { return c.Claim(ctx, 1, "p1", false) },
		"note":   func() error { return c.Note(ctx, 1, "p1", "a note") },
		"reveal": func() error { _, err := c.Reveal(ctx, 1, RevealName, "", CalledBack, "p1"); return err },
	} {
		for want, stored := range map[int]error{
			1: fmt.Errorf("save: %w", approvals.ErrBroken), 0: approvals.Refuse(approvals.CodeUnavailable),
		} {
			c.Store, told = wreck{stored}, 0
			if err := do(); !errors.Is(err, stored) || told != want {
				t.Errorf("%s, %v: %v, told %d times, want %d", name, stored, err, told, want)
			}
		}
	}
}
