package approvals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// Claim hands an approved action to its marketplace, once, against the same
// details that were approved. Other details hold the action and are refused
// with payload_mismatch; a destination that was denied or frozen since holds it
// too, and so does a policy that has become stricter. The hold is saved before the refusal is answered.
func (s *Service) Claim(ctx context.Context, key ActionKey, details json.RawMessage, answer func(Action) (*Answer, error)) (Action, error) {
	if err := errors.Join(s.sure(), s.ruled()); err != nil {
		return Action{}, err
	}
	canonical, err := CanonicalDetails(details)
	if err != nil {
		return Action{}, err
	}
	var seen Action
	var held error
	a, err := s.Store.Release(ctx, key, func(a Action, seller Seller, g Gate) (Change, error) {
		seen, held = a, nil
		again, err := s.recall(a, seller)
		if err != nil {
			return Change{}, err
		}
		g.Again = again
		c, err := a.ClaimFor(canonical, seller, g, s.Now())
		if _, refused := errors.AsType[*Error](err); refused && c.Action.ID == a.ID {
			held = err
			s.seal(&c)
			return c, nil
		}
		return c.answered(answer, err)
	})
	if err == nil {
		err = held
	}
	if err != nil {
		s.broken(ctx, "claim", key, err)
		s.refused(ctx, seen, "claim", err)
		return Action{}, fmt.Errorf("claim action %s: %w", key.ID, err)
	}
	return a, nil
}

// Report takes the marketplace's result of a release.
func (s *Service) Report(ctx context.Context, key ActionKey, r Result, answer func(Action) (*Answer, error)) (Action, error) {
	return s.update(ctx, key, "result", func(a Action, _ Seller) (Change, error) {
		c, err := a.Report(r, s.Now())
		return c.answered(answer, err)
	})
}

// Sweep makes every move that is due, at most limit of them, earliest first,
// and returns how many it made. An action that cannot be moved does not keep
// the others from moving; the first error is returned after all were tried.
func (s *Service) Sweep(ctx context.Context, w Waker, limit int) (int, error) {
	if err := s.sure(); err != nil {
		return 0, fmt.Errorf("sweep: %w", err)
	}
	keys, err := w.Due(ctx, s.Now(), limit)
	if err != nil {
		return 0, fmt.Errorf("sweep: %w", err)
	}
	moved := 0
	var first error
	for _, key := range keys {
		changed := false
		_, err := s.Store.Update(ctx, key, func(a Action, seller Seller) (Change, error) {
			c, err := s.due(a, seller)
			changed = err == nil && c.Changed(a)
			if changed {
				s.seal(&c)
			}
			return c, err
		})
		s.broken(ctx, "sweep", key, err)
		if err != nil && first == nil {
			first = fmt.Errorf("sweep action %s: %w", key.ID, err)
		}
		if err == nil && changed {
			moved++
		}
	}
	return moved, first
}
