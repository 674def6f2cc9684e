package approvals_test

import (
	"slices"
	"testing"
	"time"

	"countersign/approvals"
)

// TestRule12_EveryVersionIsAsked: a stricter version that came and went between two
// steps is asked at the next one, whichever that is, once; and the decision says so.
func TestRule12_EveryVersionIsAsked(t *testing.T) {
	t.Parallel()
	for _, at := range []approvals.State{approvals.AwaitingStepUp, approvals.CoolingOff, approvals.AwaitingConfirmation, approvals.Approved} {
		g, p := newRecalling()
		a := g.reach(t, at)
		strict := &recalling{FixedWaits: p.FixedWaits, version: "strict", again: tightened["review"].again}
		p.past, p.version, p.again = []approvals.PolicyVersion{strict}, "c", tightened["as strict"].again
		_ = g.forward(a) // who is not held says so below
		b := g.reload(a)
		if b.State != approvals.Held || b.Hold != approvals.HoldReview {
			t.Errorf("%s: %s %s", at, b.State, b.Hold)
		}
		if d := b.Decision; d.Version != "c" || !slices.Equal(d.Asked, []string{"a", "strict"}) && !slices.Equal(d.Asked, []string{"strict", "a"}) {
			t.Errorf("%s: decided by %s after %v", at, d.Version, d.Asked)
		}
	}
}

// A version that came and went and asked for a longer wait makes a wait longer, by
// what it asked for and no more, and is asked once.
func TestRule12_EveryVersionIsAsked_longer(t *testing.T) {
	t.Parallel()
	g, p := newRecalling()
	a := g.reach(t, approvals.CoolingOff)
	times := 0
	strict := &recalling{FixedWaits: p.FixedWaits, version: "strict", again: func(d *approvals.Decision) {
		times++
		d.Wait = map[approvals.Method]time.Duration{approvals.Passkey: 100 * time.Hour}
	}}
	p.past, p.version, p.again = []approvals.PolicyVersion{strict}, "c", tightened["as strict"].again
	_ = g.forward(a)
	b, asked := g.reload(a), times
	if want := a.NotBefore.Add(100*time.Hour - a.Wait); b.State != approvals.CoolingOff || !b.NotBefore.Equal(want) || asked == 0 {
		t.Fatalf("%s until %s, want %s", b.State, b.NotBefore, want)
	}
	_ = g.forward(b)
	if c := g.reload(a); c.State != approvals.AwaitingConfirmation || times != asked {
		t.Errorf("%s, and asked %d times more", c.State, times-asked)
	}
}
