package desk

import (
	"context"
	"errors"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/risk"
)

// shelf is a store that can fail.
type shelf struct {
	Store
	standing Standing
	err      error
}

func (s *shelf) Ruled(context.Context, int) ([]Version, error) { return nil, s.err }

func (s *shelf) Standing(context.Context) (Standing, error) { return s.standing, s.err }
func (s *shelf) Version(context.Context, int) (Version, error) {
	return Version{}, s.err
}

// Of a database that hiccups a node says nothing; of one that stays away it does
// (DESIGN rule 17).
func TestInForce_Missed(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	f := NewInForce(&Policies{Store: s, Default: risk.Default(), Now: func() time.Time { return time.Unix(1, 0) }}, 1)
	known := func(what string, want bool) {
		t.Helper()
		if err := f.Known(); (err == nil) != want || err != nil && !errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) {
			t.Errorf("%s: %v", what, err)
		}
	}
	known("before the first look", false)
	if d := f.Decide(approvals.Facts{}); d.Outcome != approvals.Review {
		t.Errorf("decides %s although nothing is known", d.Outcome)
	}
	_ = f.Follow(t.Context())
	known("after it", true)
	s.err = approvals.Refuse(approvals.CodeUnavailable)
	for i := range missable {
		known("between", true)
		if f.Follow(t.Context()) == nil {
			t.Fatalf("look %d saw something", i)
		}
	}
	known("after too many", false)
	s.err = nil
	_ = f.Follow(t.Context())
	known("when it is back", true)
	s.standing.Effective.Number = 7 // and its source is not what was signed
	if f.Follow(t.Context()) == nil || f.Number() != 7 {
		t.Error("took over what nobody signed")
	}
	known("another version that cannot be read", false)
}

// Waits of a demo are as much shorter as everything else.
func TestInForce_Scaled(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return time.Unix(1, 0) }
	facts := approvals.Facts{Kind: approvals.AuthenticatorRemove, Now: now()}
	full, short := NewInForce(&Policies{Store: &shelf{}, Default: risk.Default(), Now: now}, 1), NewInForce(&Policies{Store: &shelf{}, Default: risk.Default(), Now: now}, 0.001)
	_, _ = full.Follow(t.Context()), short.Follow(t.Context())
	a, b := full.Decide(facts).Wait[approvals.Passkey], short.Decide(facts).Wait[approvals.Passkey]
	if a == 0 || b == 0 || b > a/900 {
		t.Errorf("waits %s and %s", a, b)
	}
}
