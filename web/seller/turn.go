package seller

import (
	"context"
	"fmt"
	"hash/maphash"
)

// turns lets one proof about an action be looked at after the other. Without
// it a code sent many times at once, of which one is accepted, could be counted
// as five wrong ones before that one is spent, and end the action it approves.
// The rule itself holds without it, on every node: it is about which of two
// safe endings comes of a form that was sent twice.
type turns struct {
	seed  maphash.Seed
	taken [64]chan struct{}
}

func newTurns() turns {
	t := turns{seed: maphash.MakeSeed()}
	for i := range t.taken {
		t.taken[i] = make(chan struct{}, 1)
	}
	return t
}

// turn waits for the action's turn and reads the action again. The caller calls
// done once the proof is spent or refused.
func (h *Handler) turn(ctx context.Context, a *access) (done func(), err error) {
	place := h.turns.taken[maphash.String(h.turns.seed, string(a.action.ID))%uint64(len(h.turns.taken))]
	select {
	case place <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the turn of action %s: %w", a.action.ID, ctx.Err())
	}
	done = func() { <-place }
	if a.action, err = h.Approvals.Reader.Action(ctx, a.action.Key()); err != nil {
		done()
		return nil, fmt.Errorf("read action again: %w", err)
	}
	return done, nil
}
